# of-header.awk: a manual page, section 3, in mdoc(7), from a public header, which is written as one: its first
# comment is the text, and each declaration stands behind the comment that describes it.  It reads the list of the
# library's names, then the header.
# A line that begins a paragraph: not where a section or a display has just begun one.
function verbatim(line) {
	if (!quoted)
		print ".Bd -literal"
	quoted = 1
	paragraph = fresh = 0
	line = mdoc_escape(line)
	sub(/^[.\047]/, "\\\\\\&&", line)
	print line
}
function end_verbatim() {
	if (quoted)
		print ".Ed"
	quoted = 0
}
function prose(line) {
	if (line == "") {
		end_verbatim()
		paragraph = 1
		return
	}
	if (quoted || paragraph > fresh)
		print (quoted ? ".Ed\n" : "") ".Pp"
	quoted = paragraph = fresh = 0
	# The reader of a page joins lines, and would not see a sentence that ends one.
	print mdoc_text(line)
}
function section(title) {
	end_verbatim()
	print ".Sh " title
	fresh = 1
	paragraph = 0
}
function text_line(line) {
	if (line ~ /^[A-Z][A-Z, ]+$/ && length(line) > 2)
		section(line)
	else if (line ~ /^\t/)
		verbatim(substr(line, 2))
	else
		prose(line)
}
# A comment and what it describes, up to the empty line behind.
function describe(    i, n, lines, said) {
	n = split(block, lines, "\n")
	for (i = 1; i <= n; i++)
		if (!is_comment[i])
			verbatim(lines[i])
	end_verbatim()
	said = ""
	for (i = 1; i <= n; i++)
		if (is_comment[i]) {
			sub(/^ ?\/?\*+\/? ?/, "", lines[i])
			sub(/ *\*\/$/, "", lines[i])
			said = said (said == "" ? "" : " ") lines[i]
		}
	if (said != "")
		print ".Bd -ragged -offset indent -compact\n" mdoc_text(said) "\n.Ed"
}
function synopsis(    n, list, i) {
	print ".Dd " date "\n.Dt " toupper(name) " 3\n.Os\n.Sh NAME"
	n = split(names, list, " ")
	print ".Nm " name (n ? " ," : "")
	for (i = 1; i <= n; i++)
		print ".Nm " list[i] (i < n ? " ," : "")
}
FNR == NR {
	if (index($1, name "_") == 1) {
		sub(/;.*/, "", $1)
		names = names " " $1
	}
	next
}
FNR == 1 { synopsis() }
/clang-format/ { next }
!begun && /^\/\*/ { begun = 1; next }
begun == 1 && first == "" {
	first = $0
	sub(/^ \* /, "", first)
	sub(/\.$/, "", first)
	print ".Nd " mdoc_escape(first)
	print ".Sh SYNOPSIS\n.In sidecall/" include
	print ".Pp\n.Li \"cc ... $(pkg\\-config \\-\\-cflags \\-\\-libs sidecall)\""
	section("DESCRIPTION")
	next
}
begun == 1 && /^ \*\/$/ { begun = 2; section("DECLARATIONS"); next }
begun == 1 { line = $0; sub(/^ \* ?/, "", line); text_line(line); next }
begun != 2 || /^#(ifndef|ifdef|include|endif|pragma)/ || /^extern "C"|^}$/ || /^\/\* ---- / { next }
/^#define SIDECALL_[A-Z_]+_H$/ { next }
/^$/ {
	if (block != "" && shape)
		describe()
	block = ""
	shape = rows = inside = 0
	split("", is_comment)
	next
}
{
	block = block (rows ? "\n" : "") $0
	rows++
	if ($0 ~ /^ ?\/?\*/ || inside)
		is_comment[rows] = 1
	else
		shape = 1
	inside = ($0 ~ /^\/\*/ && $0 !~ /\*\/$/) || (inside && $0 !~ /\*\/$/)
}
END {
	if (block != "" && shape)
		describe()
	print ".Sh SEE ALSO\n.Xr rpcgen 1 ,"
	n = split("sidecall_clnt sidecall_svc sidecall_xdr", pages, " ")
	for (i = 1; i <= n; i++)
		if (pages[i] != name)
			print ".Xr " pages[i] " 3 ,"
	print ".Xr rpc 3t ,\n.Xr sidecall-endpoints 7 ,\n.Xr sidecall-protocol 7"
}
