/* What a command of sidecall is: a file in programs/sidecall/, and one row each in main.c. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_COMMAND_H
#define SIDECALL_PROGRAMS_SIDECALL_COMMAND_H

#include "client/client.h"
#include "client/procedures.h"
#include "programs/option.h"
#include "client/report.h"

/* What the options before the command say. */
struct context {
	struct client client;
	struct text out; /* standard output */
	bool json;
	bool of_contract;   /* what is called is a contract's: raw messages have none of it */
	unsigned long line; /* of a batch, which is being shown; 0: there is none */
	void (*broken_pipe)(int signal); /* what SIGPIPE did when we began: run hands it on */
};

/* A command, as main.c has it in its table, which ends with a row of zeroes. */
struct command {
	const char *name, *usage, *help;
	int (*run)(struct context *context, int count, char **words);
	const char *example;              /* what may follow "sidecall" */
	const struct option_row *options; /* NULL: none */
};

/* Each takes the words behind the options, its own name first, and returns the exit code. */
int command_call(struct context *context, int count, char **words);  /* of all operands */
int command_paths(struct context *context, int count, char **words); /* each path apart */
int command_root(struct context *context, int count, char **words);  /* the same; none: "." */
int command_batch(struct context *context, int count, char **words);
int command_list(struct context *context, int count, char **words);
int command_ping(struct context *context, int count, char **words);
int command_decode(struct context *context, int count, char **words);
int command_services(struct context *context, int count, char **words);
int command_doctor(struct context *context, int count, char **words);
int command_quiz(struct context *context, int count, char **words);
int command_check(struct context *context, int count, char **words);
int command_dissector(struct context *context, int count, char **words);
int command_lint(struct context *context, int count, char **words);
int command_describe(struct context *context, int count, char **words);
int command_encode(struct context *context, int count, char **words);
int command_call_json(struct context *context, int count, char **words);
int command_measure(struct context *context, int count, char **words);
int command_compare(struct context *context, int count, char **words);
int command_top(struct context *context, int count, char **words);
int command_status(struct context *context, int count, char **words);
int command_sandbox(struct context *context, int count, char **words);
int command_run(struct context *context, int count, char **words);

extern const struct option_row command_list_options[];
extern const struct option_row command_ping_options[];
extern const struct option_row command_decode_options[];
extern const struct option_row command_services_options[];
extern const struct option_row command_batch_options[];
extern const struct option_row command_describe_options[];
extern const struct option_row command_dissector_options[];
extern const struct option_row command_doctor_options[];
extern const struct option_row command_check_options[];
extern const struct option_row command_quiz_options[];
extern const struct option_row command_lint_options[];
extern const struct option_row command_encode_options[];
extern const struct option_row command_call_options[];
extern const struct option_row command_measure_options[];
extern const struct option_row command_compare_options[];
extern const struct option_row command_top_options[];
extern const struct option_row command_status_options[];
extern const struct option_row command_run_options[];
extern const struct option_row command_sandbox_options[];

/* Shows a result on standard output; `path` is the file it is about, or NULL.  0, or
 * FAILURE_SERVICE when it is a refusal, after a report under this label. */
int command_show(const struct context *context, const struct procedure *procedure,
		 const char *label, const char *path, const char *operand,
		 const union procedure_result *result);

/* Says what is wrong with a command's words, or (NULL) with those before it, and where to read on.
 * FAILURE_USAGE. */
int command_usage(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes the options in front of a command's words (option_take()).  0, or FAILURE_USAGE when it was
 * said what is wrong. */
int command_take_options(const char *command, int count, char **words,
			 const struct option_row *rows, option_taker *take, void *what);

/* For commands whose operands are never options.  0, or FAILURE_USAGE where one is. */
int command_options_first(const char *command, int count, char **words);

/* With --json, shows on standard output that there is no result, and why. */
void command_show_failure(const struct context *context, const char *operand,
			  const struct failure *failure);

/* Reports a failed call on standard error: the command, the operand (or NULL) and the endpoint; and
 * shows it.  Returns the failure's code. */
int command_failed(const struct context *context, const char *command, const char *operand,
		   const struct failure *failure);

/* Reports what failed without a call, as reading a file; with --json, shows it, too.  Returns the
 * failure's code. */
int command_failed_here(const struct context *context, const char *what,
			const struct failure *failure);

/* Says so.  FAILURE_SYSTEM. */
int command_out_of_memory(const char *command);

/* Reports what the service answered instead of a result.  FAILURE_SERVICE. */
int command_refused(const char *command, const char *operand, const char *why);

#endif
