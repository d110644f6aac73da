/* What all commands say alike when something is wrong. */
#include "client/commands/command.h"

#include <stdarg.h>
#include <stdio.h>

int command_usage(const char *command, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "sidecall: %s: ", command);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, ". Try 'sidecall --help'\n");
	return FAILURE_USAGE;
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
	fflush(stdout);
	fprintf(stderr, "sidecall: %s: %s%s%s\n", command, operand ? operand : "",
		operand ? ": " : "", why);
	return FAILURE_SERVICE;
}
