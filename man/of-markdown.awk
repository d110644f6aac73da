# of-markdown.awk: a manual page in mdoc(7) from one of docs/: headings, paragraphs, lists, tables and code, which is
# all that those have.  Links to other pages stay as words.
# Marks within a line: `code`, *emphasis*, **strong**, [text](where).
function unmarked(text,    where) {
	while (match(text, /\]\([^)]*\)/)) {
		where = substr(text, RSTART + 2, RLENGTH - 3)
		text = substr(text, 1, RSTART - 1) substr(text, RSTART + RLENGTH)
		sub(/\[/, "", text)
	}
	while (match(text, /`[^`]*`/)) {
		where = substr(text, RSTART + 1, RLENGTH - 2)
		gsub(/\*/, "\001", where)
		text = substr(text, 1, RSTART - 1) where substr(text, RSTART + RLENGTH)
	}
	gsub(/\*/, "", text)
	gsub(/\001/, "*", text)
	return text
}
function end_paragraph() {
	if (text == "")
		return
	if (!fresh && !item)
		print ".Pp"
	print mdoc_text(unmarked(text))
	text = ""
	fresh = 0
}
function end_list() {
	end_paragraph()
	if (item)
		print ".El"
	fresh = item ? 0 : fresh
	item = 0
}
function heading(macro, title) {
	end_list()
	end_table()
	print "." macro " " mdoc_escape(macro == "Sh" ? toupper(unmarked(title)) : unmarked(title))
	fresh = 1
}
# A table is kept until its end, for its columns are as wide as the widest cell.
function row(line,    n, cells, i) {
	end_list()
	gsub(/^\| *| *\|$/, "", line)
	n = split(line, cells, / *\| */)
	if (cells[1] ~ /^-+$/)
		return
	height++
	columns = n > columns ? n : columns
	for (i = 1; i <= n; i++)
		cell[height, i] = unmarked(cells[i])
}
function end_table(    i, widths, sum) {
	if (!height)
		return
	for (i = 1; i < columns; i++)
		sum += widths[i] = width_of(i)
	if (sum < 56)
		print_columns(widths)
	else
		print_tagged()
	split("", cell)
	height = columns = fresh = 0
}
function width_of(column,    i, width) {
	for (i = 1; i <= height; i++)
		if (length(cell[i, column]) > width)
			width = length(cell[i, column])
	return width
}
function print_columns(widths,    i, j, said) {
	# A column is as wide as a word of that length.
	said = ".Bl -column"
	for (j = 1; j < columns; j++)
		said = said " " wide_word(widths[j])
	print said
	for (i = 1; i <= height; i++) {
		said = ".It " mdoc_cell(cell[i, 1])
		for (j = 2; j <= columns; j++)
			said = said " Ta " mdoc_cell(cell[i, j])
		sub(/ +$/, "", said)
		print said
	}
	print ".El"
}
function wide_word(width,    word) {
	while (length(word) < width)
		word = word "x"
	return word
}
# A table too wide for columns: an item for each row, where each column is named.
function print_tagged(    i, j) {
	print ".Bl -tag -width Ds"
	for (i = 2; i <= height; i++) {
		print ".It " mdoc_cell(cell[i, 1])
		for (j = 2; j <= columns; j++)
			print (j > 2 ? ".br\n" : "") mdoc_text(cell[1, j] ": " cell[i, j])
	}
	print ".El"
}
function mdoc_cell(text) {
	return text == "" ? "" : "No \"" mdoc_quoted(text) "\""
}
function mdoc_quoted(text) {
	text = mdoc_escape(text)
	gsub(/"/, "\\(dq", text)
	return text
}
BEGIN {
	print ".Dd " date "\n.Dt " toupper(name) " " section "\n.Os\n.Sh NAME"
	print ".Nm " name "\n.Nd " mdoc_escape(description) "\n.Sh DESCRIPTION"
	fresh = 1
}
/^```/ {
	end_list()
	end_table()
	code = !code
	print code ? ".Bd -literal" : ".Ed"
	fresh = 0
	next
}
code {
	line = mdoc_escape($0)
	sub(/^[.\047]/, "\\\\\\&&", line)
	print line
	next
}
/^# / { next }
/^## / { heading("Sh", substr($0, 4)); next }
/^### / { heading("Ss", substr($0, 5)); next }
/^\|/ { row($0); next }
/^$/ { end_table(); end_paragraph(); next }
/^- / {
	end_paragraph()
	if (!item)
		print ".Bl -bullet"
	item = 1
	print ".It"
	text = substr($0, 3)
	next
}
item && /^[^ ]/ && text == "" { end_list() }
{
	sub(/^ +/, "")
	text = text (text == "" ? "" : " ") $0
}
END {
	end_table()
	end_list()
	print ".Sh SEE ALSO\n.Xr sidecall 1 ,\n.Xr sidecall-endpoints 7 ,\n.Xr sidecalld 8"
	print ".Sh STANDARDS\n.Rs\n.%T RPC: Remote Procedure Call Protocol Specification Version 2\n.%R RFC 5531\n.Re"
	print ".Rs\n.%T XDR: External Data Representation Standard\n.%R RFC 4506\n.Re"
}
