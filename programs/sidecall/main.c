/* sidecall: the options, and the commands. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/services.h"
#include "programs/sidecall/command.h"
#include "programs/sidecall/help.h"
#include "trace/trace.h"
#include "common/number.h"
#include "common/standard.h"

#define DEFAULT_ENDPOINT "rpc+tcp" /* where no server is in the runtime directory */
#define MAX_TIMEOUT      86400     /* seconds */

#define MOST_COMMANDS 64

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
	{ "run", "[OPTION...] PROGRAM [ARG...]",
	  "Runs an ONC RPC server that knows libtirpc alone, on a runtime that no client can stall "
	  "(docs/library.md)",
	  command_run, "sidecall run ypserv", command_run_options },
	{ "help", "[COMMAND]", "This, or more on a command", NULL, "sidecall help ping", NULL },
	{ 0 },
};

struct options {
	struct context context;
	struct command commands[MOST_COMMANDS]; /* all; the last has no name */
	bool trace, help, version;
	char wrong[512]; /* with a value */
};

/* ---- options ---- */

static const struct option_row options_before[] = {
	OPTION_TEXT("via", 'v', "ENDPOINT", "where to call, and how",
		    "a server in the runtime directory, by rpc+unix, or else where rpcbind on this "
		    "machine says"),
	{ "timeout", 't', "SECONDS", "for a whole call, whatever the server does", NULL,
	  CLIENT_TIMEOUT / 1000000000, 0, 0 },
	OPTION_FLAG("trace", 'x', "every byte of calls and replies, on standard error"),
	OPTION_FLAG("json", 'j', "results as JSON, one object a line"),
	OPTION_FLAG("help", 'h', "this; sidecall COMMAND --help for one of them"),
	OPTION_FLAG("version", 'V', "the version of sidecall"),
	{ 0 },
};

/* NULL, or what is wrong with the text that stands there. */
static const char *take_endpoint(struct options *options, const char *where, const char *text)
{
	struct client *client = &options->context.client;
	const char *wrong = endpoint_parse(&client->endpoint, text);

	client->anywhere = false;
	if (!wrong)
		return NULL;
	snprintf(options->wrong, sizeof(options->wrong), "%s \"%.160s\": %s", where, text, wrong);
	return options->wrong;
}

static const char *take_timeout(struct options *options, const char *text)
{
	double seconds;
	int r = number_read_real(text, MAX_TIMEOUT, &seconds);

	options->context.client.timeout = (int64_t)(seconds * 1e9);
	if (r == 0)
		return NULL;
	snprintf(options->wrong, sizeof(options->wrong),
		 "--timeout takes seconds, up to %d, as in 2.5; not \"%.160s\"", MAX_TIMEOUT, text);
	return options->wrong;
}

static const char *take_option(void *what, int key, const char *value, int64_t number)
{
	struct options *options = what;

	(void)number;
	switch (key) {
	case 'v':
		return take_endpoint(options, "--via", value);
	case 't':
		return take_timeout(options, value);
	case 'x':
		options->trace = true;
		return NULL;
	case 'j':
		options->context.json = true;
		return NULL;
	case 'h':
		options->help = true;
		return NULL;
	default:
		options->version = true;
		return NULL;
	}
}

/* ---- the command ---- */

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

static void list_commands(struct command commands[MOST_COMMANDS])
{
	size_t count = 0;

	for (const struct procedure *p = procedures; p->name && count < MOST_COMMANDS - 1; p++)
		if (p->help)
			commands[count++] = command_of(p);
	for (const struct command *c = own_commands; c->name && count < MOST_COMMANDS - 1; c++)
		commands[count++] = *c;
	commands[count] = (struct command){ 0 };
}

static const struct command *find_command(const struct options *options, const char *name)
{
	for (const struct command *c = options->commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	command_usage(NULL, "%s: there is no such command", name);
	return NULL;
}

/* "help", "help COMMAND", and what is asked of a command by --help. */
static int show_help(const struct options *options, const char *name)
{
	const struct command *command = name ? find_command(options, name) : NULL;

	if (name && !command)
		return FAILURE_USAGE;
	if (command)
		help_command(command);
	else
		help_all(options->commands, options_before);
	return 0;
}

/* Whether one of our options stands where an operand is due; a file of that name is "./--json". */
static bool is_late_option(const char *word)
{
	size_t length = strcspn(word, "=");

	for (const struct option_row *o = options_before; o->name; o++)
		if (strncmp(word, "--", 2) == 0 && strlen(o->name) == length - 2 &&
		    strncmp(word + 2, o->name, length - 2) == 0)
			return true;
	return false;
}

static int check_operands(const struct command *command, int count, char **words)
{
	bool operands_alone = command->run == command_call || command->run == command_paths ||
			      command->run == command_root;

	for (int i = 1; i < count && operands_alone; i++)
		if (is_late_option(words[i]))
			return command_usage(command->name, "%s stands before the command",
					     words[i]);
	return 0;
}

/* Where nobody said where to call, the environment may. */
static int settle_endpoint(struct options *options)
{
	const char *via = getenv("SIDECALL_VIA"), *wrong = NULL;

	if (options->context.client.anywhere && via && *via)
		wrong = take_endpoint(options, "SIDECALL_VIA", via);
	return wrong ? command_usage(NULL, "%s", wrong) : 0;
}

static int run_command(struct options *options, int count, char **words)
{
	const struct command *command = find_command(options, words[0]);
	struct context *context = &options->context;
	int code = FAILURE_USAGE;

	if (!command)
		return code;
	if (!command->run)
		return show_help(options, count > 1 ? words[1] : NULL);
	if (count > 1 && strcmp(words[1], "--help") == 0)
		return show_help(options, words[0]);
	code = check_operands(command, count, words);
	if (code == 0)
		code = settle_endpoint(options);
	if (code == 0 && options->trace)
		context->client.observer = trace_create(stderr);
	return code ? code : command->run(context, count, words);
}

static int run_words(struct options *options, int count, char **words)
{
	int code = command_take_options(NULL, count, words, options_before, take_option, options);

	if (code)
		return code;
	if (options->help)
		return show_help(options, NULL);
	if (options->version) {
		printf("sidecall %s\n", SIDECALL_VERSION);
		return 0;
	}
	if (optind == count)
		return command_usage(NULL, "a command is needed, as in sidecall divide 84 2");
	return run_command(options, count - optind, words + optind);
}

/* A full disk is noticed at the last write. */
static int close_output(int code)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (poll(&out, 1, 0) > 0 && (out.revents & POLLERR)) {
		/* `sidecall list | head`: end as quietly as any other program does. */
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	fprintf(stderr, "sidecall: cannot write the output: %s\n", strerror(errno));
	return FAILURE_OUTPUT;
}

int main(int argc, char **argv)
{
	struct options options = { .context.client = { .timeout = CLIENT_TIMEOUT,
						       .anywhere = true,
						       .elsewhere = services_connect } };
	struct channel_observer *observer;
	int code;

	standard_keep();
	list_commands(options.commands);
	options.context.out = text_to(stdout);
	endpoint_parse(&options.context.client.endpoint, DEFAULT_ENDPOINT);
	/* A server that is gone is an error, not our death. */
	options.context.broken_pipe = signal(SIGPIPE, SIG_IGN);
	code = run_words(&options, argc, argv);
	observer = options.context.client.observer;
	client_release(&options.context.client);
	trace_release(observer);
	return close_output(code);
}
