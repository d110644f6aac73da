/* The servers of examples/servers/, which are shown to learners: they pass `sidecall check`. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/lab/wire.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/rpcbind.h"
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

/* Every case passes, but for one that differs where clients are served one after the other. */
static void check_passes(const char *endpoint, bool one)
{
	/* Who is served after another one waits for all of it. */
	const char *const argv[] = {
		program_path("sidecall"), "--timeout", one ? "5" : "20", "check", endpoint, NULL
	};
	const char *end = one ? " pass, 1 differs, 0 fail\n" : " pass, 0 differ, 0 fail\n";
	struct outcome outcome = process_run(argv, NULL);

	CHECK_THAT(outcome.status == 0 && strstr(outcome.out, end) &&
			   !strstr(outcome.out, "differs two-clients") == !one,
		   "%s%s", outcome.out, outcome.error);
	outcome_release(&outcome);
}

/* By datagrams, a call that comes twice and changes something is executed once; the next is another
 * one. */
static void check_once(const char *endpoint)
{
	uint8_t call[64], reply[64];
	size_t length = bytes_from_hex(call, "00000007 0001 0007 0001 72 0000000000000005");
	struct endpoint where;
	struct wire wire;

	CU_ASSERT_PTR_NULL(endpoint_parse(&where, endpoint));
	CU_ASSERT_TRUE_FATAL(wire_connect(&wire, &where));
	for (int i = 0; i < 3; i++) {
		call[3] = i < 2 ? 7 : 8;
		wire_send(&wire, call, length);
		CHECK_INT(wire_receive(&wire, reply, sizeof(reply)), 18);
		CHECK_INT(reply[17], i < 2 ? 5 : 10);
	}
	wire_close(&wire);
}

/* Starts it with an operand and, once it says where it is, checks that. */
static void check_server(const char *const argv[], bool one)
{
	struct solution server;
	char *said;
	int status;

	if (solution_start(&server, argv))
		check_passes(server.endpoint, one);
	else
		CHECK_THAT(false, "%s says nothing", argv[0]);
	if (strncmp(server.endpoint, "raw+udp:", 8) == 0)
		check_once(server.endpoint);
	status = solution_stop(&server, &said);
	CHECK_STR(said, "");
	CHECK_THAT(status == 0 || status == 128 + SIGTERM, "%s ends with %d", argv[0], status);
	free(said);
}

static void check_c(const char *name, const char *operand)
{
	const char *const argv[] = { within(name), operand, NULL };

	check_server(argv, strcmp(name, "tcp_one") == 0);
}

static void check_python(const char *name, const char *operand)
{
	char path[128];
	const char *const argv[] = { "/usr/bin/env", "python3", path, operand, NULL };

	snprintf(path, sizeof(path), "examples/servers/python/%s.py", name);
	check_server(argv, strcmp(name, "tcp_one") == 0);
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
	check_passes(pipe, false);
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
	check_passes("raw+pipe:examples/servers/python/pipe.py", false);
}

/* ---- by rpcgen ---- */

static bool is_served(void)
{
	const char *const argv[] = { program_path("sidecall"),
				     "--via",
				     "rpc+tcp://127.0.0.1",
				     "evaluate",
				     "2*(3+4)",
				     NULL };
	struct outcome outcome = process_run(argv, NULL);
	bool served = strcmp(outcome.out, "14\n") == 0;

	outcome_release(&outcome);
	return served;
}

/* Starts it, and holds it to the protocol; how it says so in the end. */
static void check_registered(const char *const argv[], int status, const char *end)
{
	const char *const check[] = { program_path("sidecall"), "--timeout", "20", "check",
				      "rpc+tcp://127.0.0.1",    NULL };
	int in, out, error;
	pid_t pid = process_start(argv, &in, &out, &error);
	struct outcome outcome;
	bool served;

	close(in);
	AWAIT((served = is_served()));
	CHECK_THAT(served, "%s serves", argv[0]);
	outcome = process_run(check, NULL);
	CHECK_INT(outcome.status, status);
	CHECK_THAT(strstr(outcome.out, end), "%s", outcome.out);
	outcome_release(&outcome);
	kill(pid, SIGTERM);
	outcome = process_end(pid, out, error);
	outcome_release(&outcome);
}

/* What fails is libtirpc's own (tests/check_test.c); on our runtime nothing does. */
static void test_rpcgen(void)
{
	const char *const stock[] = { within("rpcgen/calculator"), NULL };
	const char *const ours[] = { program_path("sidecall"), "run", "--", stock[0], NULL };

	CU_ASSERT_TRUE_FATAL(
		solution_build("examples/servers/rpcgen", within("rpcgen"), "calculator"));
	if (!rpcbind_start())
		return;
	check_registered(stock, 2, ", 1 differs, 4 fail\n");
	if (HARNESS_SLOWNESS == 1) /* a sanitizer's library has to be loaded first */
		check_registered(ours, 0, ", 0 fail\n");
	rpcbind_stop();
}

int main(void)
{
	static const struct test tests[] = {
		{ "in C", test_c },
		{ "in Python", test_python },
		{ "by rpcgen", test_rpcgen },
		{ 0 },
	};
	int status = EXIT_FAILURE;

	if (!program_use_built() || !harness_directory(place))
		return status;
	rpcbind_enter();
	if (solution_build("examples/servers/c", place, "all"))
		status = harness_run("solutions", tests);
	rpcbind_stop();
	remove_tree(place);
	return status;
}
