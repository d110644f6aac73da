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

/* What is graded; NULL: by no contract, and the calculator. */
struct program {
	const char *contract, *name;
};

static const struct program calculator = { NULL, NULL };
static const struct program null = { NULL, "100003.3" };
static const struct program divider = { "examples/servers/rpcgen/divider.x", "DIVIDER" };

/* One case, or NULL: all of them. */
static struct outcome check(const char *endpoint, struct program program, const char *name,
			    const char *timeout)
{
	const char *argv[16] = { program_path("sidecall"), "--timeout", timeout, "check" };
	size_t count = 4;

	if (program.contract) {
		argv[count++] = "--idl";
		argv[count++] = program.contract;
	}
	if (name) {
		argv[count++] = "--case";
		argv[count++] = name;
	}
	argv[count++] = endpoint;
	argv[count] = program.name;
	return process_run(argv, NULL);
}

/* Every case passes, but for one that differs where clients are served one after the other. */
static void check_passes(const char *endpoint, struct program program, bool one)
{
	const char *end = one ? " pass, 1 differs, 0 fail\n" : " pass, 0 differ, 0 fail\n";
	/* Who is served after another one waits for all of it. */
	struct outcome outcome = check(endpoint, program, NULL, one ? "5" : "20");

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
static void check_server(const char *const argv[], struct program program, bool one)
{
	struct solution server;
	char *said;
	int status;

	if (solution_start(&server, argv))
		check_passes(server.endpoint, program, one);
	else
		CHECK_THAT(false, "%s says nothing", argv[0]);
	if (strncmp(server.endpoint, "raw+udp:", 8) == 0)
		check_once(server.endpoint);
	status = solution_stop(&server, &said);
	CHECK_STR(said, "");
	CHECK_THAT(status == 0 || status == 128 + SIGTERM, "%s ends with %d", argv[0], status);
	free(said);
}

static void check_c(const char *name, const char *operand, struct program program)
{
	const char *const argv[] = { within(name), operand, NULL };

	check_server(argv, program, strcmp(name, "tcp_one") == 0);
}

static void check_python(const char *name, const char *operand, struct program program)
{
	char path[128];
	const char *const argv[] = { "/usr/bin/env", "python3", path, operand, NULL };

	snprintf(path, sizeof(path), "examples/servers/python/%s.py", name);
	check_server(argv, program, strcmp(name, "tcp_one") == 0);
}

static void test_c(void)
{
	char pipe[128];

	snprintf(pipe, sizeof(pipe), "raw+pipe:%s", within("pipe"));
	check_c("tcp_one", "0", calculator);
	check_c("tcp", "0", calculator);
	check_c("unix", within("socket"), calculator);
	CHECK_INT(access(within("socket"), F_OK), -1);
	check_c("fifo", place, calculator);
	CHECK_INT(access(within("raw.fifo"), F_OK), -1);
	check_c("udp", "0", calculator);
	check_passes(pipe, calculator, false);
	check_c("rpc_null", "0", null);
}

static void test_python(void)
{
	if (!solution_has_python())
		return;
	check_python("tcp_one", "0", calculator);
	check_python("tcp", "0", calculator);
	check_python("unix", within("socket"), calculator);
	CHECK_INT(access(within("socket"), F_OK), -1);
	check_python("fifo", place, calculator);
	CHECK_INT(access(within("raw.fifo"), F_OK), -1);
	check_python("udp", "0", calculator);
	check_passes("raw+pipe:examples/servers/python/pipe.py", calculator, false);
	check_python("rpc_null", "0", null);
	check_python("divider", "0", divider);
	check_python("calculator", "0", calculator);
}

/* ---- by rpcgen ---- */

static bool is_served(struct program program)
{
	struct outcome outcome = check("rpc+tcp://127.0.0.1", program, "null", "20");
	const bool served = outcome.status == 0;

	outcome_release(&outcome);
	return served;
}

/* Starts it, and holds it to the protocol; how it says so in the end. */
static void check_registered(const char *const argv[], struct program program, int status,
			     const char *end)
{
	int in, out, error;
	pid_t pid = process_start(argv, &in, &out, &error);
	struct outcome outcome;
	bool served;

	close(in);
	AWAIT((served = is_served(program)));
	CHECK_THAT(served, "%s serves", argv[0]);
	outcome = check("rpc+tcp://127.0.0.1", program, NULL, "20");
	CHECK_INT(outcome.status, status);
	CHECK_THAT(strstr(outcome.out, end), "%s", outcome.out);
	outcome_release(&outcome);
	kill(pid, SIGTERM);
	outcome = process_end(pid, out, error);
	outcome_release(&outcome);
}

/* What fails is libtirpc's own (tests/check_test.c); on our runtime nothing does. */
static void check_rpcgen(const char *path, struct program program, const char *end)
{
	const char *const stock[] = { path, NULL };
	const char *const ours[] = { program_path("sidecall"), "run", "--", path, NULL };

	check_registered(stock, program, 2, end);
	if (HARNESS_SLOWNESS == 1) /* a sanitizer's library has to be loaded first */
		check_registered(ours, program, 0, ", 0 fail\n");
}

static void test_rpcgen(void)
{
	CU_ASSERT_TRUE_FATAL(solution_build("examples/servers/rpcgen", within("rpcgen"), "all"));
	if (!rpcbind_start())
		return;
	check_rpcgen(within("rpcgen/calculator"), calculator, ", 1 differs, 4 fail\n");
	check_rpcgen(within("rpcgen/divider"), divider, ", 4 fail\n");
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
