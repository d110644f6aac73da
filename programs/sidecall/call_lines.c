/* Many calls of any contract on one connection: one a line, the answers in their order. */
#include "programs/sidecall/call_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/container.h"
#include "programs/sidecall/any_call.h"
#include "programs/sidecall/line_reader.h"
#include "programs/sidecall/pipeline.h"

#define MOST_LINES 4096 /* that were read and whose answers are not printed */

/* The call of one line; or why there is none. */
struct line_call {
	struct pipeline_call call;
	struct any_call any;
	unsigned long line;
	bool done;
	bool said; /* what is wrong with it was said when it was read */
	struct line_call *next;
};

struct line_calls {
	struct context *context;
	const struct contracts *contracts;
	const char *command;
	const struct contract_found *procedure; /* of all lines; or NULL */
	struct pipeline pipeline;
	struct lines lines;
	unsigned long line; /* of the last one that was read */
	struct line_call *first, **last;
	unsigned int count;
	int worst;
	bool stopped; /* no more lines are read */
	bool failed;  /* the connection, or the server */
};

/* ---- from a line to a call ---- */

static void call_is_done(struct pipeline_call *call)
{
	container_of(call, struct line_call, call)->done = true;
}

/* What is called, and where its arguments begin. */
static int find_procedure(const struct line_calls *calls, char **line, struct contract_found *found)
{
	char where[64];
	char *name = *line;

	if (calls->procedure) {
		*found = *calls->procedure;
		return 0;
	}
	*line += strcspn(name, " \t");
	if (**line)
		*(*line)++ = '\0';
	snprintf(where, sizeof(where), "%s: line %lu", calls->command, calls->line);
	return contracts_find(calls->contracts, where, name, found);
}

static int prepare_line(const struct line_calls *calls, struct line_call *call, char *line)
{
	struct failure *failure = &call->call.failure;
	struct contract_found found;
	int code = find_procedure(calls, &line, &found);

	if (code) {
		call->said = true;
		return failure_set(failure, FAILURE_USAGE,
				   "there is no such procedure, or more "
				   "than one");
	}
	line += strspn(line, " \t");
	return any_call_prepare(&call->any, calls->contracts, &found, *line ? line : "null",
				*line ? strlen(line) : 4, failure);
}

static void take_line(struct line_calls *calls, char *line)
{
	struct line_call *call = calloc(1, sizeof(*call));

	if (!call) {
		calls->worst = command_out_of_memory(calls->command);
		calls->stopped = true;
		return;
	}
	*calls->last = call;
	calls->last = &call->next;
	calls->count++;
	call->line = calls->line;
	call->call.code = prepare_line(calls, call, line);
	call->done = call->call.code != 0;
	if (call->done)
		return;
	call->call.procedure = &call->any.row;
	call->call.arguments = &call->any.arguments;
	call->call.done = call_is_done;
	pipeline_submit(&calls->pipeline, &call->call);
}

/* False when there is none to be read now. */
static bool read_line(struct line_calls *calls, bool wait)
{
	char *line;
	int r = lines_next(&calls->lines, wait, &line);

	if (r == 0)
		return false;
	calls->line++;
	if (r < 0) {
		report_line("%s: line %lu: %s", calls->command, calls->line,
			    r == -EBADMSG    ? "there is a zero byte in it"
			    : r == -EMSGSIZE ? "it is longer than a line may be"
					     : strerror(-r));
		calls->worst = r == -EBADMSG || r == -EMSGSIZE ? FAILURE_USAGE : FAILURE_SYSTEM;
		calls->stopped = r != -EBADMSG;
	} else {
		line += strspn(line, " \t");
		if (*line && *line != '#') /* a comment, as in a batch of ours */
			take_line(calls, line);
	}
	return true;
}

/* ---- answers, in order ---- */

/* Whether all other calls will fail as this one: it is the connection, and not what was asked. */
static bool is_fatal(const struct failure *failure)
{
	bool busy = failure->error == EBUSY || failure->error == EREMOTEIO;

	return failure->code == FAILURE_UNAVAILABLE || failure->code == FAILURE_SYSTEM ||
	       failure->code == FAILURE_HOST || (failure->code == FAILURE_TIMEOUT && !busy) ||
	       (failure->code == FAILURE_PROTOCOL && failure->error);
}

static void show_call(struct line_calls *calls, struct line_call *call)
{
	char where[160];
	int code = call->call.code;
	bool called = call->call.procedure && code;
	bool fatal = called && is_fatal(&call->call.failure);

	calls->context->line = call->line;
	if (!code)
		code = any_call_show(&call->any, calls->contracts, &call->call.result,
				     &call->call.failure);
	if (!code)
		return;
	snprintf(where, sizeof(where), "%s: line %lu", calls->command, call->line);
	if (!called) {
		command_show_failure(calls->context, NULL, &call->call.failure);
		if (!call->said)
			report_failure(&call->call.failure, where);
	} else if (!fatal || !calls->failed) {
		command_failed(calls->context, where, NULL, &call->call.failure);
	}
	calls->failed |= fatal; /* which is reported once */
	calls->stopped |= fatal;
	calls->worst = calls->worst ? calls->worst : code;
}

static void free_call(struct line_call *call)
{
	if (call->call.procedure)
		procedure_release(call->call.procedure, NULL, &call->call.result);
	any_call_release(&call->any);
	free(call);
}

static void show_done(struct line_calls *calls)
{
	while (calls->first && calls->first->done) {
		struct line_call *call = calls->first;

		calls->first = call->next;
		if (!calls->first)
			calls->last = &calls->first;
		calls->count--;
		show_call(calls, call);
		free_call(call);
	}
	fflush(stdout); /* whoever writes the lines may wait for the answers */
}

/* ---- all of them ---- */

static bool has_place(const struct line_calls *calls)
{
	return !calls->stopped && calls->count < MOST_LINES && pipeline_has_room(&calls->pipeline);
}

static void run_calls(struct line_calls *calls)
{
	while (!ferror(stdout)) {
		while (has_place(calls) && read_line(calls, !calls->first))
			;
		show_done(calls); /* lines without a call may be among them */
		if (!calls->first && (calls->stopped || calls->lines.ended))
			break;
		calls->pipeline.input = has_place(calls) && !calls->lines.ended ? calls->lines.fd
										: -1;
		if (calls->first)
			pipeline_run(&calls->pipeline);
		show_done(calls);
	}
	pipeline_abandon(&calls->pipeline);
	show_done(calls);
}

int call_lines(struct context *context, const struct contracts *contracts, const char *command,
	       const struct contract_found *procedure, const char *file)
{
	struct line_calls calls = { .context = context,
				    .contracts = contracts,
				    .command = command,
				    .procedure = procedure };

	calls.lines.fd = strcmp(file, "-") == 0 ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	if (calls.lines.fd < 0) {
		report_line("%s: cannot read %s: %s", command, file, strerror(errno));
		return FAILURE_SYSTEM;
	}
	calls.last = &calls.first;
	context->json = true; /* standard output has nothing else */
	pipeline_init(&calls.pipeline, &context->client);
	run_calls(&calls);
	lines_release(&calls.lines);
	if (calls.lines.fd != STDIN_FILENO)
		close(calls.lines.fd);
	return calls.worst;
}
