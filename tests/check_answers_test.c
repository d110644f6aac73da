/*
 * sidecall check of the calculator by rpc: its answers are held against those of sidecalld, byte by
 * byte; what a server may lack, or deny, is no failure; and whoever reads a report sees what was
 * asked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/calc_call.h"
#include "check/reply.h"
#include "idl/calc.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- answers, byte by byte ---- */

#define ACCEPTED "00000007 00000001 00000000 00000000 00000000 "
#define OK       "00000000 00000000 "

static void test_answers(void)
{
	static const struct {
		const char *reply, *right;
		unsigned int doubles;
		enum check_outcome outcome;
		size_t at;
		const char *wrong, *why;
	} rows[] = {
		{ ACCEPTED OK "000000000000002a", OK "000000000000002a", 0, CHECK_SUCCESS, 20, "",
		  NULL },
		/* a verifier is the server's own */
		{ "00000007 00000001 00000000 00000001 00000004 01020304 " OK "000000000000002a",
		  OK "000000000000002a", 0, CHECK_SUCCESS, 24, "", NULL },
		{ ACCEPTED OK "000000000000002b", OK "000000000000002a", 0, CHECK_BAD_REPLY, 35,
		  "byte 35 of the reply is 2b, and has to be 2a: the result", NULL },
		{ ACCEPTED OK "2a00000000000000", OK "000000000000002a", 0, CHECK_BAD_REPLY, 28,
		  "byte 28 of the reply is 2a", "The value is little-endian" },
		{ ACCEPTED "00000000 00000001", OK "000000000000002a", 0, CHECK_BAD_REPLY, 27,
		  "has to be 00: the status in the result", NULL },
		{ ACCEPTED "00000000 000000000000002a", OK "000000000000002a", 0, CHECK_BAD_REPLY,
		  31, "", "The result's status is missing" },
		{ ACCEPTED "00000000 00000001 0000000000000000", "00000000 00000001", 0,
		  CHECK_BAD_REPLY, 28, "the reply has 36 bytes, and has to have 28",
		  "Nothing stands behind a failure" },
		{ ACCEPTED OK "3fd0000000000001", OK "3fd0000000000000", 1, CHECK_SUCCESS, 20, "",
		  NULL },
		{ ACCEPTED OK "3fd0000000000001", OK "3fd0000000000000", 0, CHECK_BAD_REPLY, 35,
		  "byte 35", NULL },
		{ ACCEPTED OK "3fd1000000000000", OK "3fd0000000000000", 1, CHECK_BAD_REPLY, 29,
		  "byte 29", NULL },
		{ ACCEPTED "00000000 00000003 00000002", OK "3fd0000000000000", 0, CHECK_SYNTAX, 20,
		  "", "for no expression" },
		{ ACCEPTED "00000000 00000003 00000002", "00000000 00000003 00000001", 0,
		  CHECK_BAD_REPLY, 31, "is 02, and has to be 01: the result", NULL },
		/* refusals: the case says which is right */
		{ ACCEPTED "00000004", "00000004", 0, CHECK_GARBAGE_ARGS, 20, "", NULL },
		{ ACCEPTED OK "000000000000002a", "00000004", 0, CHECK_BAD_REPLY, 23,
		  "is 00, and has to be 04: the accept_stat", NULL },
		{ ACCEPTED "00000004", OK "000000000000002a", 0, CHECK_GARBAGE_ARGS, 20, "",
		  "takes the arguments for wrong" },
		{ ACCEPTED "00000003", OK "000000000000002a", 0, CHECK_PROC_UNAVAIL, 20, "", NULL },
		{ ACCEPTED "00000005", OK "000000000000002a", 0, CHECK_SYSTEM_ERR, 20, "",
		  "Something in the server failed" },
		{ "00000007 00000001 00000001 00000001 00000005", OK "000000000000002a", 0,
		  CHECK_AUTH_ERROR, 16, "", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t bytes[64];
		const struct message message = { bytes, bytes_from_hex(bytes, rows[i].reply) };
		struct reply reply;

		reply_compare_answer(&reply, &message, 2, rows[i].right, rows[i].doubles);
		CHECK_THAT(reply.outcome == rows[i].outcome && reply.at == rows[i].at,
			   "%s: %x at %zu: %s", rows[i].reply, (unsigned int)reply.outcome,
			   reply.at, reply.wrong);
		CHECK_THAT(strstr(reply.wrong, rows[i].wrong), "not %s: %s", rows[i].wrong,
			   reply.wrong);
		CHECK_THAT(!rows[i].why || (reply.why && strstr(reply.why, rows[i].why)),
			   "%s: not %s: %s", rows[i].reply, rows[i].why,
			   reply.why ? reply.why : "nothing");
	}
}

/* ---- calls ---- */

/* A raw message, and the arguments of the same call by rpc. */
static void test_calls(void)
{
	static const struct {
		const char *raw, *arguments;
		int r;
	} rows[] = {
		{ "00000007 0001 0001 0000000000000028 0000000000000002",
		  "0000000000000028 0000000000000002", 0 },
		{ "00000007 0001 0005 0005 312b322b33", "00000005 312b322b33 000000", 0 },
		{ "00000007 0001 0005 0000", "00000000", 0 },
		{ "00000007 0001 0006 00000001 0000000000000001", "00000001 0000000000000001", 0 },
		{ "00000007 0001 0007 0001 72 0000000000000005",
		  "00000001 72000000 0000000000000005", 0 },
		{ "00000007 0001 0005 0006 312b322b33", "", -EINVAL },
		{ "00000007 0001 0005 00", "", -EINVAL },
		{ "00000007 0001 0065 0001 2e", "", -EINVAL },
		{ "00000007 0001", "", -EINVAL },
	};
	const struct check_target target = { .endpoint.protocol = ENDPOINT_RPC,
					     .program = CALC_PROG,
					     .version = CALC_V2 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t raw[64], expected[64];
		size_t length = bytes_from_hex(expected, rows[i].arguments);
		struct buffer call = { 0 };

		buffer_append(&call, raw, bytes_from_hex(raw, rows[i].raw));
		CHECK_INT(calc_call(&target, &call), rows[i].r);
		if (rows[i].r == 0) {
			const size_t at = calc_call_arguments(&target);

			CHECK_INT(call.length, at + length);
			CHECK_INT(call.data[3], 7);
			CHECK_INT(call.data[23], raw[7]);
			CHECK_BYTES(call.data + at, expected, length);
		}
		buffer_release(&call);
	}
}

/* ---- what is graded ---- */

static struct outcome check(const char *endpoint, const char *const words[])
{
	const char *argv[16] = { program_path("sidecall"), "--timeout", "20", "check" };
	size_t count = 4;

	while (*words)
		argv[count++] = *words++;
	argv[count] = endpoint;
	return process_run(argv, NULL);
}

static void check_says(const char *endpoint, const char *const words[], int status,
		       const char *said)
{
	struct outcome outcome = check(endpoint, words);

	CHECK_INT(outcome.status, status);
	CHECK_THAT(strstr(outcome.out, said), "not %s: %s%s", said, outcome.out, outcome.error);
	outcome_release(&outcome);
}

static void start(struct daemon *daemon, const char *option, const char *value)
{
	const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", option, value, NULL };

	if (!daemon_start(daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
}

static void test_less(void)
{
	static const char *const all[] = { NULL };
	struct daemon daemon;

	start(&daemon, "--calc-version", "1");
	check_says(daemon_endpoint(&daemon, "rpc+tcp"), all, 0,
		   "\ndiffers evaluate: PROC_UNAVAIL\ndiffers evaluate-precedence: ");
	check_says(daemon_endpoint(&daemon, "rpc+tcp"), all, 0,
		   " 0 fail\nIt lacks evaluate, summarize, accumulate: a server may.\n");
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_denied(void)
{
	static const char *const all[] = { NULL };
	struct daemon daemon;

	start(&daemon, "--require", "CALC_PROG.*=sys");
	check_says(daemon_endpoint(&daemon, "rpc+tcp"), all, 0,
		   "\ndiffers add: AUTH_ERROR, auth_stat 5\ndiffers add-negative: ");
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- what was asked ---- */

static void test_asked(void)
{
	static const struct {
		const char *words[6], *said;
	} rows[] = {
		{ { "-v", "--case", "evaluate-plus" },
		  "        asks   evaluate \"+1\"; SYNTAX at 0: \"+1\"\n" },
		{ { "-v", "--case", "evaluate-plus", "--json" },
		  "\"asks\":\"evaluate \\\"+1\\\"; SYNTAX at 0: \\\"+1\\\"\"" },
		{ { "-v", "--case", "evaluate-plus", "--format", "tap" },
		  "\n  asks: \"evaluate \\\"+1\\\"; SYNTAX at 0: \\\"+1\\\"\"\n" },
		{ { "-v", "--case", "evaluate-cut", "--format", "junit" },
		  "\nasks: evaluate &quot;1+&quot;; SYNTAX at 2\n" },
		{ { "-v", "--case", "add", "--format", "tap" },
		  "\n  expected: \"the verifier, and then 0000000000000000000000000000002a\"\n" },
	};
	struct daemon daemon;

	start(&daemon, NULL, NULL);
	for (size_t i = 0; i < COUNT(rows); i++)
		check_says(daemon_endpoint(&daemon, "rpc+tcp"), rows[i].words, 0, rows[i].said);
	CHECK_INT(daemon_stop(&daemon), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "answers", test_answers },
		{ "calls are the same", test_calls },
		{ "a server may have less", test_less },
		{ "a server may ask who calls", test_denied },
		{ "what is asked is shown", test_asked },
		{ 0 },
	};

	return harness_run("check_answers", tests);
}
