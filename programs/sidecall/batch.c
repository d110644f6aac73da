/* sidecall batch [FILE|-]: one call a line, many of them in flight, the answers in order. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/failures.h"
#include "programs/sidecall/call_lines.h"
#include "programs/sidecall/command.h"
#include "programs/sidecall/credential.h"
#include "programs/sidecall/line_reader.h"
#include "programs/sidecall/pipeline.h"
#include "programs/sidecall/words.h"
#include "common/container.h"
#include "trace/trace.h"

#define MAX_JOBS 4096 /* calls that were read and whose answers are not printed */

/* The call of one line. */
struct job {
	struct pipeline_call call;
	union procedure_arguments arguments;
	char *operand; /* the first one; NULL when there is none */
	unsigned long line;
	bool done;
	struct job *next;
};

struct batch {
	struct context *context;
	struct pipeline pipeline;
	struct lines lines;
	unsigned long line; /* of the last one that was read */
	struct job *first, **last;
	unsigned int jobs;
	int worst;                        /* the exit code so far */
	bool stopped;                     /* no more lines are read */
	bool failed;                      /* a call did: that is reported once */
	char *words[CALC_MAX_VALUES + 2]; /* the most that a call may have, and one more */
};

static void note_result(struct batch *batch, int code)
{
	if (code && batch->worst <= FAILURE_SERVICE)
		batch->worst = code;
}

/* What is wrong with a line; the others are not to blame. */
static void complain_of_line(struct batch *batch, const char *why)
{
	struct failure failure;
	char where[32];

	failure_set(&failure, FAILURE_USAGE, "%s", why);
	batch->context->line = batch->line;
	command_show_failure(batch->context, NULL, &failure);
	snprintf(where, sizeof(where), "batch: line %lu", batch->line);
	note_result(batch, command_usage(where, "%s", why));
}

/* ---- from a line to a call ---- */

static void job_done(struct pipeline_call *call)
{
	container_of(call, struct job, call)->done = true;
}

static void job_free(struct job *job)
{
	procedure_release(job->call.procedure, &job->arguments, &job->call.result);
	free(job->operand);
	free(job);
}

/* Why the words are no call, or NULL. */
static const char *check_line(const struct procedure *procedure, int count, char **words)
{
	if (!procedure)
		return "there is no such procedure";
	if (procedure->result == &result_list)
		return "a directory takes many calls: use list";
	if (procedure->arguments == &arguments_values && count == 2 && strcmp(words[1], "-") == 0)
		return "the numbers stand in the line";
	return NULL;
}

static void submit_line(struct batch *batch, struct job *job)
{
	*batch->last = job;
	batch->last = &job->next;
	batch->jobs++;
	job->line = batch->line;
	job->call.arguments = &job->arguments;
	job->call.done = job_done;
	pipeline_submit(&batch->pipeline, &job->call);
}

static void read_job(struct batch *batch, int count, char **words)
{
	const struct procedure *procedure = procedure_find(words[0]);
	const char *wrong = check_line(procedure, count, words);
	struct job *job = wrong ? NULL : calloc(1, sizeof(*job));
	struct failure failure;

	if (wrong) {
		complain_of_line(batch, wrong);
		return;
	}
	if (job && count > 1)
		job->operand = strdup(words[1]);
	if (!job || (count > 1 && !job->operand)) {
		free(job);
		note_result(batch, command_out_of_memory("batch"));
		batch->stopped = true;
		return;
	}
	job->call.procedure = procedure;
	if (procedure->arguments->parse(count - 1, words + 1, &job->arguments, &failure)) {
		complain_of_line(batch, failure.why);
		job_free(job);
		return;
	}
	submit_line(batch, job);
}

/* Reads a line, and makes its call.  False when there is none to be read now. */
static bool read_line(struct batch *batch, bool wait)
{
	const int most = sizeof(batch->words) / sizeof(batch->words[0]);
	char *line;
	int r = lines_next(&batch->lines, wait, &line), count;

	if (r == 0)
		return false;
	batch->line++;
	count = r < 0 ? r : words_split(line, batch->words, most);
	if (r == -EBADMSG) {
		complain_of_line(batch, "there is a zero byte in it");
	} else if (r == -EMSGSIZE) {
		complain_of_line(batch, "it is longer than a line may be");
		batch->stopped = true;
	} else if (r < 0) {
		report_line("batch: cannot read: %s", strerror(-r));
		note_result(batch, FAILURE_SYSTEM);
		batch->stopped = true;
	} else if (count < 0) {
		complain_of_line(batch, "a quote is not closed");
	} else if (count > 0) {
		read_job(batch, count < most ? count : most, batch->words);
	}
	return true;
}

/* ---- answers, in order ---- */

/* Whether the server said that it is busy, or may be: of this call alone, and it may be made again.
 */
static bool is_busy(const struct failure *failure)
{
	return failure->error == EBUSY || failure->error == EREMOTEIO;
}

/* A failure of one call is mostly that of the server: the first is reported, and no lines are read
 * after it.  Those that are under way are waited for: they are executed anyhow.  Calls that the
 * server was too busy for are all reported, for they were not, or may not have been. */
static void fail_line(struct batch *batch, const struct job *job, const char *label)
{
	const struct failure *failure = &job->call.failure;
	bool busy = is_busy(failure);

	if (busy || !batch->failed)
		note_result(batch, command_failed(batch->context, label, job->operand, failure));
	batch->failed |= !busy;
	batch->stopped = true;
}

static void show_line(struct batch *batch, const struct job *job)
{
	const struct procedure *procedure = job->call.procedure;
	const char *path = procedure->arguments == &arguments_path ? job->operand : NULL;
	char label[64];

	batch->context->line = job->line;
	snprintf(label, sizeof(label), "batch: line %lu: %s", job->line, procedure->name);
	if (job->call.code)
		fail_line(batch, job, label);
	else
		note_result(batch,
			    command_show(batch->context, procedure, label, path,
					 job->operand ? job->operand : "", &job->call.result));
}

static void show_done(struct batch *batch)
{
	bool any = false;

	while (batch->first && batch->first->done) {
		struct job *job = batch->first;

		batch->first = job->next;
		if (!batch->first)
			batch->last = &batch->first;
		batch->jobs--;
		show_line(batch, job);
		job_free(job);
		any = true;
	}
	if (any && !batch->lines.ended)
		fflush(stdout); /* whoever writes the lines may wait for the answers */
}

/* ---- the command ---- */

static bool has_place(const struct batch *batch)
{
	return !batch->stopped && batch->jobs < MAX_JOBS && pipeline_has_room(&batch->pipeline);
}

static int run_batch(struct batch *batch)
{
	while (!ferror(stdout)) {
		/* What can be read goes first: it fills the channel. */
		while (has_place(batch) && read_line(batch, !batch->first))
			;
		if (!batch->first)
			break;
		/* Whoever writes the lines may do so while a call takes long. */
		batch->pipeline.input = has_place(batch) && !batch->lines.ended ? batch->lines.fd
										: -1;
		pipeline_run(&batch->pipeline);
		show_done(batch);
	}
	batch->failed = true; /* nobody reads the answers any more */
	pipeline_abandon(&batch->pipeline);
	show_done(batch);
	return batch->worst;
}

static int open_input(const char *name, struct lines *lines)
{
	lines->fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	if (lines->fd >= 0)
		return 0;
	report_line("batch: cannot read %s: %s", name, strerror(errno));
	return FAILURE_SYSTEM;
}

const struct option_row command_batch_options[] = {
	CONTRACTS_OPTIONS,
	CREDENTIAL_OPTIONS,
	CONTRACTS_VALUE_OPTIONS,
	{ 0 },
};

struct batch_options {
	struct contracts contracts;
	struct credential credential;
	bool as_somebody; /* an option of the credential was given */
};

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct batch_options *options = what;

	if (!credential_is_option(option))
		return contracts_take(&options->contracts, option, value, number);
	options->as_somebody = true;
	return credential_take(&options->credential, option, value, number);
}

/* Lines of any contract: a procedure's name, and its arguments as JSON. */
static int batch_of_contracts(struct context *context, struct batch_options *options,
			      const char *file)
{
	struct contracts *contracts = &options->contracts;
	int code = contracts_open(contracts, "batch");

	if (code == 0 && !endpoint_speaks_rpc(&context->client.endpoint))
		code = command_usage("batch", "a contract is of rpc, and not of raw messages");
	if (code == 0)
		code = credential_check(&options->credential, "batch", &context->client.endpoint);
	if (code == 0)
		code = credential_use(&options->credential, "batch", &context->client);
	if (code)
		return code;
	context->of_contract = true;
	contracts_warn(contracts, "batch");
	trace_explain_by(context->client.observer, contracts->read);
	return call_lines(context, contracts, "batch", NULL, file);
}

static int batch_of_ours(struct context *context, const char *file)
{
	struct batch batch = { .context = context };
	int code = open_input(file, &batch.lines);

	if (code)
		return code;
	batch.last = &batch.first;
	pipeline_init(&batch.pipeline, &context->client);
	code = run_batch(&batch);
	lines_release(&batch.lines);
	if (batch.lines.fd != STDIN_FILENO)
		close(batch.lines.fd);
	return code;
}

int command_batch(struct context *context, int count, char **words)
{
	struct batch_options options = { 0 };
	int code = command_take_options("batch", count, words, command_batch_options, take_option,
					&options);
	const char *file = code == 0 && optind < count ? words[optind] : "-";

	if (code == 0 && count - optind > 1)
		code = command_usage("batch", "one file is read at a time");
	else if (code == 0 && options.contracts.file_count)
		code = batch_of_contracts(context, &options, file);
	else if (code == 0 && options.as_somebody)
		code = command_usage("batch", "--auth and what belongs to it, and --source-port, "
					      "are for lines of a contract: --idl FILE.x");
	else if (code == 0)
		code = batch_of_ours(context, file);
	credential_release(&options.credential);
	contracts_close(&options.contracts);
	return code;
}
