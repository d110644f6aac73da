/* A program that is not ours, by its own contract and unmodified stubs, on the runtime's face: over
 * each transport, and with each of its errors. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "idl/calc.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- its server, as libtirpc has it ---- */

struct guestbook {
	pid_t pid;
	int out, error;
	char endpoint[200]; /* with its end of line cut off */
};

static bool guestbook_start(struct guestbook *guestbook, const char *transport, const char *path)
{
	const char *argv[] = { program_path("tests/stranger/stock"), transport, path, NULL };
	int in;
	ssize_t n;

	guestbook->pid = process_start(argv, &in, &guestbook->out, &guestbook->error);
	close(in);
	n = read(guestbook->out, guestbook->endpoint, sizeof(guestbook->endpoint) - 1);
	guestbook->endpoint[n > 0 ? n : 0] = '\0';
	guestbook->endpoint[strcspn(guestbook->endpoint, "\n")] = '\0';
	return n > 0;
}

static void guestbook_stop(struct guestbook *guestbook)
{
	struct outcome outcome;

	kill(guestbook->pid, SIGKILL);
	outcome = process_end(guestbook->pid, guestbook->out, guestbook->error);
	outcome_release(&outcome);
}

/* ---- its server, on the runtime ---- */

struct served_book {
	pid_t pid;
	int out, error;
	char text[1024]; /* what it printed */
	char *endpoints[8];
	int count;
};

/* Listens at these endpoints, which end with NULL.  False when it does not. */
static bool served_start(struct served_book *book, const char *const endpoints[])
{
	const char *argv[12] = { program_path("tests/stranger/server") };
	int in, wanted = 0;
	ssize_t n, length = 0;

	for (; endpoints[wanted]; wanted++)
		argv[1 + wanted] = endpoints[wanted];
	book->pid = process_start(argv, &in, &book->out, &book->error);
	close(in);
	book->count = 0;
	while (book->count < wanted &&
	       (n = read(book->out, book->text + length, sizeof(book->text) - 1 - length)) > 0) {
		length += n;
		book->text[length] = '\0';
		book->count = 0;
		for (const char *end = book->text; (end = strchr(end, '\n')); end++)
			book->count++;
	}
	for (int i = 0; i < book->count; i++)
		book->endpoints[i] = strtok(i ? NULL : book->text, "\n");
	return book->count == wanted;
}

/* It is told to end, and does. */
static void served_stop(struct served_book *book)
{
	struct outcome outcome;

	kill(book->pid, SIGTERM);
	outcome = process_end(book->pid, book->out, book->error);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(process_beyond_limit(outcome.error), "");
	outcome_release(&outcome);
}

/* ---- its client ---- */

/* `out` may be NULL: whatever it is. */
static void check_caller(const char *endpoint, const char *const words[3], int status,
			 const char *out, const char *error)
{
	const char *argv[] = { program_path("tests/stranger/caller"),
			       endpoint,
			       "60",
			       words[0],
			       words[1],
			       words[2],
			       NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_THAT(outcome.status == status, "%s: %d is %d: %s", endpoint, outcome.status, status,
		   outcome.error);
	if (out)
		CHECK_STR(outcome.out, out);
	CHECK_THAT(strstr(outcome.error, error) != NULL, "%s: \"%s\" has \"%s\"", endpoint,
		   outcome.error, error);
	outcome_release(&outcome);
}

static const char *const visit[3] = { "visit", "Ada \303\251" };
static const char visited[] =
	"Ada \303\251 3 -1 7, nobody\nAda \303\251 3 -1 7, us\nAda \303\251\n";
static const char visited_again[] =
	"Ada \303\251 3 -1 7, nobody\nAda \303\251 3 -1 7, us\n"
	"Ada \303\251 3 -1 7, nobody\nAda \303\251 3 -1 7, us\nAda \303\251\n";

/* Its three procedures, from libtirpc's server, by our runtime and by libtirpc's own. */
static void test_procedures(void)
{
	static const char *const transports[] = { "tcp", "udp", "unix" };
	char directory[] = "/tmp/sidecall-test-XXXXXX", path[64], endpoint[210];
	struct guestbook guestbook;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(path, sizeof(path), "%s/book.sock", directory);
	for (size_t i = 0; i < COUNT(transports); i++) {
		bool on_path = strcmp(transports[i], "unix") == 0;

		CU_ASSERT_FATAL(guestbook_start(&guestbook, transports[i], on_path ? path : NULL));
		check_caller(guestbook.endpoint, visit, 0, visited, "");
		snprintf(endpoint, sizeof(endpoint), "ti%s", guestbook.endpoint);
		check_caller(endpoint, visit, 0, visited_again, "");
		guestbook_stop(&guestbook);
	}
	remove_tree(directory);
}

/* The same, unchanged, on the runtime: by its unmodified stubs over each transport, and by
 * libtirpc's own client over those that it has. */
static void try_served(const char *endpoint)
{
	const char *const endpoints[] = { endpoint, NULL };
	struct served_book book;
	char by_tirpc[256];

	CU_ASSERT_FATAL(served_start(&book, endpoints));
	check_caller(book.endpoints[0], visit, 0, visited, "");
	if (strstr(endpoint, "tcp") || strstr(endpoint, "udp") || strstr(endpoint, "unix")) {
		snprintf(by_tirpc, sizeof(by_tirpc), "ti%s", book.endpoints[0]);
		check_caller(by_tirpc, visit, 0, visited_again, "");
	}
	served_stop(&book);
}

static void test_served(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", text[96];
	static const char *const paths[] = { "rpc+unix:%s/book.sock", "rpc+fifo:%s",
					     "rpc+shm:%s/book.shm" };

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	try_served("rpc+tcp://127.0.0.1:0");
	try_served("rpc+udp://127.0.0.1:0");
	for (size_t i = 0; i < COUNT(paths); i++) {
		snprintf(text, sizeof(text), paths[i], directory);
		try_served(text);
	}
	snprintf(text, sizeof(text), "rpc+pipe:%s", program_path("tests/stranger/server"));
	check_caller(text, visit, 0, visited, "");
	remove_tree(directory);
}

/* ---- what is said of its procedures ---- */

/* One that waits keeps nobody waiting, though one thread serves: it has begun when its pipe has a
 * reader, and ends when there is something to read. */
static void try_waiting(const char *endpoint, const char *path)
{
	const char *const argv[] = {
		program_path("tests/stranger/caller"), endpoint, "60", "await", path, NULL
	};
	struct outcome outcome;
	int in, out, error, pipe;
	pid_t pid = process_start(argv, &in, &out, &error);

	close(in);
	pipe = open(path, O_WRONLY | O_CLOEXEC);
	check_caller(endpoint, visit, 0, NULL, "");
	CHECK_INT(write(pipe, "at last\n", 8), 8);
	close(pipe);
	outcome = process_end(pid, out, error);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.out, "at last\n");
	outcome_release(&outcome);
}

static void test_waiting(void)
{
	static const char *const endpoints[] = { "rpc+tcp://127.0.0.1:0", "rpc+udp://127.0.0.1:0",
						 NULL };
	char directory[] = "/tmp/sidecall-test-XXXXXX", path[64];
	struct served_book book;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(path, sizeof(path), "%s/pipe", directory);
	CHECK_INT(mkfifo(path, 0600), 0);
	CU_ASSERT_FATAL(served_start(&book, endpoints));
	for (int i = 0; i < book.count; i++)
		try_waiting(book.endpoints[i], path);
	served_stop(&book);
	remove_tree(directory);
}

/* A socket that sends datagrams to the endpoint, or -1. */
static int connect_datagrams(const char *endpoint)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons(
					       (uint16_t)atoi(strrchr(endpoint, ':') + 1)) };
	const struct timeval limit = { .tv_sec = 60 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? fd : -1;
}

enum { SIGN = 1, READ = 2 };

/* Sends a call: to sign as "Ada", or to read.  The result's first word: how many entries there are;
 * or UINT32_MAX. */
static uint32_t send_call(int fd, uint32_t xid, uint32_t procedure)
{
	uint32_t call[14] = { xid, 0, 2, 0x20007117, 1, procedure, [10] = 3 }, reply[256] = { 0 };
	size_t words = procedure == SIGN ? 14 : 10;

	for (size_t i = 0; i < words; i++)
		call[i] = htonl(call[i]);
	memcpy(&call[11], "Ada", 4);
	if (send(fd, call, 4 * words, 0) < 0 || recv(fd, reply, sizeof(reply), 0) < 28 ||
	    reply[0] != call[0] || reply[5] != 0)
		return UINT32_MAX;
	return ntohl(reply[6]);
}

/* A call that must not be executed twice gets its first reply again; one that may be is. */
static void test_repeated(void)
{
	static const char *const endpoints[] = { "rpc+udp://127.0.0.1:0", NULL };
	struct served_book book;
	int fd;

	CU_ASSERT_FATAL(served_start(&book, endpoints));
	fd = connect_datagrams(book.endpoints[0]);
	CU_ASSERT_FATAL(fd >= 0);
	CHECK_INT(send_call(fd, 1, READ), 0);
	CHECK_INT(send_call(fd, 2, SIGN), 1);
	CHECK_INT(send_call(fd, 2, SIGN), 1);
	CHECK_INT(send_call(fd, 1, READ), 1);
	CHECK_INT(send_call(fd, 3, SIGN), 2);
	CHECK_INT(send_call(fd, 2, SIGN), 1);
	CHECK_INT(send_call(fd, 1, READ), 2);
	close(fd);
	served_stop(&book);
}

/* What it does not serve, and where it cannot listen. */
static void test_served_refusals(void)
{
	static const char *const endpoints[] = { "rpc+tcp://127.0.0.1:0", "rpc+udp://127.0.0.1:0",
						 NULL };
	static const char *const wrong[][2] = {
		{ "raw+tcp://127.0.0.1:0", "nothing is served by this protocol" },
		{ "rpc+pipe", "a pipe has no address" },
		{ "rpc+pigeon", "none of tcp, udp" },
		{ "rpc+unix:/nowhere/at/all", "No such file" },
	};
	const char *const other_version[3] = { "null", "536899863", "7" };
	const char *const other_program[3] = { "null", "536899864", "1" };
	struct served_book book;

	CU_ASSERT_FATAL(served_start(&book, endpoints));
	for (int i = 0; i < book.count; i++) {
		check_caller(book.endpoints[i], other_version, 1, "",
			     "low version = 1, high version = 1");
		check_caller(book.endpoints[i], other_program, 1, "", "Program unavailable");
	}
	served_stop(&book);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *argv[] = { program_path("tests/stranger/server"), wrong[i][0], NULL };
		struct outcome outcome = process_run(argv, NULL);

		CHECK_INT(outcome.status, 1);
		CHECK_THAT(strstr(outcome.error, wrong[i][1]) != NULL, "%s: %s", wrong[i][0],
			   outcome.error);
		outcome_release(&outcome);
	}
}

static const char *number(unsigned long value, char text[16])
{
	snprintf(text, 16, "%lu", value);
	return text;
}

/* By every transport there is: any server has procedure 0. */
static void test_transports(void)
{
	char program[16];
	const char *const null[3] = { "null", number(CALC_PROG, program), "1" };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	for (unsigned int i = 0; i < daemon.count; i++)
		if (strncmp(daemon.endpoints[i], "rpc", 3) == 0)
			check_caller(daemon.endpoints[i], null, 0, "", "");
		else
			check_caller(daemon.endpoints[i], null, EX_USAGE, "",
				     "a CLIENT speaks rpc");
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* A pipe's program is named. */
static void test_pipe(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", path[64], endpoint[96], program[16];
	const char *const null[3] = { "null", number(CALC_PROG, program), "1" };
	FILE *script;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(path, sizeof(path), "%s/serve", directory);
	script = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(script);
	fprintf(script, "#!/bin/sh\nexec %s --stdio rpc\n", program_path("sidecalld"));
	fclose(script);
	chmod(path, 0700);
	snprintf(endpoint, sizeof(endpoint), "rpc+pipe:%s", path);
	check_caller(endpoint, null, 0, "", "");
	remove_tree(directory);
}

/* Why there is no CLIENT, or no reply; and how the caller is told. */
static void test_errors(void)
{
	static const struct {
		const char *endpoint;
		int status, error;
		const char *text;
	} cases[] = {
		{ "rpc+pigeon", EX_USAGE, 0, "none of tcp, udp" },
		{ "raw+tcp://127.0.0.1", EX_USAGE, 0, "a CLIENT speaks rpc" },
		{ "rpc+pipe", EX_USAGE, 0, "rpc+pipe:PROGRAM" },
		{ "rpc+unix:/nowhere/at/all", EX_UNAVAILABLE, ENOENT,
		  "cannot connect to the socket" },
		{ "tirpc+unix:/nowhere/at/all", EX_UNAVAILABLE, ENOENT, "cannot connect" },
		{ "rpc+shm:/nowhere/at/all", EX_UNAVAILABLE, ENOENT,
		  "cannot connect to the socket" },
		{ "rpc+fifo:/nowhere/at/all", EX_UNAVAILABLE, ENOENT, "cannot meet the server" },
		{ "rpc+pipe:/nowhere/at/all", EX_UNAVAILABLE, ENOENT, "cannot start the server" },
		{ "rpc+tcp://127.0.0.1:1", EX_UNAVAILABLE, ECONNREFUSED, "cannot connect to" },
		{ "rpc+udp://nobody.invalid:1", EX_NOHOST, 0, "nobody.invalid is not known" },
	};
	const char *const null[3] = { "null", "7", "1" };
	char said[80];

	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(said, sizeof(said), "(errno %d)", cases[i].error);
		check_caller(cases[i].endpoint, null, cases[i].status, "", cases[i].text);
		check_caller(cases[i].endpoint, null, cases[i].status, "", said);
	}
}

static void test_refusals(void)
{
	const char *const other_version[3] = { "null", "536899863", "7" };
	const char *const other_program[3] = { "null", "536899864", "1" };
	struct guestbook guestbook;

	CU_ASSERT_FATAL(guestbook_start(&guestbook, "tcp", NULL));
	check_caller(guestbook.endpoint, other_version, 1, "", "low version = 1, high version = 1");
	check_caller(guestbook.endpoint, other_program, 1, "", "Program unavailable");
	guestbook_stop(&guestbook);
}

int main(void)
{
	static const struct test tests[] = {
		{ "its procedures", test_procedures },
		{ "its procedures, on the runtime", test_served },
		{ "a procedure that waits", test_waiting },
		{ "a procedure that must not be repeated", test_repeated },
		{ "what the runtime refuses", test_served_refusals },
		{ "every transport", test_transports },
		{ "a pipe's program", test_pipe },
		{ "why there is no client", test_errors },
		{ "what the server refuses", test_refusals },
		{ NULL, NULL },
	};

	if (!program_use_built())
		return EXIT_FAILURE;
	return harness_run("stranger", tests);
}
