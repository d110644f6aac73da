# What counts as a line of code: a line that has more on it than blanks, comments and the backslash
# that continues it.  For C and for rpcgen's language, which has C's comments.
#
# code_of(LINE), for each line of a file in turn, is what of it is code; call code_begin() first.

function code_begin()
{
	in_comment = in_line_comment = 0
	quote = ""
}

# What is left of a quoted text, up to its closing mark; all of it when the text goes on in the next
# line.
function quoted(line,    closing)
{
	closing = quote == "'" ? "^([^'\\\\]|\\\\.)*'" : "^([^\"\\\\]|\\\\.)*\""
	if (match(line, closing)) {
		quote = ""
		return substr(line, 1, RLENGTH)
	}
	if (line !~ /\\$/)
		quote = ""
	return line
}

function code_of(line,    code, part, mark, end)
{
	code = ""
	if (in_line_comment) {
		in_line_comment = line ~ /\\$/
		return ""
	}
	while (line != "") {
		if (quote != "") {
			part = quoted(line)
			code = code part
			line = substr(line, length(part) + 1)
		} else if (in_comment) {
			end = index(line, "*/")
			if (!end)
				break
			in_comment = 0
			line = substr(line, end + 2)
		} else if (match(line, /\/\*|\/\/|["']/)) {
			mark = substr(line, RSTART, RLENGTH)
			code = code substr(line, 1, RSTART - 1)
			line = substr(line, RSTART + RLENGTH)
			if (mark == "//") {
				in_line_comment = line ~ /\\$/
				break
			}
			in_comment = mark == "/*"
			if (in_comment) {
				code = code " "
			} else {
				quote = mark
				code = code mark
			}
		} else {
			code = code line
			line = ""
		}
	}
	return code
}

function is_code(text)
{
	return text !~ /^[ \t\r\f]*\\?[ \t\r\f]*$/
}
