/* What a command of sidecall is: one file each in client/commands/, one row each in main.c. */
#ifndef SIDECALL_CLIENT_COMMANDS_COMMAND_H
#define SIDECALL_CLIENT_COMMANDS_COMMAND_H

#include "client/client.h"
#include "client/procedures.h"

/* What the options before the command say. */
struct context {
	struct client client;
	bool json;
};

/* Each takes the words behind the options, its own name first, and returns the exit code. */
int command_call(struct context *context, int count, char **words);
int command_list(struct context *context, int count, char **words);
int command_ping(struct context *context, int count, char **words);
int command_decode(struct context *context, int count, char **words);
int command_compare(struct context *context, int count, char **words);

/* Says what is wrong with a command's words, and where to read on.  FAILURE_USAGE. */
int command_usage(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Reports a failed call on standard error: the command, the operand (or NULL) and the endpoint.
 * Returns the failure's code. */
int command_failed(const struct context *context, const char *command, const char *operand,
		   const struct failure *failure);

/* Reports what the service answered instead of a result.  FAILURE_SERVICE. */
int command_refused(const char *command, const char *operand, const char *why);

#endif
