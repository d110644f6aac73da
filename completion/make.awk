# make.awk: completion of sidecall and sidecalld for `shell`, from what their own tables say (programs/tables).  It reads
# the tables, then what does not come from them: the file that has the shell's name, where the functions in the file
# `names` take the place of @names@.

# What may stand for a value: a kind, behind which its words are.
function kind_of(program, option, value, choices,    name) {
	name = value
	gsub(/\|/, " ", choices)
	if (choices != "")
		return (value ~ /,/ ? "list " : "words ") choices
	if (value == "CHECK")
		return "words" known["check"]
	if (option == "require" && program == "sidecalld")
		return "words" known["rule"]
	if (option in by_option)
		return by_option[option]
	if (value ~ /\.x/)
		return "contract"
	if (value == "NAME" && option == "")
		return "name"
	if (value == "ENDPOINT" && program == "sidecalld")
		return "listen"
	return name in by_value ? by_value[name] : "nothing"
}
# The same of a command's operands, by the first word of its usage that is none of an option's.
function operand_of(usage,    many) {
	gsub(/\[OPTION\.\.\.\]|\[-[^]]*\](\.\.\.)?/, "", usage)
	gsub(/--as NAME/, "", usage)
	many = usage ~ /\.\.\./
	if (usage ~ /PROGRAM \[ARG/)
		return "1 executable"
	if (!match(usage, /[A-Z][A-Za-z.]*/))
		return "0 nothing"
	return (many ? "* " : "1 ") kind_of("sidecall", "", clean(substr(usage, RSTART, RLENGTH)), "")
}
function clean(word) {
	sub(/\.\.\.$/, "", word)
	return word
}
function quote(text) {
	gsub(/\047/, "\047\\\047\047", text)
	return "\047" text "\047"
}
# ---- bash ----
function bash_options(who,    i, said) {
	for (i = 1; i <= options[who]; i++)
		said = said (letter[who, i] == "" ? "" : " -" letter[who, i]) " --" long[who, i]
	return said
}
function bash_tables(    i, j, who) {
	print "_sidecall_commands=" quote(commands)
	print "_sidecall_endpoints=" quote(endpoints)
	print "\n# COMMAND: its options.\n_sidecall_options() {\n\tcase $1 in"
	for (i = 1; i <= count; i++)
		if (options[order[i]])
			print "\t" order[i] ") echo" bash_options(order[i]) " ;;"
	print "\tesac\n}\n\n# COMMAND OPTION: what its value may be.  Fails when it takes none.\n_sidecall_value() {\n\tcase $1:$2 in"
	for (i = 1; i <= count; i++) {
		who = order[i]
		for (j = 1; j <= options[who]; j++)
			if (value[who, j] != "")
				print "\t" who ":--" long[who, j] (letter[who, j] == "" ? "" : \
				      " | " who ":-" letter[who, j]) ") echo " kind[who, j] " ;;"
	}
	print "\t*) return 1 ;;\n\tesac\n}\n\n# COMMAND: how many operands it has that can be completed, and what they may be.\n_sidecall_operand() {\n\tcase $1 in"
	for (i = 1; i <= count; i++)
		if (operand[order[i]] != "" && operand[order[i]] !~ /nothing/)
			print "\t" order[i] ") echo " quote(operand[order[i]]) " ;;"
	print "\tesac\n}"
}
# ---- zsh ----
function zsh_action(kind,    words) {
	words = kind
	sub(/^[a-z]+ ?/, "", words)
	sub(/ .*/, "", kind)
	gsub(/\*/, "\\\\&", words)
	if (kind == "words")
		return "(" words ")"
	if (kind == "list")
		return "_values -s , part " words
	return kind in zsh ? zsh[kind] : " _sidecall_named " kind
}
function zsh_spec(who, i,    said, text) {
	text = help[who, i]
	gsub(/\[|\]|:|\\/, "\\\\&", text)
	said = "[" text "]" (value[who, i] == "" ? "" : ":" clean(value[who, i]) ":" zsh_action(kind[who, i]))
	if (letter[who, i] != "")
		print "\t\t\t" quote("*-" letter[who, i] (value[who, i] == "" ? "" : "+") said)
	print "\t\t\t" quote("*--" long[who, i] (value[who, i] == "" ? "" : "=") said)
}
function zsh_tables(    i, j, who, many) {
	print "_sidecall_endpoints=(" endpoints ")\n_sidecall_commands=("
	for (i = 1; i <= count; i++)
		if (about[order[i]] != "") {
			said = about[order[i]]
			gsub(/:/, "\\:", said)
			print "\t" quote(order[i] ":" said)
		}
	print ")\n\n# COMMAND: sets specs to what _arguments takes of it.\n_sidecall_specs() {\n\tcase $1 in"
	for (i = 1; i <= count; i++) {
		who = order[i]
		print "\t" who ")\n\t\tspecs=("
		for (j = 1; j <= options[who]; j++)
			zsh_spec(who, j)
		many = substr(operand[who], 1, 1)
		if (who ~ /^(run|batch)$/)
			many = who == "run" ? "x" : "1"
		if (many == "x")
			print "\t\t\t" quote("*:::program:_normal")
		else if (operand[who] != "" && operand[who] !~ /nothing/)
			print "\t\t\t" quote(many ":operand:" zsh_action(substr(operand[who], 3)))
		print "\t\t)\n\t\t;;"
	}
	print "\tesac\n}"
}
# ---- fish ----
function fish_action(kind,    words) {
	words = kind
	sub(/^[a-z]+ ?/, "", words)
	sub(/ .*/, "", kind)
	gsub(/\*/, "\\\\&", words)
	if (kind == "words")
		return " -x -a " quote(words)
	if (kind == "list")
		return " -x -a " quote("(__fish_complete_list , \"string split \\\" \\\" \\\"" words "\\\"\")")
	if (kind == "file")
		return " -r -F"
	return " -x" (kind == "nothing" ? "" : " -a " quote(kind in fish ? fish[kind] : "(__sidecall_names " kind ")"))
}
function fish_quote(text) {
	gsub(/\\|\047/, "\\\\&", text)
	return "\047" text "\047"
}
function fish_options(who, condition,    i) {
	for (i = 1; i <= options[who]; i++)
		print "complete -c " (who == "sidecalld" ? who : "sidecall") condition \
		      (letter[who, i] == "" ? "" : " -s " letter[who, i]) " -l " long[who, i] \
		      (value[who, i] == "" ? "" : fish_action(kind[who, i])) " -d " fish_quote(help[who, i])
}
function fish_tables(    i, who, on, what) {
	print "set -g __sidecall_commands " commands "\nset -g __sidecall_endpoints " endpoints
	print "complete -c sidecall -f\ncomplete -c sidecalld -f"
	fish_options("sidecalld", "")
	fish_options("sidecall", " -n __sidecall_before")
	for (i = 1; i <= count; i++) {
		who = order[i]
		if (about[who] == "")
			continue
		print "complete -c sidecall -n __sidecall_before -a " who " -d " fish_quote(about[who])
		on = " -n " quote("__sidecall_is " who)
		fish_options(who, on)
		what = fish_action(substr(operand[who], 3))
		sub(/ -[rx]/, "", what)
		if (operand[who] !~ /nothing/)
			print "complete -c sidecall" on what
	}
}
BEGIN {
	by_option["procedure"] = "procedure"
	by_option["as"] = "type"
	split("ENDPOINT endpoint FILE file PATH file DIRECTORY directory HOST host PROCEDURE procedure " \
	      "COMMAND command PROGRAM program", pair, " ")
	for (i = 1; i in pair; i += 2)
		by_value[pair[i]] = pair[i + 1]
	zsh["endpoint"] = " _sidecall_endpoint"
	zsh["listen"] = " _sidecall_endpoint listen"
	zsh["file"] = "_files"
	zsh["directory"] = "_files -/"
	zsh["contract"] = "_files -g \"*.x\""
	zsh["host"] = "_hosts"
	zsh["command"] = " _sidecall_command"
	zsh["nothing"] = " "
	fish["endpoint"] = "(__sidecall_endpoint)"
	fish["listen"] = "(__sidecall_endpoint listen)"
	fish["directory"] = "(__fish_complete_directories)"
	fish["contract"] = "(__fish_complete_suffix .x)"
	fish["host"] = "(__fish_print_hostnames)"
	fish["command"] = "$__sidecall_commands"
	fish["executable"] = "(__fish_complete_command)"
}
FNR == NR && $1 == "word" {
	known[$2] = known[$2] " " $3
}
FNR == NR && $1 == "option" {
	who = $3 == "" ? $2 : $3
	if (!(who in options))
		order[++count] = who
	i = ++options[who]
	long[who, i] = $4
	letter[who, i] = $5
	value[who, i] = $6
	help[who, i] = $7
	kind[who, i] = kind_of($2, $4, $6, $9)
}
FNR == NR && $1 == "command" {
	order[++count] = $3
	options[$3] = 0
	about[$3] = $5
	operand[$3] = operand_of($4)
	commands = commands (commands == "" ? "" : " ") $3
}
FNR == NR && $1 == "endpoint" {
	endpoints = endpoints (endpoints == "" ? "" : " ") $2
}
FNR == NR { next }
/^@tables@$/ {
	if (shell == "bash")
		bash_tables()
	else if (shell == "zsh")
		zsh_tables()
	else
		fish_tables()
	next
}
/^@names@$/ {
	while ((getline line <names) > 0)
		print line
	next
}
{ print }
