/*
 * How many system calls one call takes, at both ends, counted by ptrace.
 *
 * The client is a child of ours, so that it makes the calls and nothing else.
 */
#include "compare/time/system_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/child.h"
#include "common/fork.h"
#include "compare/time/verify_answers.h"
#include "compare/lab/servers.h"
#include "compare/time/timed.h"
#include "measure/process.h"
#include "measure/tracer.h"

#define ROUNDS 3
#define CALLS  70 /* in a round */

/* One endpoint's numbers: each round's, and all together by their names. */
struct count {
	struct timed_number client, server;
	struct tracer_calls client_calls, server_calls;
};

/* ---- the client ---- */

/* 0, or the failure's code. */
static int call_often(struct client *client, int times)
{
	struct failure failure;
	int code = 0;

	for (int i = 0; code == 0 && i < times; i++)
		code = verify_divide(client, &failure);
	return code;
}

/* Begins when `go` ends.  Its exit status is 0 or the failure's code. */
static void become_client(const struct endpoint *endpoint, int64_t timeout, const int go[2])
{
	struct client client;
	char byte;
	int code;

	close(go[1]);
	if (read(go[0], &byte, 1) != 1)
		_exit(FAILURE_SYSTEM);
	client_init(&client, endpoint, timeout);
	/* The first call connects, and what the second prepares for all others stays. */
	code = call_often(&client, 2);
	if (code == 0) {
		tracer_mark();
		code = call_often(&client, CALLS);
		if (code == 0)
			tracer_mark();
	}
	client_release(&client);
	_exit(code);
}

/* The child, which waits for a byte on `go`; or -errno. */
static pid_t start_client(const struct endpoint *endpoint, int64_t timeout, int *go)
{
	pid_t child;
	int fds[2], error;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	child = fork_tied();
	error = errno;
	if (child == 0)
		become_client(endpoint, timeout, fds);
	close(fds[0]);
	*go = fds[1];
	if (child > 0)
		return child;
	close(fds[1]);
	return -error;
}

static void say_go(void *context)
{
	const int *go = context;

	if (write(*go, "", 1) < 0)
		return; /* it has ended, which the tracer sees */
}

/* ---- counting ---- */

static void add_calls(struct tracer_calls *all, const struct tracer_calls *calls,
		      struct timed_number *number, int round)
{
	uint32_t sum = 0;

	for (int i = 0; i < TRACER_NUMBERS; i++) {
		sum += calls->of[i];
		all->of[i] += calls->of[i];
	}
	number->value[round] = (double)sum / CALLS;
}

static int explain_uncounted(int error, int status, struct failure *failure)
{
	static const char what[] = "cannot count system calls";
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	if (error == EINTR)
		comparison_interrupted(failure);
	else if (error != ECHILD)
		failure_system(failure, error, what);
	else
		failure_set(failure, code ? code : FAILURE_SYSTEM,
			    "%s: a call was not answered, or wrong", what);
	return failure->code;
}

/* -EPERM where tracing is not possible, 0, or the failure's (positive) code. */
static int count_round(struct count *count, struct comparison *comparison,
		       const struct endpoint *endpoint, int round, struct failure *failure)
{
	struct tracer tracer = { .server = servers_process(comparison->servers, endpoint),
				 .stopped = comparison->stopped,
				 .ready = say_go };
	int go, r, status;

	tracer.context = &go;
	tracer.client = start_client(endpoint, comparison->timeout, &go);
	if (tracer.client < 0)
		return failure_system(failure, -tracer.client, "cannot start a client");
	r = tracer_run(&tracer);
	if (r < 0 && r != -ECHILD)
		kill(tracer.client, SIGKILL);
	status = child_reap(tracer.client, comparison->timeout);
	close(go);
	if (r == -ENOENT && access("/proc/self/task", F_OK) < 0)
		r = -EPERM; /* there is no /proc, which tells the threads to trace */
	if (r < 0)
		return r == -EPERM ? r : explain_uncounted(-r, status, failure);
	add_calls(&count->client_calls, &tracer.client_calls, &count->client, round);
	add_calls(&count->server_calls, &tracer.server_calls, &count->server, round);
	return 0;
}

/* With both ends on one CPU.  As count_round(). */
static int count_pinned(struct count *count, struct comparison *comparison,
			const struct endpoint *endpoint, int round, int cpu,
			struct failure *failure)
{
	const int pin[2] = { cpu, servers_process(comparison->servers, endpoint) ? cpu : -1 };
	struct saved_affinity pinned;
	int code = process_pin(&pinned, servers_process(comparison->servers, endpoint), pin,
			       failure);

	if (code == 0)
		code = count_round(count, comparison, endpoint, round, failure);
	process_unpin(&pinned);
	return code;
}

/* ---- rows ---- */

static int most_frequent(const struct tracer_calls *calls)
{
	int most = 0;

	for (int i = 1; i < TRACER_NUMBERS; i++)
		if (calls->of[i] > calls->of[most])
			most = i;
	return most;
}

/* "sendto 1.00, recvfrom 1.00": the most frequent first, and nothing that rounds to zero. */
static json_t *name_calls(struct tracer_calls calls)
{
	char text[512] = "";
	size_t length = 0;

	while (length < sizeof(text)) {
		int most = most_frequent(&calls);
		double times = calls.of[most] / (double)(ROUNDS * CALLS);
		char number[32];
		const char *name = tracer_name(most);

		if (times < 0.005)
			break;
		snprintf(number, sizeof(number), "number %d", most);
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s %.2f",
					   length ? ", " : "", name ? name : number, times);
		calls.of[most] = 0;
	}
	return json_string(text);
}

static json_t *row_of(const struct endpoint *endpoint, const struct count *count)
{
	char name[ENDPOINT_MAX_NAME];
	json_t *row;

	endpoint_name(endpoint, name);
	row = json_pack("{s:s}", KEY(endpoint), name);
	timed_set(row, &figures.client_system_calls, &count->client, ROUNDS);
	timed_set(row, &figures.server_system_calls, &count->server, ROUNDS);
	figure_set(row, &figures.client_calls, name_calls(count->client_calls));
	figure_set(row, &figures.server_calls, name_calls(count->server_calls));
	return row;
}

static int count_all(struct count *counts, struct comparison *comparison, int cpu,
		     struct failure *failure)
{
	const struct servers *servers = comparison->servers;
	int code = 0;

	for (int i = 0; code == 0 && i < ROUNDS * servers->count; i++) {
		int which = i % servers->count;

		comparison_progress(comparison, "system calls, round %d of %d",
				    i / servers->count + 1, ROUNDS);
		code = count_pinned(&counts[which], comparison, &servers->endpoints[which],
				    i / servers->count, cpu, failure);
	}
	return code;
}

int system_calls_run(json_t **rows, struct comparison *comparison, int cpu, struct failure *failure)
{
	const struct servers *servers = comparison->servers;
	struct count *counts = calloc((size_t)servers->count, sizeof(*counts));
	int code;

	*rows = NULL;
	if (!counts)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	code = count_all(counts, comparison, cpu, failure);
	if (code == 0)
		*rows = json_array();
	for (int i = 0; code == 0 && i < servers->count; i++)
		json_array_append_new(*rows, row_of(&servers->endpoints[i], &counts[i]));
	free(counts);
	return code == -EPERM ? 0 : code;
}
