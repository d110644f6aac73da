/*
 * Faults that learners make, planted in the servers of examples/servers/: `sidecall check` fails
 * the case that is about it first, and says what is wrong.  By rpcgen it is the first of the
 * calculator's own.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/rpcbind.h"
#include "tests/kit/solution.h"

#define CALCULATOR "calculator" /* by rpcgen, and by hand in Python */

static char place[] = "/tmp/sidecall-test-XXXXXX";

/* A text that is once in a file, and what is planted there instead. */
struct fault {
	const char *title, *file, *text, *planted;
	const char *server; /* that has it then */
	const char *fails;  /* the first case that does */
	const char *found;  /* words of what is said to have come */
	const char *why;    /* and of the reason */
};

static const struct fault faults_c[] = {
	{ "numbers are read little-endian", "bytes.c", "number = number << 8 | in->next[i];",
	  "number |= (uint64_t)in->next[i] << 8 * i;", "udp", "null", "it answers id",
	  "The id is little-endian" },
	{ "the id is counted", "raw.c", "put(&header, id, 4);",
	  "static uint32_t counted; id = ++counted; put(&header, id, 4);", "tcp", "null",
	  "it answers id 0000000", "the server counts by itself" },
	{ "half a message is taken for one", "stream.c",
	  "if (there < STREAM_LENGTH + length)\n\t\treturn 0;",
	  "if (there < STREAM_LENGTH + length)\n\t\tlength = (uint32_t)there - STREAM_LENGTH;",
	  "tcp", "segment", "it closed the connection", "one read was taken for one message" },
	{ "a count is believed", "raw.c", " || in->left != 8 * count", "", "tcp", "array-lies",
	  "byte 7 of the reply is 00, and has to be 03: the status", "a length is believed" },
	{ "what is left is not looked at", "raw.c",
	  "if (in->failed || in->left)\n\t\treturn BAD_REQUEST;\n\tstatus = compute",
	  "if (in->failed)\n\t\treturn BAD_REQUEST;\n\tstatus = compute", "udp", "arguments-behind",
	  "byte 7 of the reply is 00", "what is left is not looked at" },
	{ "a division by zero is tried", "calc.c", "if (b == 0)\n\t\treturn CALC_DIVIDE_BY_ZERO;",
	  "", "tcp", "divide-by-zero", "nobody on a new connection is served", "SIGFPE" },
	{ "SIGPIPE ends the server", "tcp_one.c", "signal(SIGPIPE, SIG_IGN);",
	  "signal(SIGPIPE, SIG_DFL);", "tcp_one", "caller-hangs-up",
	  "nobody on a new connection is served", "SIGPIPE ends the server" },
	{ "one client keeps the others out", "several.c", "#define MOST_CLIENTS 512",
	  "#define MOST_CLIENTS 1", "tcp", "two-clients", "the second client",
	  "keeps all others waiting" },
	{ "who has not opened his calls yet is taken for gone", "several.c",
	  "clients[count++] = client;",
	  "if (stream_read(&client->stream, client->ends.source) == 0) {\n"
	  "\t\tclose(client->ends.source);\n\t\tclose(client->ends.sink);\n"
	  "\t\tfree(client);\n\t\treturn;\n\t}\n\tclients[count++] = client;",
	  "fifo", "welcome", "the server welcomes us", "when there is no writer yet" },
	{ "an end of a pipe stays open", "pipe.c", "serve_one(STDIN_FILENO, STDOUT_FILENO);",
	  "int ends[2];\n\n\tif (pipe(ends) < 0)\n\t\treturn 1;\n"
	  "\tif (fork() == 0) {\n\t\tchar c;\n\n\t\tclose(STDOUT_FILENO);\n"
	  "\t\twhile (read(STDIN_FILENO, &c, 1) == 1 && write(ends[1], &c, 1) == 1)\n"
	  "\t\t\t;\n\t\t_exit(0);\n\t}\n\tserve_one(ends[0], STDOUT_FILENO);",
	  "pipe", "no-input", "goes on when its input has ended", "an end of a pipe is left open" },
	{ "a fragment is taken for a record", "rpc.c", "} while (!(mark & LAST));", "} while (0);",
	  "rpc_null", "fragments", "it closed the connection",
	  "client cuts what is longer than its buffer" },
};

static const struct fault faults_python[] = {
	{ "the header is little-endian", "raw.py", "struct.Struct(\">IHH\")",
	  "struct.Struct(\"<IHH\")", "tcp", "null", "byte 4 of the reply is 00, and has to be 80",
	  "little-endian" },
	{ "quotients are rounded down", "calc.py",
	  "fitting(quotient if (a < 0) == (b < 0) else -quotient)", "fitting(a // b)", "udp",
	  "divide-truncates", "the result", "rounded down, as Python's //" },
	{ "a datagram has a length in front", "udp.py", "here.sendto(reply, sender)",
	  "here.sendto(len(reply).to_bytes(4, \"big\") + reply, sender)", "udp", "null",
	  "it answers id 00000008", "no length in front" },
	{ "what is written is not flushed", "stream.py",
	  "        data = data[os.write(sink, data) :]",
	  "        import sys\n        data = data[sys.stdout.buffer.write(data) :]", "pipe",
	  "answered-at-once", "comes when the input has ended", "flush it" },
	{ "something is printed", "pipe.py", "    try:\n", "    print(\"ready\")\n    try:\n",
	  "pipe", "no-input", "it is text, \"ready", "printed to standard output" },
	{ "a read of 0 is no end", "stream.py", "while data := os.read(source, 65536):",
	  "while (data := os.read(source, 65536)) is not None:", "tcp_one", "null",
	  "nobody on a new connection is served", "a read of 0 is the end" },
	{ "the calls are opened first, and waited for", "fifo.py",
	  "os.open(pair + \".calls\", os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)",
	  "os.open(pair + \".calls\", os.O_RDONLY | os.O_NOFOLLOW)", "fifo", "welcome",
	  "no greeting is written back", "that waits for the client" },
	{ "a string's padding is forgotten", "calculator.py", "rpc.take_opaque(data, 1024)",
	  "data[4 : 4 + data[3]], data[4 + data[3] :]", CALCULATOR, "evaluate", "GARBAGE_ARGS",
	  "a string is filled up to a multiple of four bytes" },
};

/* In the one by rpcgen; what libtirpc itself fails is not looked at. */
static const struct fault faults_rpcgen[] = {
	{ "operands are exchanged", "rpcgen/calculator.c", "return compute(calc_divide, operands);",
	  "calc_operands exchanged = { operands->b, operands->a };\n"
	  "\treturn compute(calc_divide, &exchanged);",
	  CALCULATOR, "divide", "has to be 2a: the result", "the operands are exchanged" },
	{ "a division by zero is tried", "c/calc.c", "if (b == 0)\n\t\treturn CALC_DIVIDE_BY_ZERO;",
	  "", CALCULATOR, "divide-by-zero", "nobody on a new connection is served", "SIGFPE" },
	{ "positions are counted from 1", "rpcgen/calculator.c", "_u.position = position;",
	  "_u.position = position + 1;", CALCULATOR, "evaluate-empty",
	  "is 01, and has to be 00: the result", "the position is counted from 1" },
	{ "a register keeps nothing", "rpcgen/calculator.c", "_u.value = total;",
	  "_u.value = what->amount;", CALCULATOR, "accumulate", "the result",
	  "registers are lost between two calls" },
};

/* ---- planting ---- */

static void run(const char *script, const char *one, const char *two)
{
	const char *const argv[] = { "/bin/sh", "-c", script, "sh", one, two, NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	outcome_release(&outcome);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 65536);

	if (file && fread(text, 1, 65535, file) == 0)
		text[0] = '\0';
	if (file)
		fclose(file);
	return text;
}

/* In the copy of all files; what was built of them stays, but for this one. */
static void plant(const char *copy, const struct fault *fault)
{
	char path[128];
	char *text, *at;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", copy, fault->file);
	text = read_file(path);
	at = strstr(text, fault->text);
	CHECK_THAT(at && !strstr(at + 1, fault->text), "%s: its text is not there once",
		   fault->title);
	file = at ? fopen(path, "w") : NULL;
	if (file) {
		fprintf(file, "%.*s%s%s", (int)(at - text), text, fault->planted,
			at + strlen(fault->text));
		fclose(file);
	}
	free(text);
}

/* ---- what check says ---- */

/* That is asked for; NULL is the calculator's. */
static const char *program_of(const struct fault *fault)
{
	return strcmp(fault->server, "rpc_null") == 0 ? "100003.3" : NULL;
}

static const char *text_in(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* By rpcgen, what libtirpc does and no learner can help (tests/check_test.c).  By hand none of it
 * fails (tests/solutions_test.c). */
static bool is_known(const struct fault *fault, const json_t *object)
{
	return strcmp(fault->server, CALCULATOR) == 0 &&
	       strncmp(text_in(object, "source"), "RFC", 3) == 0;
}

/* The case that is named, or one that fails before it.  NULL: there is none. */
static json_t *find_finding(FILE *said, const struct fault *fault)
{
	char line[16384];

	while (fgets(line, sizeof(line), said)) {
		json_t *object = json_loads(line, 0, NULL);
		const char *verdict = text_in(object, "verdict"), *name = text_in(object, "case");
		bool named = strncmp(name, fault->fails, strlen(fault->fails)) == 0;

		if ((strcmp(verdict, "fail") == 0 && !is_known(fault, object)) ||
		    (named && strcmp(verdict, "differs") == 0))
			return object;
		json_decref(object);
	}
	return NULL;
}

/* What follows it is not waited for. */
static json_t *first_finding(const struct fault *fault, const char *endpoint, const char *timeout)
{
	const char *const argv[] = {
		program_path("sidecall"), "--timeout", timeout, "--json", "check", endpoint,
		program_of(fault),        NULL
	};
	int in, out, error;
	pid_t pid = process_start(argv, &in, &out, &error);
	FILE *said = fdopen(dup(out), "r");
	json_t *object = find_finding(said, fault);
	struct outcome outcome;

	fclose(said);
	close(in);
	process_halt(pid, SIGKILL);
	outcome = process_end(pid, out, error);
	outcome_release(&outcome);
	return object;
}

static bool is_named(const struct fault *fault, const json_t *finding)
{
	return strncmp(text_in(finding, "case"), fault->fails, strlen(fault->fails)) == 0 &&
	       strstr(text_in(finding, "found"), fault->found) &&
	       strstr(text_in(finding, "why"), fault->why);
}

/* Some faults are silence, so that little time is given first.  Where others have the processor, a
 * server needs more of it to be judged rightly. */
static void check_named(const struct fault *fault, const char *endpoint)
{
	json_t *finding = first_finding(fault, endpoint, "2");

	if (!is_named(fault, finding)) {
		json_decref(finding);
		finding = first_finding(fault, endpoint, "20");
	}
	CHECK_THAT(is_named(fault, finding), "%s: %s: %s: %s", fault->title,
		   text_in(finding, "case"), text_in(finding, "found"), text_in(finding, "why"));
	json_decref(finding);
}

/* A server by its own words; one on a pipe is started by check. */
static void check_fault(const struct fault *fault, const char *const argv[], const char *program)
{
	struct solution server;
	char endpoint[256];
	char *said;

	if (strcmp(fault->server, "pipe") == 0) {
		snprintf(endpoint, sizeof(endpoint), "raw+pipe:%s", program);
		check_named(fault, endpoint);
		return;
	}
	if (solution_start(&server, argv))
		check_named(fault, server.endpoint);
	else
		CHECK_THAT(false, "%s: it says nothing", fault->title);
	solution_stop(&server, &said);
	free(said);
}

/* ---- in both languages ---- */

static const char *operand_of(const struct fault *fault, const char *directory)
{
	return strcmp(fault->server, "fifo") == 0 ? directory : "0";
}

static void test_c(void)
{
	char base[64], base_build[80], copy[64], build[80], program[128];

	snprintf(base, sizeof(base), "%s/c", place);
	snprintf(base_build, sizeof(base_build), "%s/build", base);
	run("cp -R examples/servers/c \"$1\" && rm -rf \"$1/build\"", base, NULL);
	CU_ASSERT_TRUE_FATAL(solution_build(base, base_build, "all"));
	snprintf(copy, sizeof(copy), "%s/fault", place);
	snprintf(build, sizeof(build), "%s/build", copy);
	for (size_t i = 0; i < sizeof(faults_c) / sizeof(faults_c[0]); i++) {
		const char *const words[] = { program, operand_of(&faults_c[i], copy), NULL };

		run("rm -rf \"$2\" && cp -Rp \"$1\" \"$2\"", base, copy);
		plant(copy, &faults_c[i]);
		CHECK_INT(solution_build(copy, build, faults_c[i].server), true);
		snprintf(program, sizeof(program), "%s/%s", build, faults_c[i].server);
		check_fault(&faults_c[i], words, program);
	}
}

static void test_python(void)
{
	char copy[64], program[128];

	if (!solution_has_python())
		return;
	unsetenv("PYTHONUNBUFFERED");
	snprintf(copy, sizeof(copy), "%s/python", place);
	for (size_t i = 0; i < sizeof(faults_python) / sizeof(faults_python[0]); i++) {
		const char *const words[] = { "/usr/bin/env", "python3", program,
					      operand_of(&faults_python[i], copy), NULL };

		run("rm -rf \"$1\" && cp -R examples/servers/python \"$1\"", copy, NULL);
		plant(copy, &faults_python[i]);
		snprintf(program, sizeof(program), "%s/%s.py", copy, faults_python[i].server);
		check_fault(&faults_python[i], words, program);
	}
}

/* ---- by rpcgen ---- */

static bool is_served(void)
{
	const char *const argv[] = { program_path("sidecall"), "--via", "rpc+tcp://127.0.0.1",
				     "null", NULL };
	struct outcome outcome = process_run(argv, NULL);
	const bool served = outcome.status == 0;

	outcome_release(&outcome);
	return served;
}

/* rpcbind says where it is. */
static void check_registered(const struct fault *fault, const char *program)
{
	const char *const argv[] = { program, NULL };
	int in, out, error;
	pid_t pid = process_start(argv, &in, &out, &error);
	struct outcome outcome;
	bool served;

	close(in);
	AWAIT((served = is_served()));
	CHECK_THAT(served, "%s: it does not serve", fault->title);
	check_named(fault, "rpc+tcp://127.0.0.1");
	kill(pid, SIGKILL);
	outcome = process_end(pid, out, error);
	outcome_release(&outcome);
}

static void test_rpcgen(void)
{
	char base[64], copy[64], source[80], build[96], program[128];

	if (!rpcbind_start())
		return;
	snprintf(base, sizeof(base), "%s/rpc", place);
	snprintf(copy, sizeof(copy), "%s/fault-rpc", place);
	snprintf(source, sizeof(source), "%s/rpcgen", copy);
	snprintf(build, sizeof(build), "%s/build", source);
	snprintf(program, sizeof(program), "%s/" CALCULATOR, build);
	run("cp -R examples/servers \"$1\" && cp idl/calc.x \"$1/rpcgen\"", base, NULL);
	for (size_t i = 0; i < sizeof(faults_rpcgen) / sizeof(faults_rpcgen[0]); i++) {
		run("rm -rf \"$2\" && cp -Rp \"$1\" \"$2\" && rm -rf \"$2/rpcgen/build\"", base,
		    copy);
		plant(copy, &faults_rpcgen[i]);
		CHECK_INT(solution_build(source, build, CALCULATOR), true);
		check_registered(&faults_rpcgen[i], program);
	}
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
	status = harness_run("planted", tests);
	rpcbind_stop();
	remove_tree(place);
	return status;
}
