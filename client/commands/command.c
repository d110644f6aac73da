/* What all commands say alike when something is wrong. */
#include "client/commands/command.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int command_usage(const char *command, const char *format, ...)
{
	char what[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	failure_say("%s: %s. Try 'sidecall --help'", command, what);
	return FAILURE_USAGE;
}

int command_no_option(const char *command, char **words, const char *there_are)
{
	if (optopt)
		return command_usage(command, "-%c is no option; %s", optopt, there_are);
	return command_usage(command, "%s is no option; %s", words[optind - 1], there_are);
}

/* As in "--quick, --only and --root". */
static void name_options(const struct option *options, char *text, size_t size)
{
	size_t length = 0;

	for (const struct option *o = options; o->name && length < size; o++) {
		const char *before = o == options ? "" : o[1].name ? ", " : " and ";

		length += (size_t)snprintf(text + length, size - length, "%s--%s", before, o->name);
	}
}

int command_take_options(const char *command, int count, char **words, const struct option *options,
			 const char *(*take)(void *what, int option, const char *value), void *what)
{
	char there_are[256] = "there are ";
	int option;

	opterr = 0;
	while ((option = getopt_long(count, words, "+:", options, NULL)) != -1) {
		const char *wrong = NULL;

		if (option == ':')
			return command_usage(command, "%s needs a value", words[optind - 1]);
		if (option == '?' && optopt && words[optind - 1][1] == '-')
			return command_usage(command, "%s: it takes no value", words[optind - 1]);
		if (option == '?') {
			name_options(options, there_are + strlen(there_are),
				     sizeof(there_are) - strlen(there_are));
			return command_no_option(command, words, there_are);
		}
		wrong = take(what, option, optarg);
		if (wrong)
			return command_usage(command, "%s", wrong);
	}
	return 0;
}

int command_failed(const struct context *context, const char *command, const char *operand,
		   const struct failure *failure)
{
	char endpoint[ENDPOINT_MAX_TEXT], what[ENDPOINT_MAX_TEXT + 256];

	endpoint_format(&context->client.endpoint, endpoint);
	snprintf(what, sizeof(what), "%s%s%.160s via %s", command, operand ? " " : "",
		 operand ? operand : "", endpoint);
	return failure_report(failure, what);
}

int command_refused(const char *command, const char *operand, const char *why)
{
	failure_say("%s: %s%s%s", command, operand ? operand : "", operand ? ": " : "", why);
	return FAILURE_SERVICE;
}

int command_out_of_memory(const char *command)
{
	failure_say("%s: out of memory", command);
	return FAILURE_SYSTEM;
}
