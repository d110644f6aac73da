# What is no row of the table, all files behind it, and the counts as they are written.  The last.

FILENAME == table { fail("\"" $1 "\" is not known here") }

# ---- every source has its row ----

{
	delete unseen[$1]
	if ($1 in listed)
		next
	for (prefix in prefixes)
		if (index($1, prefix) == 1) {
			delete unseen[prefix]
			next
		}
	fail($1 ": " table " does not say what it has to do with a call")
}

# What is left to see of the whole table: files that are split are taken whole, and there are all.
function check_whole(    file, i)
{
	for (file in unseen)
		fail("there is no " file)
	for (file in split_at)
		for (i = 1; i <= length_of[file]; i++)
			if (!((file, i) in taken))
				fail(file " is not counted whole")
}

# ---- the output ----

# A string, which goes on in a new line of the source where it does itself.
function c_string(string,    closing)
{
	closing = "\""
	gsub(/["?\\]/, "\\\\&", string)
	gsub(/\t/, "\\t", string)
	gsub(/\n/, "\\n\"\n\t  \"", string)
	if (sub(/\n\t  "$/, "", string))
		closing = ""
	return "\"" string closing
}

# "rpc,raw" as flags.
function c_ways(ways)
{
	gsub(/,/, " | CODE_", ways)
	return "CODE_" toupper(ways)
}

function print_c(    i, f)
{
	print "/* Written by scripts/count-code: do not edit. */"
	print "#include \"compare/code/counted.h\"\n"
	print "const char code_libtirpc_counted[] = " c_string(counted) ";\n"
	print "const struct code_lines code_lines[] = {"
	for (i = 1; i <= rows; i++)
		print "\t{ " c_ways(row_ways[i]) ", " c_string(row_job[i]) ", " \
			c_string(row_author[i]) ", " c_string(row_file[i]) ", " row_lines[i] " },"
	print "\t{ 0 },\n};\n\nconst struct code_text code_texts[] = {"
	for (i = 1; i <= texts; i++) {
		split(text_row[i], f, SUBSEP)
		print "\t{ " c_string(f[1]) ", " c_ways(f[2]) ", " c_string(f[3]) ", " \
			c_string(f[4]) ", " c_string(f[5]) ", " text_lines[i] ",\n\t  " \
			c_string(text_body[i]) " },"
	}
	print "\t{ 0 },\n};\n\nconst struct code_change code_changes[] = {"
	for (i = 1; i <= changes; i++) {
		split(change_row[i], f, SUBSEP)
		print "\t{ " c_ways(f[1]) ", " c_string(f[2]) ", " c_string(f[3]) ", " \
			c_string(f[4]) ", " c_string(change_job[i]) ", " change_added[i] ", " \
			change_removed[i] " },"
	}
	print "\t{ 0 },\n};"
}

# The sums that `sidecall compare --only code` shows: by way, author and job, and by patch.
function print_sums(    i, j, k, f, ways_of, count, sum)
{
	for (i = 1; i <= rows; i++) {
		count = split(row_ways[i], ways_of, ",")
		for (j = 1; j <= count; j++)
			add_to(sum, ways_of[j] " " row_author[i], row_job[i], row_lines[i])
	}
	for (i = 1; i <= changes; i++) {
		split(change_row[i], f, SUBSEP)
		if (change_job[i] != "document")
			add_to(sum, "patch: " f[3], change_job[i], change_added[i])
	}
	print ""
	for (i = 1; i <= sums_known; i++) {
		printf "%6d  %s:", sum[sum_name[i]], sum_name[i]
		for (k = 1; k <= jobs_known; k++)
			if ((sum_name[i], job_name[k]) in sum)
				printf " %s %d", job_name[k], sum[sum_name[i], job_name[k]]
		print ""
	}
}

function add_to(sum, name, job, lines)
{
	if (!(name in sum))
		sum_name[++sums_known] = name
	if (!(job in job_seen))
		job_name[++jobs_known] = job
	job_seen[job] = 1
	sum[name] += lines
	sum[name, job] += lines
}

function print_text(    i, f)
{
	for (i = 1; i <= rows; i++)
		printf "%6d  %-13s %-12s %-8s  %s\n", row_lines[i], row_ways[i], row_job[i],
			row_author[i], row_file[i]
	for (i = 1; i <= changes; i++) {
		split(change_row[i], f, SUBSEP)
		printf "%+6d  %-13s %-12s %-8s  %s\n", change_added[i], f[1], change_job[i],
			"patch", f[4]
	}
	print_sums()
}

END {
	if (failed)
		exit 1
	check_whole()
	if (format == "c")
		print_c()
	else
		print_text()
}
