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
#include "programs/sidecall/commands.h"
#include "programs/sidecall/help.h"
#include "trace/trace.h"
#include "common/number.h"
#include "common/standard.h"

#define DEFAULT_ENDPOINT "rpc+tcp" /* where no server is in the runtime directory */
#define MAX_TIMEOUT      86400     /* seconds */

struct options {
	struct context context;
	struct command commands[COMMANDS_MOST]; /* all; the last has no name */
	bool trace, help, version;
	char wrong[512]; /* with a value */
};

/* ---- options ---- */

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
		help_all(options->commands, commands_before);
	return 0;
}

/* Whether one of our options stands where an operand is due; a file of that name is "./--json". */
static bool is_late_option(const char *word)
{
	size_t length = strcspn(word, "=");

	for (const struct option_row *o = commands_before; o->name; o++)
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
	int code = command_take_options(NULL, count, words, commands_before, take_option, options);

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
						       .repeats = CLIENT_REPEATS,
						       .anywhere = true,
						       .elsewhere = services_connect } };
	struct channel_observer *observer;
	int code;

	standard_keep();
	commands_list(options.commands);
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
