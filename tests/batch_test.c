/* sidecall batch: one call a line, answers in order, and what is wrong in which line. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/kit/busy_server.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINES        30000

static struct outcome batch(const char *via, const char *option, const char *file,
			    const char *input)
{
	const char *argv[9] = { program_path("sidecall"), "--timeout", "30", "--via", via };
	int count = 5;

	if (option)
		argv[count++] = option;
	argv[count++] = "batch";
	if (file)
		argv[count++] = file;
	return process_run(argv, input);
}

/* ---- what is in a batch ---- */

static const struct {
	const char *input;
	int code;
	const char *out;
	const char *errors[3]; /* that are said, in this order; NULL for no more */
} cases[] = {
	{ "", 0, "", { NULL } },
	{ "\n  \n# nothing\n", 0, "", { NULL } },
	{ "add 1 2", 0, "3\n", { NULL } },
	{ "add 1 2\nsubtract 1 2\n\nmultiply 3 4\n", 0, "3\n-1\n12\n", { NULL } },
	{ "digest file\nadd 1 2\ndigest file\nadd 3 4\n",
	  0,
	  "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  file\n3\n"
	  "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  file\n7\n",
	  { NULL } },
	{ "evaluate '1 + 2'\nevaluate \"2 *3\" # comment\n", 0, "3\n6\n", { NULL } },
	{ "divide 1 0\nadd 1 2\n", 1, "3\n", { "batch: line 1: divide: division by zero" } },
	{ "add 1 2\n\nreadlink nothing\nreadlink file\nadd 2 3\n",
	  1,
	  "3\n5\n",
	  { "batch: line 3: readlink: nothing: no such file", "batch: line 4: readlink: file: " } },
	{ "add 1 2\nfoo\nadd 1\nadd 2 3\n",
	  64,
	  "3\n5\n",
	  { "batch: line 2: there is no such procedure", "batch: line 3: " } },
	{ "add 1 'x\nadd 1 2\n", 64, "3\n", { "batch: line 1: a quote is not closed" } },
	{ "list\nadd 1 2\n", 64, "3\n", { "batch: line 1: a directory takes many calls" } },
	{ "summarize -\nadd 1 2\n", 64, "3\n", { "batch: line 1: the numbers stand in the line" } },
	{ "divide 1 0\nfoo\nadd 1 2\n", 64, "3\n", { "line 2", "line 1" } }, /* the graver one */
	{ "evaluate 1+\n", 1, "", { "batch: line 1: evaluate: ", "  1+", "    ^" } },
	{ "null\nadd 1 2\n", 0, "3\n", { NULL } },
	{ "add 1 2\r\n\r\nnull\r\nmultiply 3 4\r\n", 0, "3\n12\n", { NULL } },
	{ "add 1 2\r\nfoo\r\n", 64, "3\n", { "batch: line 2: there is no such procedure" } },
};

/* Whether all are in the text. */
static void check_errors(const char *text, const char *const errors[3])
{
	int count = 0;

	for (int i = 0; i < 3 && errors[i]; i++, count++)
		if (!strstr(text, errors[i]))
			CHECK_STR(text, errors[i]);
	if (!count)
		CHECK_STR(text, "");
}

static void check_cases(const char *via)
{
	unsigned int failures = CU_get_number_of_failures();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome outcome = batch(via, NULL, i % 2 ? "-" : NULL, cases[i].input);

		harness_check_int(__FILE__, __LINE__, cases[i].input, outcome.status,
				  cases[i].code);
		CHECK_STR(outcome.out, cases[i].out);
		check_errors(outcome.error, cases[i].errors);
		outcome_release(&outcome);
	}
	if (CU_get_number_of_failures() > failures)
		printf("      via: %s\n", via);
}

static void write_file(const char *directory, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/file", directory);
	file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

static void test_cases(void)
{
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	write_file(daemon.root, "hello");
	for (unsigned int i = 0; i < daemon.count; i++)
		check_cases(daemon.endpoints[i]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- many lines ---- */

static void write_many(const char *path)
{
	FILE *file = fopen(path, "w");

	for (int i = 0; i < LINES; i++)
		fprintf(file, "add %d 1000000\n", i);
	fclose(file);
}

static bool is_many(const char *out)
{
	char *end;

	for (int i = 0; i < LINES; i++, out = end + 1)
		if (strtol(out, &end, 10) != i + 1000000 || *end != '\n')
			return false;
	return !*out;
}

/* Each is answered, in order; and a file is read as standard input is. */
static void test_many(void)
{
	struct daemon daemon;
	char path[80];

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	snprintf(path, sizeof(path), "%s/lines", daemon.directory);
	write_many(path);
	for (unsigned int i = 0; i < daemon.count; i++) {
		struct outcome outcome = batch(daemon.endpoints[i], NULL, path, NULL);

		harness_check_int(__FILE__, __LINE__, daemon.endpoints[i], outcome.status, 0);
		CU_ASSERT(is_many(outcome.out));
		CHECK_STR(outcome.error, "");
		outcome_release(&outcome);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- JSON ---- */

static void test_json(void)
{
	static const char *const options[] = { "--listen", "raw+unix", NULL };
	struct outcome outcome;
	struct daemon daemon;
	json_t *first, *second, *third;
	char *line, *rest;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	outcome = batch(daemon.endpoints[0], "--json", NULL,
			"add 1 2\ndivide 1 0\nreadlink nothing\n");
	CHECK_INT(outcome.status, 1);
	line = strtok_r(outcome.out, "\n", &rest);
	first = json_loads(line, 0, NULL);
	second = json_loads(strtok_r(NULL, "\n", &rest), 0, NULL);
	third = json_loads(strtok_r(NULL, "\n", &rest), 0, NULL);
	CHECK_INT(json_integer_value(json_object_get(first, "value")), 3);
	CU_ASSERT(strcmp(json_string_value(json_object_get(second, "status")),
			 json_string_value(json_object_get(first, "status"))) != 0);
	CHECK_STR(json_string_value(json_object_get(third, "path")), "nothing");
	CU_ASSERT_PTR_NULL(strtok_r(NULL, "\n", &rest));
	json_decref(first);
	json_decref(second);
	json_decref(third);
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- whoever writes the lines waits for the answers ---- */

static void converse(int in, int out, const char *line, const char *answer)
{
	struct pollfd waiting = { .fd = out, .events = POLLIN };
	char text[64] = "";

	CHECK_INT(write(in, line, strlen(line)), strlen(line));
	if (!*answer)
		return;
	if (poll(&waiting, 1, PROCESS_TIME * 1000) == 1)
		CU_ASSERT(read(out, text, sizeof(text) - 1) > 0);
	CHECK_STR(text, answer);
}

static void test_slow_writer(void)
{
	static const char *const options[] = { "--listen", "rpc+unix", NULL };
	const char *argv[] = { NULL, "--timeout", "30", "--via", "rpc+unix", "batch", NULL };
	int in, out, error;
	struct outcome outcome;
	struct daemon daemon;
	pid_t pid;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	argv[0] = program_path("sidecall"); /* it has named the daemon since */
	pid = process_start(argv, &in, &out, &error);
	converse(in, out, "add 1 2\n", "3\n");
	converse(in, out, "# no call\n", "");
	converse(in, out, "add 3 4\n", "7\n");
	converse(in, out, "add 5", "");
	converse(in, out, " 6\n", "11\n");
	converse(in, out, "add 7 8", "");
	close(in);
	outcome = process_end(pid, out, error);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.out, "15\n");
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Until the server has executed that; false when it does not come to it. */
static bool is_accumulated(const char *via, int64_t value)
{
	struct endpoint endpoint = call_endpoint(via);
	calc_accumulation nothing = { (char *)"tally", 0 };
	int64_t end = clock_now() + PROCESS_TIME * SECOND;
	union procedure_result result;

	do
		if (call_once(&endpoint, PROCESS_TIME * SECOND, "accumulate", &nothing, &result))
			return false;
	while (result.number.calc_result_u.value != value && clock_now() < end);
	return result.number.calc_result_u.value == value;
}

/* A line that is written while a call takes long is called meanwhile. */
static void call_beside(const struct daemon *daemon, const char *via)
{
	const char *const argv[] = {
		program_path("sidecall"), "--timeout", "60", "--via", via, "batch", NULL
	};
	int in, out, error;
	struct outcome outcome;
	pid_t pid = process_start(argv, &in, &out, &error);

	converse(in, out, "digest huge\n", "");
	AWAIT(observe_open_files(daemon->pid, "huge"));
	converse(in, out, "accumulate tally 1\n", "");
	CU_ASSERT(is_accumulated(via, 1));
	converse(in, out, "accumulate tally 1\n", "");
	CU_ASSERT(is_accumulated(via, 2));
	converse(in, out, "accumulate tally -2\n", "");
	CU_ASSERT(is_accumulated(via, 0));
	kill(pid, SIGTERM);
	close(in);
	outcome = process_end(pid, out, error);
	CHECK_INT(outcome.status, 128 + SIGTERM);
	outcome_release(&outcome);
}

static void make_huge(const struct daemon *daemon)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/huge", daemon->root);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(ftruncate(fd, (off_t)1 << 40), 0);
	close(fd);
}

/* A server each, which is not kept busy by the one before. */
static void test_line_beside_call(void)
{
	for (size_t i = 0; i < EVERYWHERE; i++) {
		const char *const options[] = { "--listen", everywhere[i], NULL };
		struct daemon daemon;

		if (strstr(everywhere[i], "+shm")) /* not so there yet */
			continue;
		CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
		make_huge(&daemon);
		call_beside(&daemon, daemon.endpoints[0]);
		kill(daemon.pid, SIGKILL); /* to end well it would wait for the digest */
		daemon_stop(&daemon);
	}
}

/* ---- a server that goes, or stands still, in the middle ---- */

static void fail_in_the_middle(const char *via, int signal_, int code, const char *why)
{
	static const char *const options[] = { "--listen", "raw+unix", "--listen", "rpc+shm",
					       NULL };
	const char *timeout = code == FAILURE_TIMEOUT ? "2" : "60";
	const char *argv[] = { NULL, "--timeout", timeout, "--via", via, "batch", NULL };
	int in, out, error;
	struct outcome outcome;
	struct daemon daemon;
	pid_t pid;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	argv[0] = program_path("sidecall");
	pid = process_start(argv, &in, &out, &error);
	converse(in, out, "add 1 2\n", "3\n");
	process_halt(daemon.pid, signal_);
	converse(in, out, "\n\nadd 3 4\nadd 5 6\n", "");
	close(in);
	outcome = process_end(pid, out, error);
	CHECK_INT(outcome.status, code);
	CHECK_STR(outcome.out, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "batch: line 4: add 3 via "));
	if (!strstr(outcome.error, why))
		CHECK_STR(outcome.error, why);
	CU_ASSERT_PTR_NULL(strstr(outcome.error, "line 5")); /* said once */
	outcome_release(&outcome);
	kill(daemon.pid, SIGKILL);
	daemon_stop(&daemon);
}

static void test_failures(void)
{
	fail_in_the_middle("raw+unix", SIGKILL, FAILURE_UNAVAILABLE, "");
	fail_in_the_middle("rpc+shm", SIGKILL, FAILURE_UNAVAILABLE, "");
	fail_in_the_middle("raw+unix", SIGSTOP, FAILURE_TIMEOUT, "may have been executed");
	fail_in_the_middle("rpc+shm", SIGSTOP, FAILURE_TIMEOUT, "may have been executed");
}

/* A line that cannot be read ends a batch, but not the calls before it. */
static void test_long_line(void)
{
	static const char *const options[] = { "--listen", "raw+unix", NULL };
	struct outcome outcome;
	struct daemon daemon;
	char path[80];
	FILE *file;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	snprintf(path, sizeof(path), "%s/lines", daemon.directory);
	file = fopen(path, "w");
	fprintf(file, "add 1 2\nadd 3 4\nadd %0*d 1\nadd 5 6\n", 2 << 20, 1);
	fclose(file);
	outcome = batch("raw+unix", NULL, path, NULL);
	CHECK_INT(outcome.status, 64);
	CHECK_STR(outcome.out, "3\n7\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "line 3: it is longer than a line may be"));
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* The server is too busy for calls of one kind, and for nobody else's: each is named, for it alone
 * is to be made again, also where another failure is.  The others are answered. */
static void test_busy(void)
{
	static const char lines[] = "add 1 2\nmultiply 3 4\nevaluate 1\nmultiply 7 8\nadd 9 10\n";
	static const char *const errors[] = { "batch: line 2: multiply 3 via ",
					      "batch: line 3: evaluate 1 via ",
					      "batch: line 4: multiply 7 via " };
	static const struct {
		enum endpoint_protocol protocol;
		const char *fate;
	} refusals[] = {
		{ ENDPOINT_RAW, "The call was not executed: try again\n" },
		{ ENDPOINT_RPC,
		  "The call may have been executed. If twice does no harm, try again\n" },
	};

	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct outcome outcome;
		struct busy_server busy;

		busy_server_start(&busy, refusals[i].protocol, "/", RAW_MULTIPLY, 1);
		outcome = batch(busy.via, NULL, NULL, lines);
		CHECK_INT(outcome.status, 75);
		CHECK_STR(outcome.out, "3\n19\n");
		check_errors(outcome.error, errors);
		CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, refusals[i].fate));
		outcome_release(&outcome);
		busy_server_stop(&busy);
	}
}

/* ---- what is no batch ---- */

static void test_usage(void)
{
	static const struct {
		const char *file;
		int code;
		const char *why;
	} inputs[] = {
		{ "/nonexistent/lines", 71, "cannot read /nonexistent/lines: No such file" },
		{ "/", 71, "cannot read" },
	};
	const char *const argv[] = { program_path("sidecall"), "batch", "one", "two", NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, 64);
	outcome_release(&outcome);
	for (size_t i = 0; i < COUNT(inputs); i++) {
		outcome = batch("raw+pipe", NULL, inputs[i].file, NULL);
		CHECK_INT(outcome.status, inputs[i].code);
		CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, inputs[i].why));
		outcome_release(&outcome);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "what is in a batch", test_cases },
		{ "many lines", test_many },
		{ "JSON", test_json },
		{ "a slow writer", test_slow_writer },
		{ "a line beside a long call", test_line_beside_call },
		{ "a server that goes in the middle", test_failures },
		{ "a line that is too long", test_long_line },
		{ "a server that is busy", test_busy },
		{ "what is no batch", test_usage },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("batch", tests);
}
