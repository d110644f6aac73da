/* The servers of examples/servers/, which are shown to learners: they pass `sidecall check`. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/solution.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char place[] = "/tmp/sidecall-test-XXXXXX"; /* of what is built, of sockets and FIFOs */

static const char *within(const char *name)
{
	static char paths[2][128];
	static unsigned int next;
	char *path = paths[next++ % COUNT(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", place, name);
	return path;
}

/* ---- what check says of them ---- */

static void check_passes(const char *endpoint)
{
	const char *const argv[] = {
		program_path("sidecall"), "--timeout", "20", "check", endpoint, NULL
	};
	struct outcome outcome = process_run(argv, NULL);

	CHECK_THAT(outcome.status == 0 && strstr(outcome.out, " pass, 0 differ, 0 fail\n"), "%s%s",
		   outcome.out, outcome.error);
	outcome_release(&outcome);
}

/* What check does not reach: its calls are answered, one alone, and many in flight. */
static void check_answers(const char *endpoint)
{
	static const char calls[] = "divide 84 2\nevaluate 2*(3+4)\nsummarize 3 1\ndivide 1 0\n";
	static const char replies[] = "42\n14\ncount      2\nsum        4\nminimum    1\n"
				      "maximum    3\nmean       2\ndeviation  1\n";
	const char *const argv[] = {
		program_path("sidecall"), "--via", endpoint, "batch", "-", NULL
	};
	struct outcome outcome = process_run(argv, calls);

	CHECK_INT(outcome.status, 1);
	CHECK_STR(outcome.out, replies);
	CHECK_THAT(strstr(outcome.error, "line 4: divide: division by zero"), "%s", outcome.error);
	outcome_release(&outcome);
}

/* Starts it with an operand and, once it says where it is, checks that. */
static void check_server(const char *const argv[])
{
	struct solution server;
	char *said;
	int status;

	if (!solution_start(&server, argv))
		CHECK_THAT(false, "%s says nothing", argv[0]);
	else if (strncmp(server.endpoint, "raw+fifo:", 9) == 0)
		check_answers(server.endpoint);
	else
		check_passes(server.endpoint);
	status = solution_stop(&server, &said);
	CHECK_STR(said, "");
	CHECK_THAT(status == 0 || status == 128 + SIGTERM, "%s ends with %d", argv[0], status);
	free(said);
}

static void check_c(const char *name, const char *operand)
{
	const char *const argv[] = { within(name), operand, NULL };

	check_server(argv);
}

static void check_python(const char *name, const char *operand)
{
	char path[128];
	const char *const argv[] = { "/usr/bin/env", "python3", path, operand, NULL };

	snprintf(path, sizeof(path), "examples/servers/python/%s.py", name);
	check_server(argv);
}

static void test_c(void)
{
	char pipe[128];

	snprintf(pipe, sizeof(pipe), "raw+pipe:%s", within("pipe"));
	check_c("tcp_one", "0");
	check_c("tcp", "0");
	check_c("unix", within("socket"));
	CHECK_INT(access(within("socket"), F_OK), -1);
	check_c("fifo", place);
	CHECK_INT(access(within("raw.fifo"), F_OK), -1);
	check_c("udp", "0");
	check_answers(pipe);
}

static void test_python(void)
{
	if (!solution_has_python())
		return;
	check_python("tcp_one", "0");
	check_python("tcp", "0");
	check_python("unix", within("socket"));
	CHECK_INT(access(within("socket"), F_OK), -1);
	check_python("fifo", place);
	CHECK_INT(access(within("raw.fifo"), F_OK), -1);
	check_python("udp", "0");
	check_answers("raw+pipe:examples/servers/python/pipe.py");
}

int main(void)
{
	static const struct test tests[] = {
		{ "in C", test_c },
		{ "in Python", test_python },
		{ 0 },
	};
	int status = EXIT_FAILURE;

	if (!program_use_built() || !harness_directory(place))
		return status;
	if (solution_build("examples/servers/c", place, "all"))
		status = harness_run("solutions", tests);
	remove_tree(place);
	return status;
}
