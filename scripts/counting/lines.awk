# The files that the table names, and the rows of it that say what counts as what.  Behind code.awk.

function fail(why)
{
	print (FILENAME == table ? table ":" FNR : table) ": " why > "/dev/stderr"
	failed = 1
	exit 1
}

# ---- files: text[file, line] and code[file, line], each read once ----

# rpcgen's own code is where it writes it.
function path_of(file)
{
	return file ~ /^idl\/.*\.[ch]$/ ? build "/" file : file
}

function read_file(file,    path, line, n, r)
{
	if (file in length_of)
		return
	path = path_of(file)
	code_begin()
	while ((r = (getline line < path)) > 0) {
		text[file, ++n] = line
		code[file, n] = code_of(line)
	}
	if (r < 0)
		fail("there is no " path)
	close(path)
	length_of[file] = n
}

function count_lines(file, first, last,    i, lines)
{
	for (i = first; i <= last; i++)
		lines += is_code(code[file, i])
	return lines + 0
}

# The only line that has the text, at its beginning or anywhere.
function only_line(file, part, at_beginning,    i, where, found)
{
	for (i = 1; i <= length_of[file]; i++) {
		where = index(text[file, i], part)
		if (!where || (at_beginning && where > 1))
			continue
		if (found)
			fail(file " has \"" part "\" twice")
		found = i
	}
	if (!found)
		fail(file " has no \"" part "\"")
	return found
}

# ---- lines ----

# The words that a row may have are those that `sidecall compare` shows.
function check_words(ways, job, author)
{
	if (ways !~ /^(tirpc|rpc|raw|tirpc,rpc|rpc,raw|tirpc,rpc,raw)$/)
		fail("\"" ways "\" are no ways that are compared")
	if (job !~ /^(contract|packing|dispatch|stubs|framing|transport|registration)$/)
		fail("\"" job "\" is no job")
	if (author !~ /^(person|rpcgen|libtirpc)$/)
		fail("\"" author "\" writes nothing here")
}

# Counts lines of a file for a row, and none of them twice.
function take(ways, job, author, file, first, last,    i)
{
	for (i = first; i <= last; i++) {
		if ((file, i) in taken)
			fail(file " is counted twice")
		taken[file, i] = 1
	}
	listed[file] = 1
	rows++
	row_ways[rows] = ways
	row_job[rows] = job
	row_author[rows] = author
	row_file[rows] = file
	row_lines[rows] = count_lines(file, first, last)
	job_of[file] = job
	author_of[file] = author
}

# libtirpc is not installed as source: its counts come from scripts/count-libtirpc.
function take_libtirpc(ways, job, file,    name)
{
	name = substr(file, length("libtirpc/") + 1)
	if (!(name in libtirpc_lines))
		fail(libtirpc " has no " name)
	if (file in listed)
		fail(file " is counted twice")
	listed[file] = 1
	rows++
	row_ways[rows] = ways
	row_job[rows] = job
	row_author[rows] = "libtirpc"
	row_file[rows] = file
	row_lines[rows] = libtirpc_lines[name]
}

function take_whole(ways, job, author, file)
{
	read_file(file)
	take(ways, job, author, file, 1, length_of[file])
}

# All sources whose name begins so, in that folder; of "NAME." those of that name.
function take_all(ways, job, author, name,    list, file, found)
{
	list = "ls " name (name ~ /[.]$/ ? "[ch]" : ".[ch]") " 2>&1"
	while ((list | getline file) > 0 && file ~ /\.[ch]$/) {
		take_whole(ways, job, author, file)
		found = 1
	}
	close(list)
	if (!found)
		fail("there is no " name)
}

function rest_of_line(words,    line, i)
{
	line = $0
	for (i = 0; i < words; i++)
		sub(/^[^ \t]+[ \t]+/, "", line)
	return line
}

BEGIN {
	while (libtirpc != "" && (getline line < libtirpc) > 0) {
		split(line, words, " ")
		if (words[1] !~ /^#/)
			libtirpc_lines[words[1]] = words[2]
	}
	counted = libtirpc
	sub(/.*libtirpc-/, "", counted)
}

FILENAME == table && (/^#/ || NF == 0) { next }

FILENAME == table && $1 == "lines" { check_words($2, $3, $4) }
FILENAME == table && $1 == "text" { check_words($3, $4, $5) }
FILENAME == table && $1 == "patch" { check_words($2, "contract", "person") }

FILENAME == table && $1 == "lines" && ($6 == "before" || $6 == "from") {
	read_file($5)
	boundary = only_line($5, rest_of_line(6), 1)
	if ($6 == "before")
		take($2, $3, $4, $5, 1, boundary - 1)
	else
		take($2, $3, $4, $5, boundary, length_of[$5])
	split_at[$5] = 1
	next
}

FILENAME == table && $1 == "lines" {
	for (i = 5; i <= NF; i++) {
		if ($4 == "libtirpc")
			take_libtirpc($2, $3, $i)
		else if ($i ~ /[*.]$/)
			take_all($2, $3, $4, $i)
		else
			take_whole($2, $3, $4, $i)
	}
	next
}

FILENAME == table && $1 == "none" {
	for (i = 2; i <= NF; i++) {
		prefix = substr($i, 1, length($i) - 1)
		if ($i in listed)
			fail($i " takes part in a call and does not")
		else if ($i ~ /\*$/)
			prefixes[prefix] = unseen[prefix] = 1
		else
			unseen[$i] = listed[$i] = 1
	}
	next
}
