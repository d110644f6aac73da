/* The client's runtime by its face: times that nobody would give, and processes that were forked
 * off. */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/child.h"
#include "client/runtime/clnt.h"
#include "client/runtime/clock.h"
#include "common/xdr.h"
#include "idl/calc.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define SECOND  INT64_C(1000000000)
#define CENTURY (INT64_C(100) * 365 * 86400 * SECOND)

/* ---- times ---- */

/* What comes of as many seconds as there may be, and of some microseconds besides. */
#define LONGEST(microseconds)                                                                      \
	(LONG_MAX > CENTURY / SECOND ? CENTURY : LONG_MAX * SECOND + (microseconds)*INT64_C(1000))

static void test_deadlines(void)
{
	static const struct {
		struct timeval time;
		int64_t length; /* nanoseconds */
	} cases[] = {
		{ { 0, 0 }, 0 },
		{ { 2, 500000 }, 5 * SECOND / 2 },
		{ { 0, 2500000 }, 5 * SECOND / 2 }, /* more than a second of them */
		{ { 2, -500000 }, 3 * SECOND / 2 },
		{ { 0, -1 }, 0 },
		{ { -1, 0 }, 0 },
		{ { LONG_MIN, LONG_MIN }, 0 },
		{ { LONG_MIN, LONG_MAX }, 0 },
		{ { LONG_MAX, 0 }, LONGEST(0) },
		{ { LONG_MAX, LONG_MAX }, LONGEST(LONG_MAX) },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t before = clock_now();
		int64_t deadline = clock_deadline(cases[i].time), after = clock_now();

		CHECK_THAT(deadline >= before + cases[i].length &&
				   deadline <= after + cases[i].length + SECOND,
			   "case %zu: %lld from now", i, (long long)(deadline - before));
	}
}

/* ---- processes that were forked off ---- */

static enum clnt_stat call_null(CLIENT *client)
{
	const struct timeval limit = { .tv_sec = HARNESS_PATIENCE };

	return clnt_call(client, NULLPROC, xdr_nothing, NULL, xdr_nothing, NULL, limit);
}

/* Who has a copy of a CLIENT destroys it; the server behind a pipe is another's child, and stays.
 */
static void test_copy_is_destroyed(void)
{
	const char *const command[] = { program_path("sidecalld"), "--stdio", "rpc", NULL };
	struct sidecall_error error;
	CLIENT *client = sidecall_clnt_spawn(command, CALC_PROG, CALC_V1, &error);
	pid_t copy;
	int status = -1;

	CU_ASSERT_FATAL(client != NULL);
	copy = fork();
	if (copy == 0) {
		clnt_destroy(client);
		_exit(0);
	}
	CHECK_INT(waitpid(copy, &status, 0), copy);
	CHECK_INT(status, 0);
	CHECK_INT(call_null(client), RPC_SUCCESS);
	clnt_destroy(client);
}

/* In a child: makes a child of its own, says which it is, and waits for its end. */
static void have_child(int say)
{
	pid_t child = fork();

	if (child == 0)
		for (;;)
			pause();
	if (write(say, &child, sizeof(child)) != sizeof(child))
		_exit(1);
	_exit(waitpid(child, NULL, 0) != child);
}

/* A number that is not our child's (any more) may be anybody's: he is not killed. */
static void test_not_our_child(void)
{
	pid_t between, stranger = -1;
	int ends[2];

	CU_ASSERT_FATAL(pipe(ends) == 0);
	between = fork();
	if (between == 0)
		have_child(ends[1]);
	CU_ASSERT_FATAL(read(ends[0], &stranger, sizeof(stranger)) == sizeof(stranger));
	CHECK_INT(child_reap(stranger, 0), -1);
	usleep(10000); /* a moment in which he would be gone */
	CHECK_INT(waitpid(between, NULL, WNOHANG), 0);
	kill(stranger, SIGKILL);
	CHECK_INT(waitpid(between, NULL, 0), between);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	static const struct test tests[] = {
		{ "deadlines", test_deadlines },
		{ "a copy is destroyed", test_copy_is_destroyed },
		{ "who is not our child", test_not_our_child },
		{ NULL, NULL },
	};

	if (!program_use_built())
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	return harness_run("clnt", tests);
}
