/* sidecall: the options, and one table of commands. */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/commands/command.h"
#include "client/trace/trace.h"
#include "common/standard.h"

#define DEFAULT_ENDPOINT "rpc+tcp"

const char *argp_program_version = "sidecall " SIDECALL_VERSION;

static const struct command {
	const char *name;
	const char *usage;
	const char *help;
	int (*run)(struct context *context, int count, char **words);
	const char *options; /* lines about each, where they are many; or NULL */
} commands[] = {
	{ "add", "A B", "A + B", command_call, NULL },
	{ "subtract", "A B", "A - B", command_call, NULL },
	{ "multiply", "A B", "A * B", command_call, NULL },
	{ "divide", "A B", "A / B, truncated toward zero", command_call, NULL },
	{ "evaluate", "EXPRESSION", "The value of an arithmetic expression", command_call, NULL },
	{ "summarize", "N... | -", "Count, sum, extremes, mean and deviation", command_call, NULL },
	{ "accumulate", "REGISTER AMOUNT", "Adds to a named register; not idempotent", command_call,
	  NULL },
	{ "stat", "PATH...", "What a file is, without following a link", command_paths, NULL },
	{ "readlink", "PATH...", "The target of a symbolic link", command_paths, NULL },
	{ "digest", "PATH...", "SHA-256 of a file, as sha256sum prints it", command_paths, NULL },
	{ "space", "[PATH]", "Space on the filesystem of PATH", command_root, NULL },
	{ "null", "", "Nothing: a call and its reply", command_call, NULL },
	{ "list", "[-R] [-l] [PATH]", "A directory's names; -l as ls -l, -R all below",
	  command_list, NULL },
	{ "batch", "[FILE|-]", "One call a line, answered in their order", command_batch, NULL },
	{ "ping", "[-c N]", "Calls the null procedure, N times", command_ping, NULL },
	{ "decode", "[FILE|-]", "Explains the bytes in a hex dump or a pcap file", command_decode,
	  NULL },
	{ "measure", "[OPTION...] [OPERAND...]", "Loads the endpoint and times its calls",
	  command_measure, command_measure_options },
	{ "compare", "[OPTION...] [ENDPOINT...]", "RPC and raw messages, side by side",
	  command_compare, NULL },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

struct options {
	struct context context;
	bool trace;
	int count; /* of the words behind the options */
	char **words;
};

/* ---- options ---- */

static const struct argp_option argp_options[] = {
	{ "via", 'v', "ENDPOINT", 0, "Where to call, and how (default: rpc+tcp on localhost)", 0 },
	{ "timeout", 't', "SECONDS", 0, "For a whole call, whatever the server does (default: 5)",
	  0 },
	{ "trace", 'x', NULL, 0, "Every byte of calls and replies, on standard error", 0 },
	{ "json", 'j', NULL, 0, "Results as JSON, one object a line", 0 },
	{ 0 },
};

static const char argp_doc[] =
	"Calls a calculator and file information by ONC RPC or by raw messages."
	"\v"; /* filter_help() writes what follows */

static const char help_tail[] =
	"An ENDPOINT is PROTOCOL+TRANSPORT, with an address where there is no default:\n"
	"  rpc+tcp://HOST        also udp; the port is asked of rpcbind\n"
	"  rpc+tcp://HOST:PORT\n"
	"  raw+udp://[::1]       also tcp; port 7117\n"
	"  raw+unix:PATH         without :PATH, in the runtime directory; also shm\n"
	"  raw+fifo:DIRECTORY    named pipes; the runtime directory\n"
	"  rpc+pipe              a server of our own, in the working directory\n"
	"  tirpc+tcp://HOST      libtirpc's own client; also udp, unix\n"
	"\n"
	"Examples:\n"
	"  sidecall divide 84 2\n"
	"  sidecall --via raw+tcp://localhost evaluate '2*(3+4)^2'\n"
	"  seq 10 | sidecall summarize -\n"
	"  sidecall --via rpc+unix list -l docs\n"
	"  sidecall --json stat README.md | jq .size\n"
	"  sidecall compare --quick --report compare.html\n"
	"\n"
	"Exit codes: 0 done, 1 the service says no, 2 a comparison differs or is worse,\n"
	"64 usage, 65 data that cannot be encoded or decoded, 68 unknown host,\n"
	"69 unreachable, 70 a bug of ours, 71 system error, 73 cannot write,\n"
	"75 timed out, or the server is busy, 76 protocol, version or procedure mismatch,\n"
	"77 not permitted.";

/* The list of commands comes from the table, so that it is never out of date. */
static char *filter_help(int key, const char *text, void *input)
{
	char *help = NULL;
	size_t size;
	FILE *out;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	out = open_memstream(&help, &size);
	if (!out)
		return NULL;
	fprintf(out, "Commands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %-17s %s\n", commands[i].name, commands[i].usage,
			commands[i].help);
	fprintf(out, "\n%s", help_tail);
	fclose(out);
	return help;
}

static int64_t parse_timeout(struct argp_state *state, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !isfinite(seconds) || seconds <= 0 || seconds > 86400)
		argp_error(state, "--timeout takes seconds, up to 86400, as in 2.5; not \"%s\"",
			   text);
	return (int64_t)(seconds * 1e9);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;
	struct client *client = &options->context.client;
	const char *wrong;

	switch (key) {
	case 'v':
		wrong = endpoint_parse(&client->endpoint, text);
		if (wrong)
			argp_error(state, "--via \"%s\": %s", text, wrong);
		break;
	case 't':
		client->timeout = parse_timeout(state, text);
		break;
	case 'x':
		options->trace = true;
		break;
	case 'j':
		options->context.json = true;
		break;
	case ARGP_KEY_ARG:
		/* The command and all behind it: "add -5 3" has no option -5. */
		options->words = &state->argv[state->next - 1];
		options->count = state->argc - state->next + 1;
		state->next = state->argc;
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a command is needed, as in sidecall divide 84 2");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- the command ---- */

static int show_usage(const struct command *command)
{
	printf("Usage: sidecall [OPTION...] %s %s\n%s\n%s", command->name, command->usage,
	       command->help, command->options ? command->options : "");
	return 0;
}

/* Whether one of our options stands where an operand is due; a file of that name is "./--json". */
static bool is_late_option(const char *word)
{
	size_t length = strcspn(word, "=");

	for (const struct argp_option *o = argp_options; o->name; o++)
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

static int run_command(const struct command *command, struct options *options)
{
	int code = check_operands(command, options->count, options->words);

	return code ? code : command->run(&options->context, options->count, options->words);
}

static int run(struct options *options)
{
	const char *name = options->words[0];
	bool help = options->count > 1 && strcmp(options->words[1], "--help") == 0;

	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return help ? show_usage(&commands[i]) : run_command(&commands[i], options);
	return command_usage(name, "there is no such command");
}

/* A full disk is noticed at the last write, and told of once. */
static int close_output(int code)
{
	static bool is_closed;
	struct pollfd out = { .fd = STDOUT_FILENO };

	if (is_closed)
		return code;
	is_closed = true;
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

/* argp ends the program itself when it has printed help. */
static void close_help(void)
{
	int code = close_output(0);

	if (code)
		_exit(code);
}

int main(int argc, char **argv)
{
	const struct argp argp = { argp_options, parse_option, "COMMAND [OPERAND...]",
				   argp_doc,     NULL,         filter_help,
				   NULL };
	struct options options = { 0 };
	struct channel_observer *observer;
	int code;

	standard_keep();
	options.context.out = text_to(stdout);
	options.context.client.timeout = CLIENT_TIMEOUT;
	endpoint_parse(&options.context.client.endpoint, DEFAULT_ENDPOINT);
	signal(SIGPIPE, SIG_IGN); /* a server that is gone is an error, not our death */
	argp_err_exit_status = FAILURE_USAGE;
	atexit(close_help);
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
	if (options.trace)
		options.context.client.observer = trace_create(stderr);
	observer = options.context.client.observer;
	code = run(&options);
	client_release(&options.context.client);
	trace_release(observer);
	return close_output(code);
}
