/* What a command of sidecall is: a file in client/commands/, and one row each in main.c. */
#ifndef SIDECALL_CLIENT_COMMANDS_COMMAND_H
#define SIDECALL_CLIENT_COMMANDS_COMMAND_H

#include "client/client.h"
#include "client/procedures.h"

/* What the options before the command say. */
struct context {
	struct client client;
	struct text out; /* standard output */
	bool json;
};

/* Each takes the words behind the options, its own name first, and returns the exit code. */
int command_call(struct context *context, int count, char **words);  /* of all operands */
int command_paths(struct context *context, int count, char **words); /* each path apart */
int command_root(struct context *context, int count, char **words);  /* the same; none: "." */
int command_batch(struct context *context, int count, char **words);
int command_list(struct context *context, int count, char **words);
int command_ping(struct context *context, int count, char **words);
int command_decode(struct context *context, int count, char **words);
int command_measure(struct context *context, int count, char **words);
int command_compare(struct context *context, int count, char **words);

/* What `sidecall measure --help` says of its options, and ends with. */
extern const char command_measure_options[];

/* Shows a result on standard output; `path` is the file it is about, or NULL.  0, or
 * FAILURE_SERVICE when it is a refusal, after a report under this label. */
int command_show(const struct context *context, const struct procedure *procedure,
		 const char *label, const char *path, const char *operand,
		 const union procedure_result *result);

/* Says what is wrong with a command's words, and where to read on.  FAILURE_USAGE. */
int command_usage(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for what getopt_long() did not know; `there_are` says which options there are. */
int command_no_option(const char *command, char **words, const char *there_are);

struct option; /* of getopt.h */

/* Takes the long options in front of a command's words, each by `take`, which gets its `val` and
 * its value (or NULL) and returns what that should have been, or NULL.  `optind` is behind them
 * then. 0, or FAILURE_USAGE when it was said what is wrong. */
int command_take_options(const char *command, int count, char **words, const struct option *options,
			 const char *(*take)(void *what, int option, const char *value),
			 void *what);

/* Reports a failed call on standard error: the command, the operand (or NULL) and the endpoint.
 * Returns the failure's code. */
int command_failed(const struct context *context, const char *command, const char *operand,
		   const struct failure *failure);

/* Says so.  FAILURE_SYSTEM. */
int command_out_of_memory(const char *command);

/* Reports what the service answered instead of a result.  FAILURE_SERVICE. */
int command_refused(const char *command, const char *operand, const char *why);

#endif
