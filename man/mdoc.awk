# What the makers of manual pages have in common: text as mdoc(7) takes it.

function mdoc_escape(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	return text
}

# A line, or as many as it takes, none of them a macro.
function mdoc_lines(text,    said, end) {
	while (length(text) > 78) {
		for (end = 78; end > 1 && substr(text, end, 1) != " "; end--)
			;
		if (end == 1)
			break
		said = said mdoc_line(substr(text, 1, end - 1)) "\n"
		text = substr(text, end + 1)
	}
	return said mdoc_line(text)
}
function mdoc_line(line) {
	sub(/ +$/, "", line)
	sub(/^ +/, "", line)
	sub(/^[.\047]/, "\\\\\\&&", line)
	return line
}

# Text, each sentence on a line of its own.
function mdoc_text(text,    said, rest) {
	rest = mdoc_escape(text)
	gsub(/\(\)/, "\\\\\\&()", rest)
	while (match(rest, /[a-zA-Z0-9_)"*][.!?:]*[.!?][)"]? +[A-Z*(\\]/)) {
		said = said mdoc_lines(substr(rest, 1, RSTART + RLENGTH - 2)) "\n"
		rest = substr(rest, RSTART + RLENGTH - 1)
	}
	return said mdoc_lines(rest)
}

# A word that stands on a macro's line and is none itself.
function mdoc_word(word) {
	word = mdoc_escape(word)
	gsub(/"/, "\\(dq", word)
	return word ~ / / || word == "" ? "\"" word "\"" : "\\&" word
}

# A usage, "[-c N] [FILE|-]", as macros: -c is a flag, N is an argument, all else is itself.
function mdoc_usage(usage,    said, token, joined) {
	while (usage != "") {
		if (match(usage, /^ +/)) {
			usage = substr(usage, RLENGTH + 1)
			joined = 0
			continue
		}
		if (joined)
			said = said " Ns"
		if (match(usage, /^--?[a-z]+/)) {
			token = substr(usage, 2, RLENGTH - 1)
			said = said " Fl " mdoc_word(token)
		} else if (match(usage, /^[A-Z][-A-Za-z.]*/)) {
			token = substr(usage, 1, RLENGTH)
			said = said " Ar " mdoc_word(token)
		} else {
			match(usage, /^./)
			said = said " No " mdoc_word(substr(usage, 1, 1))
		}
		usage = substr(usage, RLENGTH + 1)
		joined = 1
	}
	return said
}
