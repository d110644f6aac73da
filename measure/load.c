/* A load on one endpoint: many calls of one procedure, and how long they took. */
#include "measure/load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/duration.h"
#include "measure/connections.h"
#include "measure/process.h"

/* What was due and never made would have been the slowest of all: to leave it out would make a
 * server look good that cannot do what it was asked for, or is not there any more. */
static void count_missed(struct run *run)
{
	struct load_result *result = run->result;
	uint64_t missed = schedule_missed(&run->schedule);

	if (missed && !result->failure.code)
		failure_set(&result->failure, FAILURE_TIMEOUT,
			    "%" PRIu64 " calls that were due were never made", missed);
	result->errors += missed;
}

/* ---- one call at a time, by the stub ---- */

/* The time then. */
static int64_t sleep_until(int64_t due)
{
	const struct timespec time = duration_timespec(due);

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
	return clock_now();
}

/* By the stub, with the answer looked at.  0 or the failure's code. */
static int call_once(struct answer *answer, struct client *client, struct failure *failure)
{
	union procedure_result result;
	int code = procedure_call(answer->procedure, client, answer->arguments, &result, failure);

	if (code == 0)
		code = answer_check(answer, &result, failure);
	procedure_release(answer->procedure, NULL, &result);
	return code;
}

static void run_by_stub(struct run *run, struct client *client)
{
	int64_t now = run->schedule.start, due;
	struct failure failure;
	int code;

	/* A call that failed may leave nothing to go on with, so it is the last; but for one that
	 * the server was too busy for. */
	while (run->result->errors == run->result->busy &&
	       (due = schedule_due(&run->schedule, now)) != SCHEDULE_NEVER) {
		if (due > now) {
			now = sleep_until(due < now + RUN_INTERVAL ? due : now + RUN_INTERVAL);
			run_look(run, now);
			continue;
		}
		run->in_flight++;
		code = call_once(&run->answers[run->schedule.begun % run->answer_count], client,
				 &failure);
		run->schedule.begun++;
		now = clock_now();
		if (code)
			run_failed(run, 1, &failure);
		else
			run_answered(run, now - due);
		run_look(run, now);
	}
}

/* ---- from beginning to end ---- */

/* A time so many nanoseconds later, or never. */
static int64_t later(int64_t time, int64_t by)
{
	return by > SCHEDULE_NEVER - time ? SCHEDULE_NEVER : time + by;
}

static void begin_load(struct run *run, int64_t duration)
{
	const struct load *load = run->load;
	int64_t now = clock_now(), end = later(now, duration);

	run->looked = now;
	run->schedule = (struct schedule){
		.start = now,
		.end = end,
		.calls = load->calls ? load->calls : UINT64_MAX,
		.interval = load->rate > 0 ? 1e9 / load->rate : 0,
		.latest = later(end, load->timeout),
	};
}

static double own_cpu(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* What calls: `connections` or, without them, the client, by the stub. */
static void make_calls(struct run *run, struct connections *connections, struct client *client,
		       int64_t duration)
{
	begin_load(run, duration);
	if (connections)
		connections_run(connections);
	else
		run_by_stub(run, client);
}

/* What fails meanwhile has failed; what was measured is forgotten. */
static void warm_up(struct run *run, struct connections *connections, struct client *client)
{
	if (!run->load->warmup)
		return;
	make_calls(run, connections, client, run->load->warmup);
	memset(&run->result->latency, 0, sizeof(run->result->latency));
}

static void traffic(const struct connections *connections, const struct client *client,
		    uint64_t *sent, uint64_t *received)
{
	if (connections)
		connections_traffic(connections, sent, received);
	else
		client_traffic(client, sent, received);
}

/* All that is counted, with both ends' CPU time around it. */
static void run_counted(struct run *run, struct connections *connections, struct client *client,
			pid_t server)
{
	struct load_result *result = run->result;
	double own = own_cpu(), others = process_cpu(server);
	uint64_t sent, received;

	traffic(connections, client, &sent, &received);
	make_calls(run, connections, client, run->load->duration);
	result->elapsed = clock_now() - run->schedule.start;
	count_missed(run);
	result->client_cpu = own_cpu() - own;
	result->server_cpu = others < 0 ? -1 : process_cpu(server) - others;
	traffic(connections, client, &result->sent, &result->received);
	result->sent -= sent;
	result->received -= received;
}

/* A call has been made before, so the server has accepted the connection, and can be found by it.
 */
static int run_timed(struct run *run, struct connections *connections, struct client *client,
		     struct failure *failure)
{
	pid_t server = run->load->server ? run->load->server : process_of_server(client);
	struct saved_affinity pinned;
	int code;

	/* Before anything is done to the server that has to be undone. */
	if (run->load->ends)
		held_signals_hold(run->load->ends);
	code = process_pin(&pinned, server, run->load->pin, failure);
	if (code == 0) {
		warm_up(run, connections, client);
		run_counted(run, connections, client, server);
	}
	process_unpin(&pinned);
	return code;
}

static int run_prepared(struct run *run, struct client *client, struct failure *failure)
{
	struct connections *connections = NULL;
	int code = prepared_make_all(&run->prepared, client, run->answers, run->answer_count,
				     failure);

	if (code) {
		client_release(client);
		goto out;
	}
	code = connections_open(&connections, run, client, failure);
	if (code == 0)
		code = run_timed(run, connections, client, failure);
out:
	connections_close(connections);
	prepared_release_all(&run->prepared);
	return code;
}

static int run_stub(struct run *run, struct client *client, struct failure *failure)
{
	int code = 0;

	for (unsigned int i = 0; code == 0 && i < run->answer_count; i++)
		code = call_once(&run->answers[i], client, failure);
	if (code == 0)
		code = run_timed(run, NULL, client, failure);
	client_release(client);
	return code;
}

/* What is answered to each of the calls that are made in turn.  NULL: out of memory. */
static struct answer *make_answers(const struct load *load, unsigned int count)
{
	struct answer *answers = calloc(count, sizeof(*answers));

	for (unsigned int i = 0; answers && i < count; i++)
		answers[i] = (struct answer){
			.procedure = load->procedure,
			.arguments = i == 0 ? load->arguments : load->later[i - 1],
			.right = load->right,
		};
	return answers;
}

int load_run(const struct load *load, struct load_result *result, struct failure *failure)
{
	struct run run = { .load = load, .result = result, .answer_count = load->later_count + 1 };
	struct client client;
	int code;

	memset(result, 0, sizeof(*result));
	client_init(&client, &load->endpoint, load->timeout);
	code = client_connect(&client, load->procedure->program, load->procedure->version,
			      client_deadline(&client), failure);
	if (code)
		return code;
	run.answers = make_answers(load, run.answer_count);
	if (!run.answers) {
		client_release(&client);
		return failure_system(failure, ENOMEM, "calls");
	}
	code = load->prepared ? run_prepared(&run, &client, failure)
			      : run_stub(&run, &client, failure);
	free(run.answers);
	return code;
}
