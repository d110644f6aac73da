# The table of all cells: what became of the honest client, stock | ours, in milliseconds; and the count.
function shown(key) {
	if (!(key in verdict))
		return "";
	if (verdict[key] == "skip")
		return "-";
	return (verdict[key] == "pass" ? "" : "FAIL ") sprintf("%.0f", slowest[key]);
}
# First the names of all daemons and cases, in their order.
/^(daemon|case) / {
	split($0, word, " ")
	if (word[1] == "daemon")
		rows[++nrows] = word[2]
	else
		columns[++ncolumns] = word[2]
	next
}
{
	row[$1] = column[$2] = 1
	verdict[$1, $2, $3] = $4
	slowest[$1, $2, $3] = $5
	has[$3] = 1
	counts[$3, $4]++
}
END {
	judged = "ours" in has ? "ours" : "stock"
	printf "%-18s", "stock | ours, ms"
	for (r = 1; r <= nrows; r++)
		if (rows[r] in row)
			printf " %18s", rows[r]
	print ""
	for (c = 1; c <= ncolumns; c++) {
		if (!(columns[c] in column))
			continue
		printf "%-18s", columns[c]
		for (r = 1; r <= nrows; r++)
			if (rows[r] in row)
				printf " %18s", shown(rows[r] SUBSEP columns[c] SUBSEP "stock") " | " \
				shown(rows[r] SUBSEP columns[c] SUBSEP "ours")
		print ""
	}
	# Stock fails: that is why there is a runtime.
	printf "%d passed, %d failed, %d skipped\n", counts[judged, "pass"], counts[judged, "fail"], counts[judged, "skip"]
	exit counts["ours", "fail"] > 0
}
