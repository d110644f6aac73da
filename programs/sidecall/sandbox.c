/* sidecall sandbox -- COMMAND...: runs it with a network, an rpcbind and a sidecalld of its own. */
#include "sandbox/sandbox.h"

#include <getopt.h>

#include "programs/sidecall/command.h"

enum { BARE = 256 };

const struct option_row command_sandbox_options[] = {
	OPTION_FLAG("bare", BARE,
		    "the network, mounts and processes alone: no rpcbind, no sidecalld"),
	{ 0 },
};

static const char *take_option(void *what, int key, const char *value, int64_t number)
{
	struct sandbox *sandbox = what;

	(void)key;
	(void)value;
	(void)number;
	sandbox->bare = true;
	return NULL;
}

static void warn(const char *why)
{
	report_line("sandbox: %s", why);
}

int command_sandbox(struct context *context, int count, char **words)
{
	struct sandbox sandbox = { .broken_pipe = context->broken_pipe, .warn = warn };
	struct failure failure = { 0 };
	int code = command_take_options("sandbox", count, words, command_sandbox_options,
					take_option, &sandbox);
	int status = 0;

	if (code)
		return code;
	sandbox.command = words + optind;
	if (!*sandbox.command)
		return command_usage("sandbox",
				     "a command is needed, as in sidecall sandbox -- sh");
	if (sandbox_run(&sandbox, &status, &failure) != 0)
		return report_failure(&failure, "sandbox");
	return status;
}
