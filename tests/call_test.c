/* sidecall call, encode, decode --as and describe: any contract, JSON in and JSON out. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST_WORDS   12
#define LINES        20000

static struct daemon everyone, stock;
static char directory[] = "/tmp/sidecall-call-XXXXXX";

static const char *const contracts[][2] = {
	/* the calculator, as somebody may have it who is wrong */
	{ "short.x", "struct two { hyper a; hyper b; };\n"
		     "program P { version V { int ADD(two) = 1; } = 1; } = 0x2CA1C000;\n" },
	{ "wrong.x", "struct two { hyper a; hyper b; };\n"
		     "program P { version V { bool ADD(two) = 1; two SUB(two) = 2;\n"
		     "  int NONE(void) = 77; } = 1;\n"
		     "  version W { int ADD(two) = 1; } = 3; } = 0x2CA1C000;\n"
		     "program Q { version R { void X(void) = 1; } = 1; } = 0x3CA1C000;\n" },
	{ "two.x", "program P { version V { int TWO(hyper, hyper) = 1; } = 1; } = 0x2CA1C000;\n" },
	{ "k.x", "struct k { int a; };\n" },
	{ "nfs.x", "program P { version V { void NONE(void) = 0; } = 1; } = 100003;\n" },
	{ "long.x", "program P { version V { void SAY(string) = 1; } = 1; } = 0x2CA1C000;\n" },
	{ "open.x", "struct t { int x[N]; };\n" },
	{ "bad.x", "struct t { nope x; };\n" },
	{ "arguments.json", "{\"a\": 1,\n \"b\": 2}\n" },
	{ "turns", "# two registers\n\n{\"name\":\"@\",\"amount\":1}\r\n \t\n"
		   "{\"name\":\"%\",\"amount\":100}" },
	{ "wrong_turn", "# a comment\n{\"a\":1,\"b\":2}\n{\"a\":1}\n" },
	{ "no_turns", "\n# a comment\n" },
};

static void write_contracts(void)
{
	for (size_t i = 0; i < COUNT(contracts); i++) {
		char path[128];
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", directory, contracts[i][0]);
		file = fopen(path, "we");
		if (!file)
			abort();
		fputs(contracts[i][1], file);
		fclose(file);
	}
}

/* Runs sidecall with words, up to NULL; of those that begin with "@/" or "/" the latter is a file
 * in the directory. */
static struct outcome run(const char *via, const char *const words[], const char *input)
{
	const char *argv[MOST_WORDS + 6] = { program_path("sidecall"), "--timeout", "30" };
	char paths[MOST_WORDS][160];
	int count = 3;

	if (via) {
		argv[count++] = "--via";
		argv[count++] = via;
	}
	for (int i = 0; i < MOST_WORDS && words[i]; i++) {
		const char *slash = *words[i] == '@' ? words[i] + 1 : words[i];

		snprintf(paths[i], sizeof(paths[i]), "%s%s%s", *words[i] == '@' ? "@" : "",
			 *slash == '/' ? directory : "", slash);
		argv[count++] = paths[i];
	}
	return process_run(argv, input);
}

static void check_outcome(const struct outcome *outcome, int code, const char *out,
			  const char *error, const char *what)
{
	CHECK_THAT(outcome->status == code, "%s: %d, not %d: %s", what, outcome->status, code,
		   outcome->error);
	CHECK_STR(outcome->out, out);
	if (!*error)
		CHECK_STR(outcome->error, "");
	else if (!strstr(outcome->error, error))
		CHECK_STR(outcome->error, error);
}

/* ---- one call ---- */

#define ADD "CALC_V1.CALC_ADD"

static const struct {
	const char *words[MOST_WORDS], *input;
	int code;
	const char *out, *error; /* what standard error has in it; "": nothing */
} cases[] = {
	{ { "call", ADD, "{\"a\":84,\"b\":-2}" },
	  NULL,
	  0,
	  "{\"status\":\"CALC_OK\",\"value\":82}\n",
	  "" },
	{ { "call", "CALC_PROG.1.1", "-" },
	  " {\"b\":\"2\",\"a\":40}\n",
	  0,
	  "{\"status\":\"CALC_OK\",\"value\":42}\n",
	  "" },
	{ { "call", ADD, "@/arguments.json" },
	  NULL,
	  0,
	  "{\"status\":\"CALC_OK\",\"value\":3}\n",
	  "" },
	{ { "call", "CALC_V1.CALC_DIVIDE", "{\"a\":1,\"b\":0}" },
	  NULL,
	  0,
	  "{\"status\":\"CALC_DIVIDE_BY_ZERO\"}\n",
	  "" },
	{ { "call", "CALC_EVALUATE", "\"1/4\"" },
	  NULL,
	  0,
	  "{\"status\":\"CALC_OK\",\"value\":0.25}\n",
	  "" },
	{ { "call", "CALC_PROG.2.NULL" }, NULL, 0, "null\n", "" },
	/* what is wrong before anything is sent */
	{ { "call", ADD, "{\"a\":1}" }, NULL, 65, "", "CALC_ADD: $.b: expected a whole number" },
	{ { "call", ADD, "{\"a\":1,\"b\":1,\"c\":1}" }, NULL, 65, "", "there is no \"c\"" },
	{ { "call", ADD, "{" }, NULL, 65, "", "no JSON at line 1, column 2" },
	{ { "call", ADD }, NULL, 64, "", "takes arguments, as in {\"a\":0,\"b\":0}" },
	{ { "call", ADD, "1", "2" }, NULL, 64, "", "\"2\" is one more" },
	{ { "call", ADD, "@/nothing" }, NULL, 71, "", "cannot read" },
	{ { "call", "CALC_ADD", "1" }, NULL, 64, "", "  CALC_PROG.CALC_V2.CALC_ADD\n" },
	{ { "call", "NOPE" },
	  NULL,
	  64,
	  "",
	  "no procedure NOPE in sidecalld's contract; --idl FILE.x reads another" },
	{ { "call", ADD, "{a:1,b:2}" }, NULL, 65, "", "Put JSON into '...', or a shell takes" },
	{ { "call", ADD, "/arguments.json" }, NULL, 65, "", "/arguments.json reads the file" },
	{ { "call" }, NULL, 64, "", "a procedure is needed" },
	{ { "call", "CALC_V1.CALC_DIVDE", "1" },
	  NULL,
	  64,
	  "",
	  "  CALC_PROG.CALC_V1.CALC_DIVIDE\n" },
	{ { "call", "jobs.x" }, NULL, 64, "", "read by --idl, as in --idl jobs.x" },
	{ { "call", ADD, "{}", "--depth", "2" }, NULL, 64, "", "before the operands: --depth" },
	{ { "call", "--uid", "1", ADD, "{}" }, NULL, 64, "", "are of --auth sys" },
	{ { "call", "--auth", "dh", ADD, "{}" },
	  NULL,
	  64,
	  "",
	  "--auth takes none or sys, not \"dh\"" },
	{ { "call", "--source-port", "reserved", ADD, "{}" },
	  NULL,
	  64,
	  "",
	  "is for rpc+tcp and rpc+udp" },
	{ { "call", "--source-port", "7", ADD, "{}" }, NULL, 64, "", "takes reserved" },
	{ { "call", "-D", "N", ADD, "{}" }, NULL, 64, "", "-D takes NAME=NUMBER" },
	{ { "call", "--idl", "/none.x", "X" }, NULL, 71, "", "No such file" },
	{ { "call", "--idl", "/bad.x", "X" }, NULL, 65, "", "bad.x:1:12: no type named 'nope'" },
	/* other people's contracts */
	{ { "call", "--idl", "/short.x", "ADD", "{\"a\":1,\"b\":2}" },
	  NULL,
	  0,
	  "0\n",
	  "ADD: 12 bytes came, and the contract's result takes 4: 8 are left over" },
	{ { "call", "--idl", "/two.x", "V.TWO", "[1,2]" }, NULL, 0, "0\n", "8 are left over" },
	{ { "call", "--idl", "/wrong.x", "SUB", "{\"a\":1,\"b\":2}" },
	  NULL,
	  65,
	  "",
	  "SUB: offset 8: $.b takes 8 bytes, and 4 are left. The call was executed" },
	{ { "call", "--idl", "/wrong.x", "NONE" }, NULL, 76, "", "call NONE via rpc+unix:" },
	{ { "call", "--idl", "/wrong.x", "W.ADD", "{\"a\":1,\"b\":2}" },
	  NULL,
	  76,
	  "",
	  "in versions 1 to 2 only" },
	{ { "call", "--idl", "/wrong.x", "X" }, NULL, 76, "", "does not have program 1017233408" },
	{ { "--json", "call", ADD, "{\"a\":1}" },
	  NULL,
	  65,
	  "{\"code\":65,\"error\":\"$.b: expected a whole number of 64 bits, and there is "
	  "nothing\"}\n",
	  "$.b" },
	/* values without a call */
	{ { "encode", "--as", "calc_operands", "{\"a\":1,\"b\":-1}" },
	  NULL,
	  0,
	  "00000000 00000001 ffffffff ffffffff\n",
	  "" },
	{ { "encode", "--idl", "/two.x", "--as", "TWO:args", "[1,2]" },
	  NULL,
	  0,
	  "00000000 00000001 00000000 00000002\n",
	  "" },
	{ { "encode", "--as", "CALC_EVALUATE:result", "{\"status\":\"CALC_OVERFLOW\"}" },
	  NULL,
	  0,
	  "00000002\n",
	  "" },
	{ { "encode", "--idl", "/open.x", "-D", "N=2", "--as", "t", "{\"x\":[1,2]}" },
	  NULL,
	  0,
	  "00000001 00000002\n",
	  "" },
	{ { "encode", "--binary", "--as", "calc_expression", "\"ABCD\"" },
	  NULL,
	  0,
	  "", /* it begins with a zero byte */
	  "" },
	{ { "encode", "--as", "calc_status", "9" }, NULL, 65, "", "--undeclared takes it" },
	{ { "encode", "--undeclared", "--as", "calc_status", "9" }, NULL, 0, "00000009\n", "" },
	{ { "encode", "--as", "calc_operands" }, NULL, 64, "", "as in {\"a\":0,\"b\":0}" },
	{ { "encode", "{}" }, NULL, 64, "", "--as NAME says what the value is" },
	{ { "encode", "--as", "nope", "{}" }, NULL, 64, "", "\"nope\" is none of the contract's" },
	{ { "encode", "--as", "CALC_EVALUATE:x", "{}" }, NULL, 64, "", "is none of the" },
	{ { "decode", "--as", "calc_operands" },
	  "00000000 00000001\nffffffffFFFFFFFF",
	  0,
	  "{\"a\":1,\"b\":-1}\n",
	  "" },
	{ { "decode", "--as", "CALC_EVALUATE:args" }, "00000001 31000000", 0, "\"1\"\n", "" },
	{ { "decode", "--as", "calc_status" },
	  "0000 0009",
	  0,
	  "9\n",
	  "decode: offset 0: $ is 9, which the contract has no name for" },
	{ { "decode", "--as", "calc_status" },
	  "0000000100",
	  65,
	  "\"CALC_DIVIDE_BY_ZERO\"\n",
	  "offset 4: the value ends here, and 1 bytes are left over" },
	{ { "decode", "--as", "calc_operands" }, "00", 65, "", "offset 0: $.a takes 8 bytes" },
	{ { "decode", "--depth", "1", "--as", "fileinfo_entry" },
	  "00000000 0000000000000000 00000000",
	  65,
	  "",
	  "is within 1 others" },
};

static void test_cases(void)
{
	const char *via = daemon_endpoint(&everyone, "rpc+unix");

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome outcome = run(via, cases[i].words, cases[i].input);
		char what[64];

		snprintf(what, sizeof(what), "case %zu, %s %s", i, cases[i].words[0],
			 cases[i].words[1] ? cases[i].words[1] : "");
		check_outcome(&outcome, cases[i].code, cases[i].out, cases[i].error, what);
		outcome_release(&outcome);
	}
}

/* ---- every endpoint ---- */

static void call_over(const struct daemon *daemon, const char *protocol, unsigned int *called)
{
	static const char *const words[] = { "call", "CALC_V2.CALC_MULTIPLY", "{\"a\":-6,\"b\":-7}",
					     NULL };

	for (unsigned int i = 0; i < daemon->count; i++) {
		struct outcome outcome;

		if (strncmp(daemon->endpoints[i], protocol, strlen(protocol)) != 0)
			continue;
		outcome = run(daemon->endpoints[i], words, NULL);
		check_outcome(&outcome, 0, "{\"status\":\"CALC_OK\",\"value\":42}\n", "",
			      daemon->endpoints[i]);
		outcome_release(&outcome);
		(*called)++;
	}
}

static void test_every_endpoint(void)
{
	static const char *const words[] = { "call", "CALC_V2.CALC_NULL", NULL };
	const char *raw = daemon_endpoint(&everyone, "raw+tcp");
	unsigned int called = 0;
	struct outcome outcome;

	call_over(&everyone, "rpc+", &called);
	CHECK_INT(called, EVERYWHERE / 2);
	call_over(&stock, "tirpc+", &called);
	CHECK_INT(called, EVERYWHERE / 2 + 3);
	outcome = run("rpc+pipe", (const char *const[]){ "call", ADD, "{\"a\":1,\"b\":1}", NULL },
		      NULL);
	check_outcome(&outcome, 0, "{\"status\":\"CALC_OK\",\"value\":2}\n", "", "rpc+pipe");
	outcome_release(&outcome);
	outcome = run(raw, words, NULL);
	check_outcome(&outcome, 64, "", "a contract is of rpc", raw);
	outcome_release(&outcome);
}

/* ---- many lines ---- */

static void check_beginning(const char *text, const char *beginning)
{
	if (strncmp(text, beginning, strlen(beginning)) != 0)
		CHECK_STR(text, beginning);
}

static void test_lines(void)
{
	static const char *const words[] = { "call", "--lines", ADD, "-", NULL };
	static const char input[] = "{\"a\":1,\"b\":2}\n\n{\"a\":1}\n{\"a\":3,\"b\":4}";
	struct outcome outcome = run(daemon_endpoint(&everyone, "rpc+tcp"), words, input);

	CHECK_INT(outcome.status, 65);
	check_beginning(outcome.out, "{\"status\":\"CALC_OK\",\"value\":3}\n{\"code\":65,");
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "\"line\":3}\n{\"status\":\"CALC_OK\",\"value\":"
						   "7}\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "call: line 3: $.b: expected"));
	outcome_release(&outcome);
}

/* Several procedures, whose names stand in front. */
static void test_named_lines(void)
{
	static const char *const words[] = { "call", "--lines", "-", NULL };
	static const char input[] = "CALC_V1.CALC_ADD {\"a\":1,\"b\":2}\r\n"
				    "CALC_EVALUATE\t\"1 + 1\"\n"
				    " # NOPE\n"
				    "NOPE 1\n"
				    "CALC_PROG.1.0\n";
	struct outcome outcome = run(daemon_endpoint(&everyone, "rpc+udp"), words, input);

	CHECK_INT(outcome.status, 64);
	check_beginning(outcome.out, "{\"status\":\"CALC_OK\",\"value\":3}\n"
				     "{\"status\":\"CALC_OK\",\"value\":2}\n{\"code\":64,");
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "\"line\":4}\nnull\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "line 4: there is no procedure NOPE"));
	CU_ASSERT_PTR_NULL(strstr(outcome.error, "no such procedure")); /* it was said */
	outcome_release(&outcome);
}

/* What the server refuses of one is of no weight for the others; but when it is not there none is
 * called, and that is said once. */
static void test_failing_lines(void)
{
	static const char *const words[] = { "call", "--idl", "/wrong.x", "--lines", "-", NULL };
	static const char input[] = "NONE\nV.ADD {\"a\":1,\"b\":-1}\nSUB {\"a\":1,\"b\":1}\n"
				    "NONE\n";
	struct outcome outcome = run(daemon_endpoint(&everyone, "rpc+tcp"), words, input);
	const char *again;

	CHECK_INT(outcome.status, 76);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "call: line 1 via rpc+tcp"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "call: line 3"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "call: line 4"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "\nfalse\n"));
	outcome_release(&outcome);
	outcome = run("rpc+tcp://127.0.0.1:1", words, input);
	CHECK_INT(outcome.status, 69);
	again = strstr(outcome.error, "call: line");
	CU_ASSERT_PTR_NOT_NULL_FATAL(again);
	CU_ASSERT_PTR_NULL(strstr(again + 1, "call: line"));
	outcome_release(&outcome);
}

/* They go over one connection, many at a time, and are answered in their order. */
static void test_many_lines(void)
{
	static const char *const words[] = { "call", "--lines", ADD, "/lines", NULL };
	char *expected = NULL, path[128];
	struct outcome outcome;
	FILE *in, *out;
	size_t size;

	snprintf(path, sizeof(path), "%s/lines", directory);
	in = fopen(path, "we");
	out = open_memstream(&expected, &size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	for (int i = 0; i < LINES; i++) {
		fprintf(in, "{\"a\":%d,\"b\":1}\n", i);
		fprintf(out, "{\"status\":\"CALC_OK\",\"value\":%d}\n", i + 1);
	}
	fclose(in);
	fclose(out);
	outcome = run(daemon_endpoint(&everyone, "rpc+shm"), words, NULL);
	CHECK_INT(outcome.status, 0);
	CU_ASSERT(strcmp(outcome.out, expected) == 0);
	outcome_release(&outcome);
	free(expected);
}

/* Who waits for an answer before the next line gets it, on the same connection. */
static void test_conversation(void)
{
	const char *const argv[] = { program_path("sidecall"),
				     "--via",
				     daemon_endpoint(&everyone, "rpc+tcp"),
				     "call",
				     "--lines",
				     ADD,
				     "-",
				     NULL };
	int in, out, error;
	pid_t pid = process_start(argv, &in, &out, &error);
	struct outcome outcome;

	for (int i = 0; i < 3; i++) {
		static const char line[] = "{\"a\":1,\"b\":1}\n",
				  answer[] = "{\"status\":\"CALC_OK\",\"value\":2}\n";
		char said[64] = "";
		size_t length = 0;

		CHECK_INT(write(in, line, sizeof(line) - 1), sizeof(line) - 1);
		while (length < sizeof(answer) - 1) {
			ssize_t n = read(out, said + length, sizeof(said) - 1 - length);

			if (n <= 0)
				break;
			length += (size_t)n;
		}
		CHECK_STR(said, answer);
	}
	close(in);
	outcome = process_end(pid, out, error);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	outcome_release(&outcome);
}

/* ---- what is on the wire ---- */

static void test_dry_run(void)
{
	static const char *const words[] = { "call",
					     "--dry-run",
					     "--auth",
					     "sys",
					     "--uid",
					     "7",
					     "--gid",
					     "9",
					     "--machine",
					     "m",
					     "CALC_V1.CALC_ADD",
					     "{\"a\":1,\"b\":2}" };
	/* nobody is there */
	struct outcome outcome = run("rpc+tcp://127.0.0.1:1", words, NULL);

	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	check_beginning(outcome.out, "call CALC_ADD, rpc, 80 bytes\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "credential.machinename      \"m\"\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "credential.uid              7\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "credential.gid              9\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "credential.gids    0\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "  b                           2\n"));
	outcome_release(&outcome);
}

/* The trace knows what the contract knows, and whose calls they are. */
static void test_trace(void)
{
	static const char *const words[] = { "--trace", "call", "--auth", "sys", "--idl",
					     "/two.x",  "TWO",  "[1,2]",  NULL };
	struct outcome outcome = run(daemon_endpoint(&everyone, "rpc+unix"), words, NULL);
	char uid[64];

	CHECK_INT(outcome.status, 0);
	snprintf(uid, sizeof(uid), "credential.uid              %u\n", (unsigned int)geteuid());
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "call TWO, rpc, "));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "0x2ca1c000 P\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "arguments[1]                2\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, uid));
	outcome_release(&outcome);
}

/* A port that only root may use; whoever is not is told so. */
static void test_reserved_port(void)
{
	static const char *const words[] = { "--trace",  "call", "--source-port",
					     "reserved", ADD,    "{\"a\":1,\"b\":2}",
					     NULL };
	static const char *const transports[] = { "rpc+tcp", "rpc+udp" };

	for (size_t i = 0; i < COUNT(transports); i++) {
		struct outcome outcome = run(daemon_endpoint(&everyone, transports[i]), words,
					     NULL);
		unsigned int port = 0;

		if (geteuid() != 0) {
			CHECK_INT(outcome.status, 77);
			CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "Call as root"));
		} else {
			CHECK_INT(outcome.status, 0);
			CHECK_INT(sscanf(outcome.error, "127.0.0.1:%u and", &port), 1);
			CU_ASSERT(port > 0 && port < 1024);
		}
		outcome_release(&outcome);
	}
}

/* ---- measure, ping and batch ---- */

static void test_other_commands(void)
{
	static const struct {
		const char *words[MOST_WORDS], *input;
		int code;
		const char *out, *error;
	} others[] = {
		{ { "measure", "--calls", "20", "--procedure", ADD, "--arguments",
		    "{\"a\":1,\"b\":2}" },
		  NULL,
		  0,
		  "20 calls in ",
		  "" },
		{ { "measure", "--calls", "20", "--depth", "4", "--idl", "/short.x", "--procedure",
		    "ADD", "--arguments", "{\"a\":1,\"b\":2}" },
		  NULL,
		  0,
		  "ADD, 1 connection with 4 in flight",
		  "" },
		{ { "measure", "--calls", "20", "--idl", "/wrong.x", "--procedure", "SUB",
		    "--arguments", "{\"a\":1,\"b\":2}" },
		  NULL,
		  65,
		  "",
		  "the reply of SUB does not decode by the contract" },
		{ { "measure", "--procedure", ADD, "--arguments", "{}" }, NULL, 65, "", "$.a" },
		{ { "measure", "--procedure", ADD, "--lines", "--arguments", "@/wrong_turn" },
		  NULL,
		  65,
		  "",
		  "measure: line 3: $.b" },
		{ { "measure", "--procedure", ADD, "--lines", "--arguments", "@/no_turns" },
		  NULL,
		  65,
		  "",
		  "measure: no line has" },
		{ { "measure", "--procedure", ADD, "--lines" }, NULL, 64, "", "--arguments @FILE" },
		{ { "measure", "--procedure", ADD }, NULL, 64, "", "needs --idl, or --arguments" },
		{ { "measure", "--idl", "/short.x", "--procedure", "ADD", "3", "4" },
		  NULL,
		  64,
		  "",
		  "as JSON, as in --arguments '{" },
		{ { "measure", "--idl", "/short.x" }, NULL, 64, "", "--idl needs --procedure" },
		{ { "dissector", "--idl", "/nfs.x" },
		  NULL,
		  0,
		  "= \"nfs_idl\"",
		  "unless --name says" },
		{ { "dissector", "--idl", "/nfs.x", "--name", "nfs" }, NULL, 0, "= \"nfs\"", "" },
		{ { "call", "--lines", "--dry-run", ADD, "-" },
		  "{\"a\":1,\"b\":2}\n",
		  64,
		  "",
		  "--dry-run shows the bytes of one call" },
		{ { "dissector", "--idl", "/k.x" },
		  NULL,
		  0,
		  "= \"k_idl\"",
		  "takes no name like k, so" },
		{ { "dissector", "--name", "" }, NULL, 64, "", "--name takes 2 to 63 letters" },
		{ { "dissector", "--name", "12" }, NULL, 64, "", "not figures alone" },
		{ { "call", "--idl", "/wrong.x", "V.NONE" },
		  NULL,
		  76,
		  "",
		  "without that procedure: is" },
		{ { "ping", "CALC_PROG" }, NULL, 0, "reply from ", "" },
		{ { "ping", "0x2ca1c000.1" }, NULL, 0, "reply from ", "" },
		{ { "ping", "CALC_PROG.CALC_V2" }, NULL, 0, "reply from ", "" },
		{ { "ping", "--idl", "/short.x", "P.V" }, NULL, 0, "reply from ", "" },
		{ { "ping", "748797952" }, NULL, 0, "reply from ", "" },
		{ { "ping", "100003" }, NULL, 76, "", "does not have program 100003" },
		{ { "ping", "CALC_PROG.9" },
		  NULL,
		  76,
		  "",
		  "the server has this program in versions 1 to 2 only" },
		{ { "ping", "CALC_PROG.X" }, NULL, 64, "", "has no version X" },
		{ { "decode", "--idl", "/two.x" },
		  "00000001 00000000 00000002 2ca1c000 00000001 00000001 00000000 00000000\n"
		  "00000000 00000000 00000000 00000001 00000000 00000002\n",
		  0,
		  "arguments[1]                2\n",
		  "" },
		{ { "batch", "--idl", "/short.x" },
		  "ADD {\"a\":1,\"b\":2}\n",
		  0,
		  "0\n",
		  "8 are left over" },
		{ { "--trace", "batch", "--auth", "sys", "--uid", "7", "--idl", "/short.x" },
		  "ADD {\"a\":1,\"b\":2}\n",
		  0,
		  "0\n",
		  "credential.uid              7\n" },
		{ { "batch", "--auth", "sys" },
		  "add 1 2\n",
		  64,
		  "",
		  "are for lines of a contract" },
		{ { "call", "--idl", "/short.x", "nothing_like_it" },
		  "",
		  64,
		  "",
		  "'sidecall describe --idl FILE.x' lists what there is" },
		{ { "call", "nothing_like_it" }, "", 64, "", "'sidecall describe' lists what" },
		{ { "call", "calc_divid" }, "", 64, "", "CALC_PROG.CALC_V1.CALC_DIVIDE" },
		{ { "batch", "--uid", "7", "--idl", "/short.x" },
		  "ADD {\"a\":1,\"b\":2}\n",
		  64,
		  "",
		  "are of --auth sys" },
	};
	const char *via = daemon_endpoint(&everyone, "rpc+unix");

	for (size_t i = 0; i < COUNT(others); i++) {
		struct outcome outcome = run(via, others[i].words, others[i].input);

		CHECK_THAT(outcome.status == others[i].code, "case %zu: %d: %s", i, outcome.status,
			   outcome.error);
		CHECK_THAT(strstr(outcome.out, others[i].out) != NULL, "case %zu: %s", i,
			   outcome.out);
		CHECK_THAT(strstr(outcome.error, others[i].error) != NULL, "case %zu: %s", i,
			   outcome.error);
		outcome_release(&outcome);
	}
}

/* ---- a load of several calls in turn ---- */

static void check_register(const char *via, const char *name, const char *value)
{
	const char *const words[] = { "accumulate", name, "0", NULL };
	struct outcome outcome = run(via, words, NULL);

	CHECK_STR(outcome.out, value);
	outcome_release(&outcome);
}

/* Each call is made once before, and then in turn: by the stub, and prepared on all connections. */
static void test_in_turn(void)
{
	static const char *const options[][4] = {
		{ "--depth", "1", "--connections", "1" },
		{ "--depth", "8", "--connections", "1" },
		{ "--depth", "1", "--connections", "3" },
	};
	static const char *const values[][2] = { { "11\n", "1100\n" },
						 { "22\n", "2200\n" },
						 { "33\n", "3300\n" } };
	const char *via = daemon_endpoint(&everyone, "rpc+unix");

	for (size_t i = 0; i < COUNT(options); i++) {
		const char *const *option = options[i];
		const char *const words[MOST_WORDS] = { "measure",     "--calls",
							"20",          option[0],
							option[1],     option[2],
							option[3],     "--lines",
							"--procedure", "CALC_V2.CALC_ACCUMULATE",
							"--arguments", "@/turns" };
		struct outcome outcome = run(via, words, NULL);

		CHECK_STR(outcome.error, "");
		CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, ", 2 templates in turn\n20 calls in"));
		CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, ", 0 errors"));
		outcome_release(&outcome);
		check_register(via, "@", values[i][0]);
		check_register(via, "%", values[i][1]);
	}
}

/* Where raw messages are spoken, somebody with a contract has no use for the advice to speak them.
 */
static void test_advice(void)
{
	static const char *const words[] = { "call", ADD, "{\"a\":1,\"b\":2}", NULL };
	static const char *const ours[] = { "add", "1", "2", NULL };
	static const char *const bare[] = { "encode", "--as", "calc_operands", "{a:1,b:2}", NULL };
	static const char *const wrong[] = { "encode", "--as", "calc_operands", "[1]", NULL };
	char via[256];
	struct outcome outcome;

	snprintf(via, sizeof(via), "rpc%s", daemon_endpoint(&everyone, "raw+unix") + 3);
	outcome = run(via, ours, NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "--via raw+unix"));
	outcome_release(&outcome);
	outcome = run(via, words, NULL);
	CHECK_INT(outcome.status, 69);
	CHECK_THAT(strstr(outcome.error, "--via raw") == NULL, "%s", outcome.error);
	outcome_release(&outcome);
	outcome = run(NULL, bare, NULL);
	CHECK_THAT(strstr(outcome.error, "Put JSON into '") != NULL, "%s", outcome.error);
	outcome_release(&outcome);
	outcome = run(NULL, wrong, NULL); /* it has no quotes that a shell could have taken */
	CHECK_THAT(strstr(outcome.error, "an array of 1\n") != NULL, "%s", outcome.error);
	outcome_release(&outcome);
}

/* A call that no datagram has room for. */
static void test_too_long(void)
{
	static const char *const words[] = { "call", "--idl", "/long.x", "SAY", "-", NULL };
	char *input = malloc(80003);
	struct outcome outcome;

	if (!input)
		abort();
	memset(input, 'a', 80002);
	input[0] = input[80001] = '"';
	input[80002] = '\0';
	outcome = run(daemon_endpoint(&everyone, "rpc+udp"), words, input);
	CHECK_INT(outcome.status, 65);
	CHECK_THAT(strstr(outcome.error,
			  "than this transport carries, which is 65507 bytes. The "
			  "call was not executed; by tcp or unix it may be longer") != NULL,
		   "%s", outcome.error);
	outcome_release(&outcome);
	free(input);
}

/* What is no contract at all. */
static void test_many_errors(void)
{
	static const char *const words[] = { "describe", "--idl", "/many.x", NULL };
	struct outcome outcome;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/many.x", directory);
	file = fopen(path, "we");
	for (int i = 0; i < 50; i++)
		fputs("struct t { nope x; };\n", file);
	fclose(file);
	outcome = run(NULL, words, NULL);
	CHECK_INT(outcome.status, 65);
	CHECK_THAT(strstr(outcome.error, "... and ") != NULL && !strstr(outcome.error, "x:14:"),
		   "%s", outcome.error);
	outcome_release(&outcome);
}

/* ---- describe ---- */

static void test_describe(void)
{
	static const struct {
		const char *words[6];
		int code;
		const char *said[3];
	} pages[] = {
		{ { "describe" },
		  0,
		  { "program CALC_PROG = 0x2ca1c000", "const CALC_MAX_VALUES = 4096;",
		    "struct calc_operands {" } },
		{ { "describe", "CALC_PROG" }, 0, { "version CALC_V2 = 2", "CALC_SUMMARIZE", "" } },
		{ { "describe", "CALC_V2" },
		  0,
		  { "program CALC_PROG", "version CALC_V2 = 2", "" } },
		{ { "describe", "calc_operands" },
		  0,
		  { "struct calc_operands {\n    hyper a;", "As JSON:  {\"a\":0,\"b\":0}\n", "" } },
		{ { "describe", "CALC_V1.CALC_DIVIDE" },
		  0,
		  { "calc_result CALC_DIVIDE(calc_operands)", "enum calc_status {",
		    "Call it:  sidecall call CALC_PROG.CALC_V1.CALC_DIVIDE "
		    "'{\"a\":0,\"b\":0}'\n" } },
		{ { "describe", "--json", "CALC_V1.CALC_DIVIDE" },
		  0,
		  { "{\"name\":\"CALC_DIVIDE\",\"number\":4,\"arguments\":\"calc_operands\"", "",
		    "" } },
		{ { "--json", "describe", "calc_operands" },
		  0,
		  { "{\"kind\":\"struct\",", "", "" } },
		{ { "describe", "-D", "A=it's", "CALC_V1.CALC_ADD" },
		  0,
		  { "sidecall call -D 'A=it'\\''s' CALC_PROG", "", "" } },
		{ { "describe", "CALC_FULL" }, 0, { "enum calc_status {", "CALC_FULL = 5", "" } },
		{ { "describe", "CALC_MAX_VALUES" },
		  0,
		  { "const CALC_MAX_VALUES = 4096;", "", "" } },
		{ { "describe", "--json", "CALC_MAX_VALUES" },
		  0,
		  { "{\"name\":\"CALC_MAX_VALUES\",\"value\":4096", "", "" } },
		{ { "describe", "CALC_ADD" }, 64, { "", "", "" } },
		{ { "describe", "a", "b" }, 64, { "", "", "" } },
	};

	for (size_t i = 0; i < COUNT(pages); i++) {
		struct outcome outcome = run(NULL, pages[i].words, NULL);

		CHECK_INT(outcome.status, pages[i].code);
		for (size_t s = 0; s < 3; s++)
			if (!strstr(outcome.out, pages[i].said[s]))
				CHECK_STR(outcome.out, pages[i].said[s]);
		outcome_release(&outcome);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "calls, and what is wrong with them", test_cases },
		{ "every endpoint", test_every_endpoint },
		{ "a line for each call", test_lines },
		{ "a procedure's name in each line", test_named_lines },
		{ "lines that fail", test_failing_lines },
		{ "many lines on one connection", test_many_lines },
		{ "a line once the one before is answered", test_conversation },
		{ "a call's bytes without a call", test_dry_run },
		{ "a call's bytes by its contract", test_trace },
		{ "a port below 1024", test_reserved_port },
		{ "measure, ping and batch by contracts", test_other_commands },
		{ "a load of several calls in turn", test_in_turn },
		{ "advice that helps", test_advice },
		{ "a call that is too long", test_too_long },
		{ "a contract with many errors", test_many_errors },
		{ "what a contract has", test_describe },
		{ NULL, NULL },
	};
	int status = 1;

	if (!harness_directory(directory))
		return 1;
	write_contracts();
	if (daemon_start_everywhere(&everyone, NULL, NULL) && daemon_start_stock(&stock, NULL)) {
		setenv("SIDECALLD", program_path("sidecalld"), 1);
		status = harness_run("call", tests);
	}
	daemon_stop(&everyone);
	daemon_stop(&stock);
	remove_tree(directory);
	return status;
}
