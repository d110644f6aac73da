# The table of all cells, from their lines; before those, the names of all daemons and cases.
# stock | ours: what became of the honest client, or the milliseconds of its slowest call.
# With `record`, what compare/failures/daemons.c reads: lines of facts, and a line a cell.
function fate(key) {
	if (!(key in verdict))
		return ""
	if (verdict[key] == "none")
		return "-"
	if (verdict[key] == "pass" || seen[key] ~ /^slow/)
		return verdict[key] == "pass" ? "pass" : "slow"
	if (seen[key] ~ /^dies|^ends/)
		return "dies"
	if (seen[key] ~ /no answer|no connection/)
		return "stalls"
	if (seen[key] ~ /hangs up|resets/)
		return "hangs up"
	if (seen[key] ~ /executed/)
		return "executes"
	return "wrong"
}
function shown(key, what) {
	what = fate(key)
	return what ~ /^(pass|slow)$/ ? sprintf("%.0f ms", slowest[key]) : what
}
function pair(r, c, stock, ours) {
	stock = shown(rows[r] SUBSEP columns[c] SUBSEP "stock")
	ours = shown(rows[r] SUBSEP columns[c] SUBSEP "ours")
	return stock == "-" || ours == "-" ? "-" : stock (stock != "" && ours != "" ? " | " : "") ours
}
/^(daemon|case) / {
	split($0, word, " ")
	if (word[1] == "daemon")
		rows[++nrows] = word[2]
	else
		columns[++ncolumns] = word[2]
	next
}
$1 == "kind" {
	kind[$2] = $3
	next
}
NF == 2 {
	fact[$1] = $2
	next
}
# What can be seen of a daemon is the same with both, or ours is wrong.
$2 == "looks" {
	if (!($1 in looks))
		looks[$1] = $6
	else if (looks[$1] != $6) {
		printf "%s looks otherwise:\n  %s\n  %s\n", $1, looks[$1], $6
		$3 = "ours"
		$4 = "fail"
		$6 = "looks otherwise"
	}
}
{
	row[$1] = column[$2] = has[$3] = 1
	verdict[$1, $2, $3] = $4
	slowest[$1, $2, $3] = $5
	seen[$1, $2, $3] = $6
	counts[$3, $4]++
}
function line(name, c, r) {
	printf markdown ? "| %s |" : "%-12s", name
	for (r = 1; r <= nrows; r++)
		if (rows[r] in row)
			printf markdown ? " %s |" : " %16s", c == 0 ? rows[r] : c < 0 ? "---" : pair(r, c)
	print ""
}
function side(r, c, run, key) {
	key = rows[r] SUBSEP columns[c] SUBSEP run
	return fate(key) "\t" slowest[key]
}
# A daemon of which a cell was not judged is left out as a whole.
function is_whole(r, c, missing) {
	for (c = 1; c <= ncolumns; c++)
		missing += pair(r, c) !~ /^-$| \| /
	if (missing)
		print rows[r] " is left out: not judged are " missing " of its cases" >"/dev/stderr"
	return !missing
}
# How many cells.
function write_record(r, c, name, count) {
	for (name in fact)
		print name "\t" fact[name] | "sort"
	close("sort")
	for (r = 1; r <= nrows; r++)
		for (c = 1; c <= ncolumns && (c > 1 || is_whole(r)); c++)
			if (pair(r, c) != "-" && ++count)
				print rows[r] "\t" kind[columns[c]] "\t" columns[c] "\t" side(r, c, "stock") "\t" \
				      side(r, c, "ours")
	return count
}
END {
	for (c = 1; record && c <= ncolumns; c++)
		if (!(columns[c] in kind)) {
			print columns[c] " is not in tests/daemons/kinds" >"/dev/stderr"
			exit 1
		}
	if (record)
		exit !write_record()
	line("", 0)
	if (markdown)
		line("---", -1)
	for (c = 1; c <= ncolumns; c++)
		if (columns[c] in column)
			line(columns[c], c)
	# Stock is not judged: it is what a runtime is for.
	judged = "ours" in has ? "ours" : "stock"
	printf "%d passed, %d failed, 0 skipped\n", counts[judged, "pass"], counts[judged, "fail"]
	exit counts["ours", "fail"] > 0
}
