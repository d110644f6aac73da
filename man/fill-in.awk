# fill-in.awk: a page that is written in mdoc(7), with what the programs' own tables say (programs/tables) where it
# has one of these lines:
#
#	@options PROGRAM [COMMAND]   a list of options
#	@commands PROGRAM            a list of commands, each with its options
#	@rows PROGRAM LIST           a list of names, and what is said of each
#
# @date@ stands for that.  It reads the tables, then the page.
function option_item(fields,    said) {
	said = ".It"
	if (fields[5] != "")
		said = said " Fl " fields[5] " ,"
	said = said " Fl " mdoc_word("-" fields[4])
	if (fields[6] != "")
		said = said " Ar " mdoc_word(fields[6])
	return said
}
function sentence(text) {
	return toupper(substr(text, 1, 1)) substr(text, 2)
}
function options(program, command, compact,    i, fields, any) {
	for (i = 1; i <= count; i++) {
		split(rows[i], fields, "\t")
		if (fields[1] != "option" || fields[2] != program || fields[3] != command)
			continue
		if (!any++)
			print ".Bl -tag -width Ds" compact
		print option_item(fields)
		print mdoc_text(sentence(fields[7]) ".")
		if (!names_all(fields[7], fields[9]))
			print "One of " mdoc_text(choices(fields[9])) "."
		if (fields[8] != "")
			print mdoc_text("Default: " fields[8] ".")
	}
	if (any)
		print ".El"
}
function names_all(text, words,    n, list, i) {
	n = split(words, list, "|")
	for (i = 1; i <= n; i++)
		if (!index(text, list[i]))
			return 0
	return 1
}
function choices(text) {
	gsub(/\|/, ", ", text)
	return text
}
function commands(program,    i, fields) {
	print ".Bl -tag -width Ds"
	for (i = 1; i <= count; i++) {
		split(rows[i], fields, "\t")
		if (fields[1] != "command" || fields[2] != program)
			continue
		print ".It Ic " fields[3] mdoc_usage(fields[4])
		print mdoc_text(fields[5] ".")
		options(program, fields[3], " -compact")
	}
	print ".El"
}
function list(program, name,    i, fields) {
	print ".Bl -tag -width Ds"
	for (i = 1; i <= count; i++) {
		split(rows[i], fields, "\t")
		if (fields[1] != "row" || fields[2] != program || fields[3] != name)
			continue
		print ".It " (name == "environment" ? "Ev " : "Sy ") mdoc_word(fields[4])
		print mdoc_text(sentence(fields[5]) ".")
	}
	print ".El"
}
FNR == NR {
	rows[++count] = $0
	next
}
/^@/ {
	split($0, words, " ")
	if (words[1] == "@options")
		options(words[2], words[3], "")
	else if (words[1] == "@commands")
		commands(words[2])
	else if (words[1] == "@rows")
		list(words[2], words[3])
	else
		exit 1
	next
}
{
	gsub(/@date@/, date)
	print
}
