/*
 * sidecall check of raw messages, as who learns to write a server uses it: by pipes and named
 * pipes, too.  A right server passes; one with a fault fails the case that is named for it, and is
 * told why; what hangs, floods or crashes is found in time, and nothing is left behind.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "common/endpoint.h"
#include "common/fork.h"
#include "compare/lab/wire.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/student.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what check says ---- */

/* What was found of all cases; of one of them. */
struct said {
	struct outcome outcome;
	json_t *cases; /* name: object */
	size_t passed, differs, failed;
};

static void take_line(struct said *said, const char *line)
{
	json_t *object = json_loads(line, 0, NULL);
	const char *verdict = json_string_value(json_object_get(object, "verdict"));

	if (!verdict) { /* why there are no cases */
		json_decref(object);
		return;
	}
	said->passed += strcmp(verdict, "pass") == 0;
	said->differs += strcmp(verdict, "differs") == 0;
	said->failed += strcmp(verdict, "fail") == 0;
	json_object_set_new(said->cases, json_string_value(json_object_get(object, "case")),
			    object);
}

static struct said said_by(const char *const argv[])
{
	struct said said = { .outcome = process_run(argv, NULL), .cases = json_object() };
	char *rest = NULL;

	for (char *line = strtok_r(said.outcome.out, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		take_line(&said, line);
	return said;
}

/* Of one case, or of all (NULL). */
static struct said check(const char *endpoint, const char *timeout, const char *name)
{
	const char *argv[] = {
		program_path("sidecall"),   "--timeout",        timeout,  "--json", "check",
		name ? "--case" : endpoint, name ? name : NULL, endpoint, NULL
	};

	return said_by(argv);
}

static void said_release(struct said *said)
{
	outcome_release(&said->outcome);
	json_decref(said->cases);
}

static const char *said_of(const struct said *said, const char *name, const char *what)
{
	const char *text = json_string_value(
		json_object_get(json_object_get(said->cases, name), what));

	return text ? text : "";
}

/* Its verdict, what was found and why begin so. */
static void check_case_is(const struct said *said, const char *fault, const char *name,
			  const char *verdict, const char *found, const char *why)
{
	CHECK_THAT(strcmp(said_of(said, name, "verdict"), verdict) == 0,
		   "%s: %s is %s: %s (%zu pass, %zu fail)", fault, name,
		   said_of(said, name, "verdict"), said_of(said, name, "found"), said->passed,
		   said->failed);
	CHECK_THAT(strstr(said_of(said, name, "found"), found), "%s: %s: %s, not %s", fault, name,
		   said_of(said, name, "found"), found);
	CHECK_THAT(strstr(said_of(said, name, "why"), why), "%s: %s: %s: %s, not %s", fault, name,
		   said_of(said, name, "found"), said_of(said, name, "why"), why);
}

static void check_all_pass(const struct said *said, size_t least)
{
	const char *name;
	json_t *object;

	CHECK_INT(said->outcome.status, 0);
	CHECK_THAT(said->passed >= least, "%zu pass", said->passed);
	json_object_foreach (said->cases, name, object)
		CHECK_THAT(strcmp(said_of(said, name, "verdict"), "pass") == 0, "%s: %s", name,
			   said_of(said, name, "found"));
}

/* ---- a directory, and the servers in it ---- */

static char directory[64];

static void enter_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/sidecall-raw-XXXXXX");
	if (!harness_directory(directory) || chdir(directory) < 0)
		CU_FAIL_FATAL("no directory");
}

static void leave_directory(void)
{
	CHECK_INT(chdir("/"), 0);
	remove_tree(directory);
}

/* How many names it has that end so. */
static int count_names(const char *end)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int count = 0;

	while (dir && (entry = readdir(dir)))
		count += strlen(entry->d_name) > strlen(end) &&
			 strcmp(entry->d_name + strlen(entry->d_name) - strlen(end), end) == 0;
	closedir(dir);
	return count;
}

/* ---- by pipes ---- */

/* Where this program is, which by another name is a student's server. */
static char self[4096];

static int as_student(const char *program)
{
	const char *name = strrchr(program, '/');

	return name && strncmp(name, "/student.", 9) == 0 ? student_serve_pipe(name + 9) : -1;
}

static struct said check_student(const char *fault, const char *timeout, const char *name)
{
	char program[64], endpoint[96];

	snprintf(program, sizeof(program), "student.%s", fault);
	unlink(program);
	CHECK_INT(symlink(self, program), 0);
	snprintf(endpoint, sizeof(endpoint), "raw+pipe:./%s", program);
	return check(endpoint, timeout, name);
}

static void test_pipe(void)
{
	struct said said;

	enter_directory();
	said = check("raw+pipe", "20", NULL);
	check_all_pass(&said, 84);
	said_release(&said);
	said = check("raw+pipe", "20", "welcome"); /* is one of named pipes */
	CHECK_INT(said.outcome.status, 64);
	said_release(&said);
	said = check_student("", "20", NULL);
	check_all_pass(&said, 84);
	said_release(&said);
	leave_directory();
}

static const struct {
	const char *fault, *timeout, *name, *found, *why;
} pipe_faults[] = {
	{ "late-words", "0.5", "answered-at-once",
	  "neither a reply nor the end of the connection in time", "" },
	{ "buffered", "2", "answered-at-once", "the reply comes when the input has ended",
	  "fflush(stdout)" },
	{ "goes-on", "2", "input-ends", "it goes on when its input has ended",
	  "a read that returns 0" },
	{ "bad-status", "20", "input-ends", "its input ended, and it did by status 3", "" },
	{ "crashes", "20", "half-call-then-end", "by signal 11 (Segmentation fault)", "" },
	{ "crashes", "20", "length-giant", "signal 11 (Segmentation fault) ended the", "" },
	{ "prints", "20", "no-input", "it is text, \"Server ready \"", "standard error" },
	{ "prints-late", "20", "call-then-end", "it is text, \"Server ready \"", "standard error" },
	{ "says-ok", "0.5", "null", "it is text, \"OK \"", "standard output" },
	{ "one-read", "0.5", "segment-half-call", "the connection", "one read was taken" },
	{ "counts-itself", "2", "answered-at-once", "the reply announces 12 bytes, and 8 came",
	  "counts itself" },
	{ "little-endian", "20", "null", "with its bytes exchanged it is 8", "htonl()" },
	{ "operation-first", "20", "version-first", "byte 7 of the reply is 02, and has to be 01",
	  "the operation is looked up" },
	{ "no-length", "20", "null",
	  "the reply has no length in front: where it should be stands the call's id",
	  "the reply is sent alone" },
	{ "no-length", "20", "id", "has no length in front", "the reply is sent alone" },
	{ "no-status", "20", "null", "it announces 6 bytes, and its header alone has 8",
	  "the status is missing" },
	{ "counts-result", "20", "null", "it announces 0 bytes", "that of the result alone" },
	{ "no-bit", "20", "null", "byte 4 of the reply is 00, and has to be 80",
	  "The highest bit is missing" },
	{ "own-id", "20", "null", "it answers id", "" },
	{ "wraps", "20", "add-overflow", "byte 9 of the reply is 00, and has to be 02",
	  "Ask before" },
	{ "floors", "20", "divide-truncates", "byte 17 of the reply is fc, and has to be fd",
	  "rounded down" },
	{ "traps", "20", "divide-overflow", "signal 8 (Floating point exception)",
	  "INT64_MIN by -1" },
	{ "one-status", "20", "divide-by-zero", "byte 7 of the reply is 01, and has to be 00",
	  "two statuses are taken for one" },
	{ "value-behind-failure", "20", "divide-by-zero", "has 18 bytes, and has to have 10",
	  "Nothing stands behind a failure" },
	{ "status-missing", "20", "add", "byte 15 of the reply is 2a", "status is missing" },
	{ "value-little-endian", "20", "add", "byte 10 of the reply is 2a", "htobe64()" },
	{ "position-from-1", "20", "evaluate-cut", "byte 13 of the reply is 03", "from 0" },
	{ "believes-lengths", "20", "string-lies", "byte 7 of the reply is 00, and has to",
	  "a length is believed" },
	{ "bytes-behind", "20", "null", "3 bytes came behind the reply, which belong to no message",
	  "sizeof(struct)" },
	{ "bytes-behind", "20", "add", "3 bytes came behind", "NUL" },
	{ "answers-twice", "20", "null", "a second message, of 8 bytes, came behind the reply",
	  "answered twice" },
	{ "half-reply", "20", "null", "the reply announces 8 bytes, and 4 came", "write the rest" },
};

static void test_pipe_faults(void)
{
	enter_directory();
	for (size_t i = 0; i < COUNT(pipe_faults); i++) {
		struct said said = check_student(pipe_faults[i].fault, pipe_faults[i].timeout,
						 pipe_faults[i].name);

		CHECK_INT(said.outcome.status, 2);
		check_case_is(&said, pipe_faults[i].fault, pipe_faults[i].name, "fail",
			      pipe_faults[i].found, pipe_faults[i].why);
		said_release(&said);
	}
	leave_directory();
}

/* What keeps its replies is told so by each case that waits for one. */
static void test_kept_replies(void)
{
	struct said said;

	enter_directory();
	said = check_student("buffered", "2", NULL);
	check_case_is(&said, "buffered", "input-ends", "fail",
		      "the reply comes when the input has ended", "fflush(stdout)");
	check_case_is(&said, "buffered", "call-then-end", "pass", "", "");
	check_case_is(&said, "buffered", "null", "fail", "a new run of the server answers nothing",
		      "the case answered-at-once says why");
	said_release(&said);
	leave_directory();
}

/* Behind half a call a server may end by any status. */
static void test_any_status(void)
{
	struct said said;

	enter_directory();
	said = check_student("bad-status", "20", "half-call-then-end");
	check_case_is(&said, "bad-status", "half-call-then-end", "pass", "it ended", "");
	CHECK_STR(said_of(&said, "half-call-then-end", "found"), "it ended");
	CHECK_STR(said_of(&said, "half-call-then-end", "expected"), "its end");
	said_release(&said);
	leave_directory();
}

/* All that servers left behind is ended, also what ignores SIGTERM, and what left its session. */
static void test_child_is_ended(void)
{
	static const char *const faults[] = { "leaves-child", "leaves-daemon" };

	for (size_t i = 0; i < COUNT(faults); i++) {
		struct said said;
		FILE *file;
		int pid = 0;

		enter_directory();
		said = check_student(faults[i], "2", "input-ends");
		check_case_is(&said, faults[i], "input-ends", "fail",
			      "it goes on when its input has ended",
			      "a process that the server started");
		file = fopen("child", "r");
		if (!file || fscanf(file, "%d", &pid) != 1)
			CU_FAIL_FATAL("no child was left");
		fclose(file);
		AWAIT(kill(pid, 0) < 0);
		CHECK_THAT(kill(pid, SIGKILL) < 0, "%s: process %d is still there", faults[i], pid);
		said_release(&said);
		leave_directory();
	}
}

/* Nothing that a server does keeps check from its end. */
static void test_pipe_hostile(void)
{
	static const struct {
		const char *fault, *found;
		const char *name; /* NULL: all cases */
	} rows[] = {
		{ "silent", "neither a reply nor the end of the connection in time", NULL },
		{ "floods", "what came is no message", "answered-at-once" },
		{ "gigabyte", "the length announces a reply longer than 1048576 bytes",
		  "answered-at-once" },
		{ "dies", "the server ended, by status 7", NULL },
	};
	struct said said;

	enter_directory();
	for (size_t i = 0; i < COUNT(rows); i++) {
		said = check_student(rows[i].fault, i ? "5" : "0.3", rows[i].name);
		CHECK_INT(said.outcome.status, 2);
		check_case_is(&said, rows[i].fault, "answered-at-once", "fail", rows[i].found, "");
		said_release(&said);
	}
	said = check("raw+pipe:./absent", "20", NULL);
	CHECK_INT(said.outcome.status, 69);
	CHECK_THAT(strstr(said.outcome.error, "cannot start the server, ./absent"), "%s",
		   said.outcome.error);
	said_release(&said);
	leave_directory();
}

/* Without sidecalld nobody knows what is right. */
static void test_no_reference(void)
{
	char *ours = strdup(getenv("SIDECALLD"));
	struct said said;

	enter_directory();
	setenv("SIDECALLD", "./absent", 1);
	said = check_student("", "20", NULL);
	CHECK_INT(said.outcome.status, 69);
	CHECK_THAT(strstr(said.outcome.error, "What is right is what sidecalld answers"), "%s",
		   said.outcome.error);
	said_release(&said);
	setenv("SIDECALLD", ours, 1);
	free(ours);
	leave_directory();
}

/* ---- by named pipes ---- */

static pid_t start_fifos(const char *fault)
{
	int ready[2];
	char byte;
	pid_t pid;

	CHECK_INT(mkfifo("raw.fifo", 0600), 0);
	CHECK_INT(pipe(ready), 0);
	pid = fork_tied();
	if (pid == 0)
		_exit(student_serve_fifos(directory, fault, ready[1]));
	CHECK_INT(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static struct said check_fifos(const char *fault, const char *timeout, const char *name)
{
	char endpoint[96];
	struct said said;
	pid_t pid;

	enter_directory();
	pid = start_fifos(fault);
	snprintf(endpoint, sizeof(endpoint), "raw+fifo:%s", directory);
	said = check(endpoint, timeout, name);
	CHECK_INT(count_names(".calls") + count_names(".replies"), 0);
	process_halt(pid, SIGKILL);
	leave_directory();
	return said;
}

static void test_fifo(void)
{
	static const char *const options[] = { "--listen", "raw+fifo", NULL };
	struct daemon daemon;
	struct said said;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	said = check(daemon_endpoint(&daemon, "raw+fifo"), "20", NULL);
	check_all_pass(&said, 88);
	said_release(&said);
	CHECK_INT(daemon_stop(&daemon), 0);
	said = check_fifos("", "20", NULL);
	check_all_pass(&said, 88);
	said_release(&said);
}

static void test_fifo_faults(void)
{
	static const struct {
		const char *fault, *timeout, *name, *verdict, *found, *why;
	} rows[] = {
		{ "waits-for-writer", "0.5", "welcome", "fail", "no greeting is written back",
		  "the calls are opened without O_NONBLOCK" },
		{ "opens-late", "20", "calls-opened-at-once", "fail", "does not have open",
		  "opened behind the welcome" },
		{ "takes-end", "2", "last-client-leaves", "fail", "named pipe",
		  "keep the well-known FIFO open for writing" },
		{ "takes-no-writer", "20", "welcome", "fail", "does not have open",
		  "when there is no writer yet" },
		{ "dies-with-client", "0.5", "greets-and-leaves", "fail", "", "open" },
		{ "one-read-greeting", "0.5", "no-greeting", "fail", "", "look for its line" },
		{ "one-client", "4", "two-clients", "differs", "the second client", "" },
		{ "greets-itself", "20", "welcome", "fail",
		  "18 bytes came for a welcome, and not the greeting's", "by one write" },
		{ "says-hello", "20", "no-greeting", "fail",
		  "the next client gets a wrong reply: it is text, \"hello\"", "" },
		{ "giant", "20", "welcome", "fail", "announces a reply longer than 1048576 bytes",
		  "" },
		{ "silent", "0.3", "welcome", "fail", "no greeting is written back", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct said said = check_fifos(rows[i].fault, rows[i].timeout, rows[i].name);

		check_case_is(&said, rows[i].fault, rows[i].name, rows[i].verdict, rows[i].found,
			      rows[i].why);
		CHECK_INT(said.outcome.status, strcmp(rows[i].verdict, "fail") == 0 ? 2 : 0);
		said_release(&said);
	}
}

/* Who is told to end while it waits removes its names first, and waits for nothing else. */
static void check_told_to_end(const char *fault, int signal)
{
	const char *argv[] = {
		program_path("sidecall"), "--timeout", "1000", "check", "raw+fifo:.", NULL
	};
	int in, out, error;
	struct outcome outcome;
	pid_t server, pid;

	enter_directory();
	server = start_fifos(fault);
	pid = process_start(argv, &in, &out, &error);
	close(in);
	AWAIT(count_names(".replies") > 0);
	kill(pid, signal);
	outcome = process_end(pid, out, error);
	CHECK_THAT(outcome.status == 128 + signal, "%s: %d", fault, outcome.status);
	CHECK_INT(count_names(".calls") + count_names(".replies"), 0);
	outcome_release(&outcome);
	process_halt(server, SIGKILL);
	leave_directory();
}

static void test_told_to_end(void)
{
	check_told_to_end("silent", SIGTERM);
	check_told_to_end("silent", SIGINT);
	check_told_to_end("mute", SIGINT);
}

static void test_no_fifo(void)
{
	struct said said;

	enter_directory();
	said = check("raw+fifo:.", "20", NULL);
	CHECK_INT(said.outcome.status, 69);
	said_release(&said);
	CHECK_INT(mkfifo("raw.fifo", 0600), 0);
	said = check("raw+fifo:.", "20", NULL);
	CHECK_INT(said.outcome.status, 69);
	CHECK_THAT(strstr(said.outcome.error, "nobody reads the named pipe"), "%s",
		   said.outcome.error);
	said_release(&said);
	leave_directory();
}

/* ---- by datagrams ---- */

static pid_t start_datagrams(const char *fault, char endpoint[64])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	pid_t pid;

	CHECK_INT(bind(fd, (struct sockaddr *)&address, length), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	snprintf(endpoint, 64, "raw+udp://127.0.0.1:%d", ntohs(address.sin_port));
	pid = fork_tied();
	if (pid == 0)
		_exit(student_serve_datagrams(fd, fault));
	close(fd);
	return pid;
}

/* A server that does not remember executes again what is sent again, for a reply got lost: nobody
 * forbids that. */
static void test_lost_replies(void)
{
	static const struct {
		const char *fault, *timeout, *verdict, *found;
	} rows[] = {
		{ "", "20", "pass", "SUCCESS" },
		{ "loses-a-reply", "6", "pass", "SUCCESS" },
		{ "loses-first-replies", "1.5", "differs", "was executed again" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char endpoint[64];
		pid_t pid = start_datagrams(rows[i].fault, endpoint);
		struct said said = check(endpoint, rows[i].timeout, "accumulate");

		check_case_is(&said, rows[i].fault, "accumulate", rows[i].verdict, rows[i].found,
			      "");
		CHECK_INT(said.outcome.status, 0);
		said_release(&said);
		process_halt(pid, SIGKILL);
	}
}

/* ---- less than all ---- */

/* For people, what is lacking is named at the end, once. */
static void check_lacks(const char *endpoint)
{
	const char *argv[] = {
		program_path("sidecall"), "--timeout", "20", "check", endpoint, NULL
	};
	struct outcome outcome = process_run(argv, NULL);

	CHECK_THAT(strstr(outcome.out,
			  " fail\nIt lacks evaluate, summarize, accumulate: a server may.\n"),
		   "%s", outcome.out);
	outcome_release(&outcome);
}

/* A server may lack what came later, and say so. */
static void test_less(void)
{
	static const char *const options[] = { "--listen", "raw+unix", "--calc-version", "1",
					       NULL };
	struct daemon daemon;
	struct said said;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	said = check(daemon_endpoint(&daemon, "raw+unix"), "20", NULL);
	CHECK_INT(said.outcome.status, 0);
	CHECK_INT(said.failed, 0);
	check_case_is(&said, "version 1", "add", "pass", "", "");
	check_case_is(&said, "version 1", "evaluate", "differs", "does not have this operation",
		      "");
	check_case_is(&said, "version 1", "array-lies", "differs", "", "");
	check_case_is(&said, "version 1", "accumulate-others", "differs", "", "");
	said_release(&said);
	check_lacks(daemon_endpoint(&daemon, "raw+unix"));
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- for people ---- */

/* An expression is shown as text, and what of it a server did not take. */
static void test_asked(void)
{
	static const char *const rows[][2] = {
		{ "add-large", "        asks   add 9223372036854775807 -9223372036854775808\n" },
		{ "evaluate-blanks", "        asks   evaluate \"  ( 1 +\\t2 ) * - 3 \"\n" },
		{ "evaluate-plus", "        asks   evaluate \"+1\"; SYNTAX at 0: \"+1\"\n" },
		{ "evaluate-cut", "        asks   evaluate \"1+\"; SYNTAX at 2\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *argv[] = { program_path("sidecall"),
				       "--timeout",
				       "20",
				       "check",
				       "-v",
				       "--case",
				       rows[i][0],
				       "raw+pipe",
				       NULL };
		struct outcome outcome = process_run(argv, NULL);

		CHECK_THAT(strstr(outcome.out, rows[i][1]), "%s: %s", rows[i][0], outcome.out);
		outcome_release(&outcome);
	}
}

/* ---- files ---- */

static struct said check_files(const char *endpoint, const char *root)
{
	const char *argv[] = { program_path("sidecall"),
			       "--timeout",
			       "20",
			       "--json",
			       "check",
			       "--root",
			       root,
			       endpoint,
			       NULL };

	return said_by(argv);
}

static void make_file(const char *directory_of_it, const char *name, const char *content)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory_of_it, name);
	file = fopen(path, "w");
	if (!file)
		CU_FAIL_FATAL("cannot make a file");
	fputs(content, file);
	fclose(file);
}

/* A directory of pages, a file, a link and one more. */
static void make_root(const char *root)
{
	char path[256];

	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "entry-%02d", i);
		make_file(root, path, "same");
	}
	snprintf(path, sizeof(path), "%s/link", root);
	CHECK_INT(symlink("entry-00", path), 0);
	snprintf(path, sizeof(path), "%s/within", root);
	CHECK_INT(mkdir(path, 0700), 0);
}

/* What serves another directory than it is said to is found out. */
static void test_files(void)
{
	static const char *const options[] = { "--listen", "raw+unix", NULL };
	struct daemon daemon;
	struct said said;

	enter_directory();
	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	make_root(daemon.root);
	said = check_files(daemon_endpoint(&daemon, "raw+unix"), daemon.root);
	check_all_pass(&said, 82 + 11 + 21);
	said_release(&said);
	make_root(directory);
	make_file(directory, "entry-00", "other");
	make_file(directory, "more", "");
	said = check_files(daemon_endpoint(&daemon, "raw+unix"), directory);
	CHECK_INT(said.outcome.status, 2);
	check_case_is(&said, "another root", "list", "fail", "it does not list more",
		      "a page does not go on behind its cookie");
	check_case_is(&said, "another root", "digest entry-00", "fail", "has to be", "");
	check_case_is(&said, "another root", "readlink link", "pass", "", "");
	said_release(&said);
	CHECK_INT(daemon_stop(&daemon), 0);
	leave_directory();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "right servers pass by pipes", test_pipe },
		{ "faults are named by pipes", test_pipe_faults },
		{ "replies that are kept are named", test_kept_replies },
		{ "half a call may end a server by any status", test_any_status },
		{ "a server's children are ended", test_child_is_ended },
		{ "hostile servers are found in time by pipes", test_pipe_hostile },
		{ "without sidecalld nothing is checked", test_no_reference },
		{ "right servers pass by named pipes", test_fifo },
		{ "faults are named by named pipes", test_fifo_faults },
		{ "who is told to end removes its names and does", test_told_to_end },
		{ "nobody is there by named pipes", test_no_fifo },
		{ "replies that get lost blame no server", test_lost_replies },
		{ "a server may have less", test_less },
		{ "what is asked is shown as text", test_asked },
		{ "files, where a directory is named", test_files },
		{ 0 },
	};
	int status = argc == 1 ? as_student(argv[0]) : -1;

	if (status >= 0)
		return status;
	if (!program_use_built() || !realpath("/proc/self/exe", self))
		return EXIT_FAILURE;
	return harness_run("check_raw", tests);
}
