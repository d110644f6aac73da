# Prints the ```console blocks of a page, with a name instead of each number that differs from run to run.  The first
# client's port becomes PORT1, the next other one PORT2, so what is the same twice on the page has to be the same twice
# in the run.  docs/lessons/README.md says this to readers.
BEGIN {
	byte = "[0-9a-f][0-9a-f]"
	port = "[3-6][0-9][0-9][0-9][0-9]" # what the kernel, or libtirpc, gives to who asks for none: from 32768 on
}

# Puts names in the place of what stands behind something, all along the line.
function rename(kind, behind, what,    line, found) {
	line = ""
	while (match($0, "(" behind ")" what)) {
		found = substr($0, RSTART, RLENGTH)
		line = line substr($0, 1, RSTART - 1)
		$0 = substr($0, RSTART + RLENGTH)
		match(found, "^(" behind ")")
		line = line substr(found, 1, RLENGTH)
		found = substr(found, RLENGTH + 1)
		if (!((kind, found) in names))
			names[kind, found] = kind (++count[kind])
		line = line names[kind, found]
	}
	$0 = line $0
}

/^```/ {
	shown = $0 == "```console"
}

shown {
	rename("PORT", ":|port |', ", port)
	rename("PID", "pid=|process |child ", "[0-9]+")
	rename("INODE", "pipe:.|socket:.", "[0-9]+")
	rename("FIFO", "raw[.]|^", byte byte byte byte byte byte byte byte)
	# The name of a call: its bytes say the same as the number behind them.
	if ($0 ~ "^ +[0-9]+ +" byte " " byte " " byte " " byte " +x?id ")
		sub(byte " " byte " " byte " " byte, "BYTES")
	rename("ID", "id +0x", byte byte byte byte)
	gsub(/[0-9.]+ (ms|us|µs)/, "TIME")
	# Columns are as wide as what is in them.
	gsub(/ +/, " ")
	sub(/ $/, "")
	print
}
