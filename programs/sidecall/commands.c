/* The table of commands, and the options that may stand before any of them. */
#include "programs/sidecall/commands.h"

#include "client/procedures.h"

/* Those that are more than a procedure, or others. */
static const struct command own_commands[] = {
	{ "list", "[-R] [-l] [PATH]", "A directory's names; -l as ls -l, -R all below",
	  command_list, "sidecall list -l docs", command_list_options },
	{ "batch", "[--idl FILE.x] [FILE|-]",
	  "One call a line, answered in their order; of any contract: PROCEDURE JSON",
	  command_batch, "seq 9 | sed 's/.*/multiply & &/' | sidecall batch",
	  command_batch_options },
	{ "ping", "[-c N] [-v] [PROGRAM[.VERSION]]",
	  "Calls the null procedure, N times; of any program, by name or number", command_ping,
	  "sidecall ping portmapper", command_ping_options },
	{ "services", "[HOST]", "What rpcbind knows there, and whether it answers",
	  command_services, "sidecall services localhost", command_services_options },
	{ "doctor", "[CHECK...]",
	  "What is wrong on this machine for callers and servers, and the commands that mend it",
	  command_doctor, "sidecall doctor", command_doctor_options },
	{ "check", "[-v] ENDPOINT [PROGRAM[.VERSION]]",
	  "Whether any server of ONC RPC or raw messages keeps the protocol (docs/check.md)",
	  command_check, "sidecall check rpc+tcp://localhost:111 portmapper",
	  command_check_options },
	{ "quiz", "[OPTION...] [ENDPOINT]",
	  "Questions about calls that it makes, byte by byte; checks your answers (docs/quiz.md)",
	  command_quiz, "sidecall quiz -n 5", command_quiz_options },
	{ "call", "[OPTION...] PROCEDURE [JSON|@FILE|-]",
	  "Calls any procedure of any ONC RPC server, by its contract (docs/call.md)",
	  command_call_json,
	  "sidecall call --idl /usr/include/tirpc/rpc/rpcb_prot.x RPCBVERS4.RPCBPROC_DUMP",
	  command_call_options },
	{ "describe", "[OPTION...] [NAME]",
	  "What a contract has: programs, procedures and types, with an example of their JSON",
	  command_describe, "sidecall describe CALC_EVALUATE", command_describe_options },
	{ "dissector", "[--idl FILE.x]...", "A Wireshark dissector of a contract, in Lua",
	  command_dissector, "sidecall dissector --idl nfs_prot.x >nfs_prot.lua",
	  command_dissector_options },
	{ "lint", "[--against OLD.x] FILE.x...",
	  "What will hurt in a contract; what breaks callers of an older one", command_lint,
	  "sidecall lint --against old.x new.x", command_lint_options },
	{ "encode", "--as NAME [JSON|@FILE|-]", "A value of any contract: JSON to XDR",
	  command_encode, "sidecall encode --as calc_operands '{\"a\":84,\"b\":2}'",
	  command_encode_options },
	{ "decode", "[OPTION...] [FILE|-]",
	  "Explains the bytes in a hex dump or a capture; with --as, XDR to JSON", command_decode,
	  "sidecall decode capture.pcap", command_decode_options },
	{ "measure", "[OPTION...] [OPERAND...]",
	  "Loads the endpoint and times its calls, from when each was due (docs/measure.md)",
	  command_measure, "sidecall --via raw+unix measure --depth 16", command_measure_options },
	{ "compare", "[OPTION...] [ENDPOINT...]",
	  "RPC and raw messages, side by side: what each costs and buys, or what the ENDPOINTs "
	  "answer",
	  command_compare, "sidecall compare --quick --report compare.html",
	  command_compare_options },
	{ "status", "[--idl FILE.x] [PROGRAM[.VERSION]]",
	  "What a server has counted: calls, clients, memory, limits that bit (docs/watch.md)",
	  command_status, "sidecall status", command_status_options },
	{ "top", "[OPTION...] [PROGRAM[.VERSION]]",
	  "What a server is doing now: calls a second and how long they take (docs/watch.md)",
	  command_top, "sidecall top", command_top_options },
	{ "run", "[OPTION...] PROGRAM [ARG...]",
	  "Runs an ONC RPC server that knows libtirpc alone, on a runtime that no client can stall "
	  "(docs/library.md)",
	  command_run, "sidecall run ypserv", command_run_options },
	{ "sandbox", "[OPTION...] COMMAND [ARG...]",
	  "Runs a command with a network, an rpcbind and a sidecalld of its own, which end with it "
	  "(docs/sandbox.md)",
	  command_sandbox, "sidecall sandbox sidecall services", command_sandbox_options },
	{ "help", "[COMMAND]", "This, or more on a command", NULL, "sidecall help ping", NULL },
	{ 0 },
};

const struct option_row commands_before[] = {
	OPTION_TEXT("via", 'v', "ENDPOINT", "where to call, and how",
		    "a server in the runtime directory, or in /run/sidecall, by rpc+unix, or else "
		    "where rpcbind on this machine says"),
	{ "timeout", 't', "SECONDS", "for a whole call, whatever the server does", NULL,
	  CLIENT_TIMEOUT / 1000000000, 0, 0, NULL },
	OPTION_FLAG("trace", 'x', "every byte of calls and replies, on standard error"),
	OPTION_FLAG("json", 'j', "results as JSON, one object a line"),
	OPTION_FLAG("help", 'h', "this; sidecall COMMAND --help for one of them"),
	OPTION_FLAG("version", 'V', "the version of sidecall"),
	{ 0 },
};

/* A procedure as a command, by its arguments. */
static struct command command_of(const struct procedure *procedure)
{
	struct command command = { procedure->name, procedure->arguments->usage, procedure->help,
				   command_call,    procedure->example,          NULL };

	if (procedure->arguments == &arguments_path)
		command.run = command_paths;
	else if (procedure->arguments == &arguments_root)
		command.run = command_root;
	return command;
}

void commands_list(struct command commands[COMMANDS_MOST])
{
	size_t count = 0;

	for (const struct procedure *p = procedures; p->name && count < COMMANDS_MOST - 1; p++)
		if (p->help)
			commands[count++] = command_of(p);
	for (const struct command *c = own_commands; c->name && count < COMMANDS_MOST - 1; c++)
		commands[count++] = *c;
	commands[count] = (struct command){ 0 };
}
