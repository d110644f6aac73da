# Of lines of server, where, case, verdict and found, the tables of docs/check.md.  The first file has the
# servers, each with the name of its column.
FNR == NR { servers[++columns] = $1; title[$1] = $2; next }
{
	ends = $5 ~ /nobody on a new connection is served/
	verdict[$1, $2, $3] = ends ? "ends" : $4
	count[$1, $2, $4]++
	made[$1, $2]++
	group = $2 == "hostile"
	if (!((group, $3) in known)) {
		known[group, $3] = 1
		cases[group, ++number[group]] = $3
	}
	if ($4 != "pass")
		shown[group, $3] = 1
}

# Where it fails; "" where it passes.
function places(server, name,    text, where, i, differs) {
	split("tcp udp", where, " ")
	for (i = 1; i <= 2; i++) {
		if (verdict[server, where[i], name] ~ /fail|ends/)
			text = text (text ? ", " : "") where[i] (verdict[server, where[i], name] == "ends" ? ", ends" : "")
		differs = differs || verdict[server, where[i], name] == "differs"
	}
	return text ? text : differs ? "differs" : ""
}
function totals(server, where) {
	return !made[server, where] ? "" : count[server, where, "pass"] " of " made[server, where]
}
function head(first,    i) {
	printf "| %s |", first
	for (i = 1; i <= columns; i++)
		printf " %s |", title[servers[i]]
	printf "\n|---|"
	for (i = 1; i <= columns; i++)
		printf "---|"
	print ""
}
function row(kind, name, text,    i, server) {
	printf "| %s |", text
	for (i = 1; i <= columns; i++) {
		server = servers[i]
		printf " %s |", kind == "places" ? places(server, name) : kind == "totals" ? totals(server, name) : \
			verdict[server, "hostile", name] == "ends" ? "ends" : \
			verdict[server, "hostile", name] == "fail" ? "waits" : ""
	}
	print ""
}
END {
	head("fails by")
	for (c = 1; c <= number[0]; c++)
		if (shown[0, cases[0, c]])
			row("places", cases[0, c], "`" cases[0, c] "`")
	row("totals", "tcp", "passed, tcp")
	row("totals", "udp", "passed, udp")
	print ""
	head("beside it, another client")
	for (c = 1; c <= number[1]; c++)
		if (shown[1, cases[1, c]])
			row("hostile", cases[1, c], "`" cases[1, c] "`")
	row("totals", "hostile", "passed")
}
