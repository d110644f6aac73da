# The rows of the table that name a piece of a procedure's source.  Behind lines.awk.

# The last line of the definition that begins at a line, or 0 when it is none.
function end_of_definition(file, i)
{
	for (; i <= length_of[file]; i++) {
		if (code[file, i] ~ /(^|[^=])\{[ \t]*$/) {
			while (i <= length_of[file] && text[file, i] !~ /^}/)
				i++
			return i
		}
		if (code[file, i] ~ /;[ \t]*$/)
			return text[file, i] ~ /^typedef/ ? i : 0
	}
	return 0
}

# Sets `first` and `last` to the definition of a name: it begins in the first column, with the line
# above when only the type stands there.
function find_definition(file, name,    i)
{
	for (i = 1; i <= length_of[file]; i++) {
		if (text[file, i] !~ /^[A-Za-z_]/ ||
		    (" " code[file, i]) !~ ("[^A-Za-z0-9_]" name " ?(\\(|\\{|<|switch)"))
			continue
		last = end_of_definition(file, i)
		if (!last)
			continue
		first = index(text[file, i], name) == 1 ? i - 1 : i
		return
	}
	fail(file " defines no " name)
}

function find_case(file, label,    i)
{
	for (first = 1; first <= length_of[file]; first++)
		if (text[file, first] ~ ("^[ \t]*case " label ":[ \t]*$"))
			break
	if (first > length_of[file])
		fail(file " has no case " label)
	for (i = first + 1; i <= length_of[file]; i++)
		if (text[file, i] ~ /^[ \t]*(case .*:|default:|})[ \t]*$/)
			break
	for (last = i - 1; text[file, last] ~ /^[ \t]*$/;)
		last--
}

FILENAME == table && $1 == "text" {
	file = $6
	read_file(file)
	if (!(file in listed))
		fail(file " is shown, but not counted")
	if ($7 == "case")
		find_case(file, $8)
	else if ($7 == "line")
		first = last = only_line(file, rest_of_line(7), 0)
	else
		find_definition(file, $7)
	texts++
	text_row[texts] = $2 SUBSEP $3 SUBSEP $4 SUBSEP $5 SUBSEP file
	text_lines[texts] = count_lines(file, first, last)
	text_body[texts] = ""
	for (i = first; i <= last; i++)
		text_body[texts] = text_body[texts] text[file, i] "\n"
	next
}
