/* One endpoint with a server of its own, to be broken on purpose, and a caller who watches. */
#include "compare/lab/testbed.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/failures.h"
#include "compare/lab/directory.h"
#include "measure/process.h"
#include "client/procedures.h"

#define LONG_TARGET 4000 /* bytes, so that a small call has a long reply */

/* Nanoseconds that a server has for what it does when nothing is wrong with it any more. */
#define PATIENCE (2 * SECOND)

/* ---- the server ---- */

static int make_root(const char *root)
{
	char path[PATH_MAX + 16], target[LONG_TARGET + 1];

	if (mkdir(root, 0700) < 0)
		return -errno;
	memset(target, 'x', LONG_TARGET);
	target[LONG_TARGET] = '\0';
	snprintf(path, sizeof(path), "%s/" TESTBED_LONG, root);
	if (symlink(target, path) < 0)
		return -errno;
	return make_huge_file(root, TESTBED_HUGE);
}

int testbed_make_place(char *directory, char root[128], struct failure *failure)
{
	int r = mkdtemp(directory) ? 0 : -errno;

	snprintf(root, 128, "%s/root", directory);
	if (r == 0)
		r = make_root(root);
	return r < 0 ? failure_system(failure, -r, "cannot make a directory") : 0;
}

bool testbed_is_pipe(const struct testbed *testbed)
{
	return testbed->endpoint.transport == ENDPOINT_PIPE;
}

/* Serves the testbed's endpoint, with one worker: what holds that up holds everybody up. */
static int start_server(struct testbed *testbed, struct failure *failure)
{
	char text[ENDPOINT_MAX_TEXT], log[PATH_MAX];
	const char *options[] = { "--root",
				  testbed->root,
				  "--listen",
				  text,
				  "--workers",
				  "1",
				  "--message-timeout",
				  TESTBED_MESSAGE_TIMEOUT,
				  testbed->endpoint.protocol == ENDPOINT_TIRPC ? "--stock" : NULL,
				  NULL };
	int code;

	endpoint_format(&testbed->endpoint, text);
	snprintf(log, sizeof(log), "%s/log", testbed->directory);
	code = server_start(&testbed->server, options, log, failure);
	if (code == 0)
		testbed->endpoint = testbed->server.endpoints[0];
	return code;
}

void testbed_set_address(struct testbed *testbed)
{
	struct endpoint *endpoint = &testbed->endpoint;
	bool fifo = endpoint->transport == ENDPOINT_FIFO;

	endpoint->port = -1;
	if (endpoint_has_host(endpoint)) {
		strcpy(endpoint->host, "127.0.0.1");
		endpoint->port = 0;
	}
	if (endpoint_has_path(endpoint))
		snprintf(endpoint->path, sizeof(endpoint->path), "%s%s", testbed->directory,
			 fifo ? "" : "/s");
}

int testbed_open(struct testbed *testbed, struct failure *failure)
{
	int code = 0;

	testbed_set_address(testbed);
	if (!testbed_is_pipe(testbed))
		code = start_server(testbed, failure);
	else if (chdir(testbed->root) < 0)
		code = failure_system(failure, errno, "cannot enter the root");
	client_init(&testbed->caller, &testbed->endpoint, testbed->timeout);
	return code;
}

void testbed_close(struct testbed *testbed)
{
	client_release(&testbed->caller);
	server_kill(&testbed->server);
}

/* Nothing, by a caller who has the patience to wait for it. */
static int call_null(struct testbed *testbed)
{
	union procedure_result result;
	struct failure failure;
	int nothing, code;

	testbed->caller.timeout = PATIENCE;
	code = procedure_call(procedure_find("null"), &testbed->caller, &nothing, &result,
			      &failure);
	testbed->caller.timeout = testbed->timeout;
	return code;
}

int testbed_meet(struct testbed *testbed, struct failure *failure)
{
	return call_null(testbed)
		       ? failure_set(failure, FAILURE_SYSTEM, "the server does not answer")
		       : 0;
}

int testbed_restart(struct testbed *testbed, struct failure *failure)
{
	pid_t child = testbed_server(testbed);
	siginfo_t info;

	if (!testbed_is_pipe(testbed)) {
		server_stop(&testbed->server);
		return start_server(testbed, failure);
	}
	if (child <= 0)
		return failure_set(failure, FAILURE_SYSTEM, "the server's process is not known");
	kill(child, SIGTERM);
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
	return 0;
}

pid_t testbed_server(struct testbed *testbed)
{
	if (!testbed_is_pipe(testbed))
		return testbed->server.pid;
	return call_null(testbed) ? 0 : process_of_server(&testbed->caller);
}

/* ---- callers ---- */

static int add_to_register(struct testbed *testbed, struct client *client, quad_t amount,
			   quad_t *total, struct failure *failure)
{
	calc_accumulation arguments = { .name = (char *)testbed->name, .amount = amount };
	union procedure_result result;
	int code = procedure_call(procedure_find("accumulate"), client, &arguments, &result,
				  failure);

	*total = result.number.calc_result_u.value;
	if (code == 0 && result.number.status != CALC_OK)
		code = failure_set(failure, FAILURE_SERVICE, "no register is left");
	return code;
}

void testbed_call(struct testbed *testbed, quad_t expected)
{
	struct call_outcome *outcome = testbed->outcome;
	int64_t since = clock_now();
	struct failure failure;
	quad_t total;
	int code = add_to_register(testbed, &testbed->caller, 1, &total, &failure);

	outcome->after = clock_now() - since;
	call_outcome_take(outcome, code, &failure,
			  total == expected ? OUTCOME_ANSWERED : OUTCOME_WRONG, OUTCOME_REFUSED);
	if (outcome->kind == OUTCOME_ANSWERED && outcome->after > testbed->timeout)
		outcome->kind = OUTCOME_LATE;
	if (outcome->kind == OUTCOME_TIMEOUT && outcome->after < testbed->timeout / 2)
		call_outcome_note(outcome, "it says so long before its deadline");
}

void testbed_count(struct testbed *testbed)
{
	struct client another, *client = &testbed->caller;
	struct failure failure;
	quad_t total;

	client_init(&another, &testbed->endpoint, PATIENCE);
	if (!testbed_is_pipe(testbed))
		client = &another;
	client->timeout = PATIENCE;
	if (add_to_register(testbed, client, 0, &total, &failure) == 0)
		testbed->outcome->executed = total;
	client_release(&another);
}

void testbed_settle_and_count(struct testbed *testbed)
{
	call_null(testbed);
	testbed_count(testbed);
}
