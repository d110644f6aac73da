/*
 * sidecall check: ours pass every case; libtirpc's own server fails those that are known and no
 * others; servers with planted faults, and such as keep silent or flood, are found out in time.
 */
#include "check/arguments.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "common/fork.h"
#include "compare/lab/wire.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define RPC          "rpc+tcp://127.0.0.1:0"
#define RAW          "raw+tcp://127.0.0.1:0"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what check says ---- */

static struct outcome check_by(const char *idl, const char *program, const char *endpoint)
{
	const char *argv[] = { program_path("sidecall"),
			       "--timeout",
			       "20",
			       "--json",
			       "check",
			       "--idl",
			       idl,
			       endpoint,
			       program,
			       NULL };

	return process_run(argv, NULL);
}

static struct outcome check(const char *timeout, const char *endpoint)
{
	const char *argv[] = {
		program_path("sidecall"), "--timeout", timeout, "--json", "check", endpoint, NULL
	};

	return process_run(argv, NULL);
}

/* "VERDICT NAME" of each line, with a blank behind; of those that pass only how many. */
static size_t summarize(char *out, char *text, size_t size)
{
	size_t passed = 0, length = 0;
	char *rest = NULL;

	text[0] = '\0';
	for (char *line = strtok_r(out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *object = json_loads(line, 0, NULL);
		const char *verdict = json_string_value(json_object_get(object, "verdict"));
		const char *name = json_string_value(json_object_get(object, "case"));

		if (verdict && name && strcmp(verdict, "pass") == 0)
			passed++;
		else if (json_object_get(object, "summary"))
			;
		else if (length < size)
			length += (size_t)snprintf(text + length, size - length, "%s %s ",
						   verdict ? verdict : "?", name ? name : line);
		json_decref(object);
	}
	return passed;
}

static void check_outcome(struct outcome outcome, const char *endpoint, const char *expected,
			  size_t passing, int status)
{
	char text[4096];

	CHECK_INT(outcome.status, status);
	CHECK_INT(summarize(outcome.out, text, sizeof(text)), passing);
	CHECK_STR(text, expected);
	if (outcome.status != status)
		printf("%s: %s\n", endpoint, outcome.error);
	outcome_release(&outcome);
}

static void check_says(const char *endpoint, const char *expected, size_t passing, int status)
{
	check_outcome(check("20", endpoint), endpoint, expected, passing, status);
}

static void check_contract_says(const char *endpoint, const char *idl, const char *program,
				const char *expected, size_t passing, int status)
{
	check_outcome(check_by(idl, program, endpoint), endpoint, expected, passing, status);
}

/* ---- real servers ---- */

static void test_ours_raw(void)
{
	static const char *const options[] = {
		"--listen", RAW, "--listen", "raw+udp://127.0.0.1:0", "--listen", "raw+unix", NULL
	};
	struct daemon daemon;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	check_says(daemon_endpoint(&daemon, "raw+tcp"), "", 85, 0);
	check_says(daemon_endpoint(&daemon, "raw+udp"), "", 75, 0);
	check_says(daemon_endpoint(&daemon, "raw+unix"), "", 85, 0);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_ours(void)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0",
					       "--listen", "rpc+udp://127.0.0.1:0",
					       "--listen", "rpc+unix",
					       NULL };
	struct daemon daemon;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	check_says(daemon_endpoint(&daemon, "rpc+tcp"), "", 102, 0);
	check_says(daemon_endpoint(&daemon, "rpc+udp"), "", 92, 0);
	check_says(daemon_endpoint(&daemon, "rpc+unix"), "", 102, 0);
	check_contract_says(daemon_endpoint(&daemon, "rpc+tcp"), "idl/calc.x", "CALC_PROG", "", 134,
			    0);
	check_contract_says(daemon_endpoint(&daemon, "rpc+udp"), "idl/fileinfo.x", "FILEINFO_PROG",
			    "", 65, 0);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* One finding, and nothing that was not tried. */
static void check_other_reports(const char *endpoint)
{
	static const char *const rows[][2] = {
		{ "--format=tap", "\n  ...\nBail out! The server speaks raw messages\n" },
		{ "--format=junit", " tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\">\n" },
		{ "-v",
		  "\n0 pass, 0 differ, 1 fail; no more is tried, for the server speaks raw " },
		{ "--hostile", "1 fail; no more is tried, for the server speaks raw messages\n" },
		{ "--case=xid", "1 fail; no more is tried, for the server speaks raw messages\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *argv[] = { program_path("sidecall"),
				       "--timeout",
				       "20",
				       "check",
				       rows[i][0],
				       endpoint,
				       NULL };
		struct outcome outcome = process_run(argv, NULL);

		CHECK_INT(outcome.status, 2);
		CHECK_THAT(strstr(outcome.out, rows[i][1]), "%s: %s", endpoint, outcome.out);
		CHECK_THAT(!strstr(outcome.out, "not tried"), "%s: %s", endpoint, outcome.out);
		outcome_release(&outcome);
	}
}

/* Who is asked in the other protocol is no bad server. */
static void test_other_protocol(void)
{
	static const struct {
		const char *listen, *ask, *said;
	} rows[] = {
		{ "raw+tcp", "rpc+tcp",
		  "speaks raw messages: sidecall check raw+tcp://127.0.0.1:" },
		{ "rpc+tcp", "raw+tcp", "speaks rpc: sidecall check rpc+tcp://127.0.0.1:" },
		{ "rpc+udp", "raw+udp", "speaks rpc: sidecall check rpc+udp://127.0.0.1:" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char listen[64], ask[64];
		const char *options[] = { "--listen", listen, NULL };
		struct outcome outcome;
		struct daemon daemon;

		snprintf(listen, sizeof(listen), "%s://127.0.0.1:0", rows[i].listen);
		if (!daemon_start(&daemon, NULL, options))
			CU_FAIL_FATAL("the daemon does not start");
		snprintf(ask, sizeof(ask), "%s", daemon_endpoint(&daemon, rows[i].listen));
		memcpy(ask, rows[i].ask, strlen(rows[i].ask));
		outcome = check(i == 2 ? "3" : "20", ask);
		CHECK_INT(outcome.status, 2);
		CHECK_THAT(strstr(outcome.out, rows[i].said), "%s: %s", ask, outcome.out);
		CHECK_THAT(strstr(outcome.out, "\"not_tried\":0"), "%s: %s", ask, outcome.out);
		outcome_release(&outcome);
		if (i == 0) /* it closes at once */
			check_other_reports(ask);
		CHECK_INT(daemon_stop(&daemon), 0);
	}
}

/*
 * What libtirpc 1.3 does: it closes, or drops the datagram, instead of denying another version of
 * RPC (svc_vc_recv, svc_dg_recv: xdr_callmsg() fails); it takes no empty fragment but the last
 * (set_input_fragment in xdr_rec.c); and it reads beyond a datagram, into the one before.  One of
 * more than 8,800 bytes is cut.
 */
static void test_stock(void)
{
	static const char streams[] = "fail rpc-version-1 fail rpc-version-3 "
				      "differs arguments-behind "
				      "fail fragment-empty-first fail fragment-empty ";
	static const char datagrams[] = "fail rpc-version-1 fail rpc-version-3 "
					"differs arguments-behind fail header-cut "
					"fail credential-lies fail verifier-lies "
					"differs summarize-most ";
	static const char files[] = "fail rpc-version-1 fail rpc-version-3 "
				    "differs arguments-behind "
				    "fail fragment-empty-first fail fragment-empty "
				    "differs FILEINFO_STAT behind "
				    "differs FILEINFO_STAT padding args "
				    "differs FILEINFO_LIST behind "
				    "differs FILEINFO_LIST padding args.directory "
				    "differs FILEINFO_READLINK behind "
				    "differs FILEINFO_READLINK padding args "
				    "differs FILEINFO_DIGEST behind "
				    "differs FILEINFO_DIGEST padding args "
				    "differs FILEINFO_SPACE behind "
				    "differs FILEINFO_SPACE padding args ";
	/* What stands behind accumulate's arguments by chance is no register's name. */
	static const char arguments[] = "fail rpc-version-1 fail rpc-version-3 "
					"differs arguments-behind fail header-cut "
					"fail credential-lies fail verifier-lies "
					"differs summarize-most "
					"fail CALC_ADD missing fail CALC_ADD cut "
					"differs CALC_ADD behind "
					"fail CALC_SUBTRACT missing fail CALC_SUBTRACT cut "
					"differs CALC_SUBTRACT behind "
					"fail CALC_MULTIPLY missing fail CALC_MULTIPLY cut "
					"differs CALC_MULTIPLY behind "
					"fail CALC_DIVIDE missing fail CALC_DIVIDE cut "
					"differs CALC_DIVIDE behind "
					"fail CALC_EVALUATE missing fail CALC_EVALUATE cut "
					"differs CALC_EVALUATE behind "
					"fail CALC_EVALUATE length-beyond args "
					"differs CALC_EVALUATE padding args "
					"fail CALC_SUMMARIZE missing fail CALC_SUMMARIZE cut "
					"differs CALC_SUMMARIZE behind "
					"fail CALC_SUMMARIZE length-beyond args "
					"fail CALC_ACCUMULATE cut "
					"differs CALC_ACCUMULATE behind "
					"fail CALC_ACCUMULATE length-beyond args.name "
					"differs CALC_ACCUMULATE padding args.name ";
	struct daemon daemon;

	/* libtirpc forgets what it has decoded of arguments that end early. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	if (!daemon_start_stock(&daemon, NULL))
		CU_FAIL_FATAL("the daemon does not start");
	unsetenv("ASAN_OPTIONS");
	check_says(daemon_endpoint(&daemon, "tirpc+tcp"), streams, 97, 2);
	check_says(daemon_endpoint(&daemon, "tirpc+udp"), datagrams, 85, 2);
	check_says(daemon_endpoint(&daemon, "tirpc+unix"), streams, 97, 2);
	check_contract_says(daemon_endpoint(&daemon, "tirpc+tcp"), "idl/fileinfo.x",
			    "FILEINFO_PROG", files, 59, 2);
	check_contract_says(daemon_endpoint(&daemon, "tirpc+udp"), "idl/calc.x", "CALC_PROG",
			    arguments, 92, 2);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- servers with a fault ---- */

/* Answers a null call, however it is asked. */
static void answer(int fd, const uint8_t *call, uint32_t result)
{
	uint8_t reply[32] = { 0x80, 0, 0, 24 };

	memcpy(reply + 4, call, 4);
	reply[11] = 1;
	reply[27] = (uint8_t)result;
	if (send(fd, reply, 28, MSG_NOSIGNAL) < 0)
		return;
}

static void serve_nothing(int fd)
{
	char byte[64];

	while (recv(fd, byte, sizeof(byte), 0) > 0)
		;
}

/* Takes what one read returns for a call, and answers that as often as there may be calls in it. */
static void serve_a_read(int fd)
{
	uint8_t bytes[1024] = { 0 };
	ssize_t length;

	while ((length = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		for (ssize_t i = 0; i < length; i += 44)
			answer(fd, bytes + 4, 0);
}

static void serve_another_xid(int fd)
{
	uint8_t bytes[1024];

	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		answer(fd, bytes + 8, 0);
}

static void serve_no_status(int fd)
{
	uint8_t bytes[1024];

	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		answer(fd, bytes + 4, 99);
}

static void serve_text(int fd)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

	while (send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL) > 0)
		;
}

/* A reply without an end, in fragments of nothing. */
static void serve_empty_fragments(int fd)
{
	static const uint8_t nothing[4096];

	while (send(fd, nothing, sizeof(nothing), MSG_NOSIGNAL) > 0)
		;
}

/* Some of them, and the end. */
static void serve_some_empty(int fd)
{
	static const uint8_t nothing[4096];
	uint8_t call[64];

	if (recv(fd, call, sizeof(call), 0) > 0 &&
	    send(fd, nothing, sizeof(nothing), MSG_NOSIGNAL) > 0)
		shutdown(fd, SHUT_WR);
}

/* A reply without an end, in fragments of a byte each. */
static void serve_byte_fragments(int fd)
{
	uint8_t bytes[5 * 1024] = { 0 };

	for (size_t i = 0; i < sizeof(bytes); i += 5)
		bytes[i + 3] = 1;
	while (send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0)
		;
}

static void serve_gigabyte(int fd)
{
	static const uint8_t mark[4096] = { 0xbf, 0xff, 0xff, 0xff };

	while (send(fd, mark, sizeof(mark), MSG_NOSIGNAL) > 0)
		;
}

static void serve_end(int fd)
{
	(void)fd;
}

/* One connection after the other, until it is killed. */
static void serve_all(int listener, void (*serve)(int fd))
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			_exit(EXIT_FAILURE);
		serve(fd);
		close(fd);
	}
}

static pid_t start_faulty(struct endpoint *endpoint, const char *where, void (*serve)(int fd))
{
	int listener;
	pid_t pid;

	if (endpoint_parse(endpoint, where))
		return -1;
	listener = wire_listen(endpoint);
	pid = fork_tied();
	if (pid == 0)
		serve_all(listener, serve);
	close(listener);
	return pid;
}

/* ---- raw servers ---- */

static void serve_null(int fd, uint8_t bit, uint8_t length)
{
	uint8_t bytes[1024];

	while (recv(fd, bytes, sizeof(bytes), 0) > 0) {
		uint8_t reply[16] = { 0, 0, 0, length };

		memcpy(reply + 4, bytes + 4, 4);
		reply[8] = bit;
		if (send(fd, reply, 4U + length, MSG_NOSIGNAL) < 0)
			return;
	}
}

static void serve_no_bit(int fd)
{
	serve_null(fd, 0, 8);
}

static void serve_too_much(int fd)
{
	serve_null(fd, 0x80, 9);
}

/* Answers null whatever comes, and takes a read for a message. */
static void serve_null_alone(int fd)
{
	serve_null(fd, 0x80, 8);
}

/* What the first line says. */
static void take_found(const char *out, char *found, size_t size)
{
	json_t *object = json_loads(out, JSON_DISABLE_EOF_CHECK, NULL);
	const char *text = json_string_value(json_object_get(object, "found"));

	snprintf(found, size, "%s", text ? text : "");
	json_decref(object);
}

/* None of them is served beyond the first case: it says what is wrong, and that is the end. */
static void test_faults(void)
{
	static const struct {
		void (*serve)(int fd);
		const char *where, *timeout, *found;
	} rows[] = {
		{ serve_no_bit, RAW, "20", "byte 4 of the reply is 00, and has to be 80" },
		{ serve_too_much, RAW, "20", "the reply has 9 bytes, and has to have 8" },
		{ serve_nothing, RAW, "0.2", "neither a reply nor the end of the connection" },
		{ serve_text, RAW, "20", "it is text, \"HTTP/1.1 400 Bad Request\"" },
		{ serve_gigabyte, RAW, "20", "the length announces a reply longer" },
		{ serve_nothing, RPC, "0.2",
		  "neither a reply nor the end of the connection in time" },
		{ serve_empty_fragments, RPC, "20", "the reply does not end: " },
		{ serve_some_empty, RPC, "20",
		  "within a reply: 1024 empty fragments came, and no last one" },
		{ serve_byte_fragments, RPC, "20",
		  "the fragments of the reply are together longer than 1048576 bytes" },
		{ serve_text, RPC, "20",
		  "the record mark announces a reply longer than 1048576 bytes" },
		{ serve_gigabyte, RPC, "20",
		  "the record mark announces a reply longer than 1048576 bytes" },
		{ serve_end, RPC, "20", "it closed the connection" },
		{ serve_another_xid, RPC, "20", "it answers xid 00000000, and was asked 5ca11001" },
		{ serve_no_status, RPC, "20", "there is no accept_stat 99" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char name[ENDPOINT_MAX_TEXT], found[512];
		struct endpoint endpoint;
		pid_t pid = start_faulty(&endpoint, rows[i].where, rows[i].serve);
		struct outcome outcome;

		endpoint_format(&endpoint, name);
		outcome = check(rows[i].timeout, name);
		CHECK_THAT(outcome.status == 2, "%s: exit status %d", rows[i].found,
			   outcome.status);
		if (rows[i].serve == serve_empty_fragments) /* nobody waits for that again */
			CHECK_THAT(strstr(outcome.out, "\"not_tried\":101"), "%s", outcome.out);
		take_found(outcome.out, found, sizeof(found));
		CHECK_THAT(strstr(found, rows[i].found), "%s: not %s", found, rows[i].found);
		outcome_release(&outcome);
		process_halt(pid, SIGKILL);
	}
}

/* Who takes a read for a message passes what is sent in one piece, and fails the rest. */
static void test_read_as_message(void)
{
	struct endpoint endpoint;
	char name[ENDPOINT_MAX_TEXT], text[2048];
	pid_t pid = start_faulty(&endpoint, RPC, serve_a_read);
	struct outcome outcome;

	endpoint_format(&endpoint, name);
	outcome = check("1", name);
	CHECK_INT(outcome.status, 2);
	summarize(outcome.out, text, sizeof(text));
	CHECK_THAT(!strstr(text, "fail null "), "%s", text);
	CHECK_THAT(strstr(text, "fail program-unknown "), "%s", text);
	CHECK_THAT(strstr(text, "fail fragment-empty-first "), "%s", text);
	CHECK_THAT(strstr(text, "fail calls-together "), "%s", text);
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
}

static void test_raw_read_as_message(void)
{
	struct endpoint endpoint;
	char name[ENDPOINT_MAX_TEXT], text[2048];
	pid_t pid = start_faulty(&endpoint, RAW, serve_null_alone);
	struct outcome outcome;

	endpoint_format(&endpoint, name);
	outcome = check("1", name);
	CHECK_INT(outcome.status, 2);
	summarize(outcome.out, text, sizeof(text));
	CHECK_THAT(!strstr(text, "fail null "), "%s", text);
	CHECK_THAT(strstr(text, "fail add "), "%s", text);
	CHECK_THAT(strstr(text, "fail reply "), "%s", text);
	CHECK_THAT(strstr(text, "fail calls-together "), "%s", text);
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
}

/* ---- copies of a datagram ---- */

static void serve_datagrams(int fd, bool (*answers)(uint64_t call, unsigned int *times))
{
	struct sockaddr_storage peer;
	uint8_t bytes[1024];

	for (;;) {
		socklen_t size = sizeof(peer);
		ssize_t length = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&peer,
					  &size);
		uint8_t reply[24] = { 0 };
		unsigned int times = 1;

		/* The port stands behind the family; with the xid it names a call. */
		if (length < 8 ||
		    !answers((uint64_t)channel_id_of(&peer) << 32 | channel_id_of(bytes), &times))
			continue;
		memcpy(reply, bytes, 4);
		reply[7] = 1;
		for (unsigned int i = 0; i < times; i++)
			sendto(fd, reply, sizeof(reply), 0, (struct sockaddr *)&peer, size);
		if (!times) /* this was the last one */
			_exit(sendto(fd, reply, sizeof(reply), 0, (struct sockaddr *)&peer, size) <
			      0);
	}
}

static bool answers_twice(uint64_t call, unsigned int *times)
{
	(void)call;
	*times = 2;
	return true;
}

/* What it has answered it does not answer again. */
static bool answers_new(uint64_t call, unsigned int *times)
{
	static uint64_t before;
	const bool known = call == before;

	(void)times;
	before = call;
	return !known;
}

static void check_copies(bool (*answers)(uint64_t call, unsigned int *times), const char *expected)
{
	struct endpoint endpoint;
	char name[ENDPOINT_MAX_TEXT], text[2048];
	struct outcome outcome;
	int fd;
	pid_t pid;

	endpoint_parse(&endpoint, "rpc+udp://127.0.0.1:0");
	fd = wire_listen(&endpoint);
	pid = fork_tied();
	if (pid == 0)
		serve_datagrams(fd, answers);
	close(fd);
	endpoint_format(&endpoint, name);
	outcome = check("20", name);
	summarize(outcome.out, text, sizeof(text));
	CHECK_THAT(strncmp(text, expected, strlen(expected)) == 0, "not %s: %s", expected, text);
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
}

/* One call finds the version; the next is the first of a case. */
static bool answers_two_and_ends(uint64_t call, unsigned int *times)
{
	static unsigned int count;

	(void)call;
	*times = ++count < 2;
	return true;
}

/* Nothing but that: late replies and second ones are none to what is asked then. */
static void test_copies(void)
{
	check_copies(answers_twice, "fail answered-once fail twice fail rpc-version-1 ");
	check_copies(answers_new, "differs twice fail rpc-version-1 ");
	/* Who answers, and ends, is found by the case that ended it. */
	check_copies(answers_two_and_ends, "fail null ");
}

/* ---- who is right, but slow ---- */

#define SLOW INT64_C(60000000) /* nanoseconds */

static void relay_slowly(int from, int to)
{
	const struct timespec pause = { .tv_nsec = SLOW };
	uint8_t bytes[65536];
	ssize_t length;

	while ((length = recv(from, bytes, sizeof(bytes), 0)) > 0) {
		nanosleep(&pause, NULL);
		if (send(to, bytes, (size_t)length, MSG_NOSIGNAL) != length)
			break;
	}
	shutdown(to, SHUT_WR);
}

static const struct endpoint *slow_from;

/* The server itself, with each reply late. */
static void serve_late(int fd)
{
	struct wire wire;
	pid_t there;

	if (fork_tied())
		return;
	wire_connect(&wire, slow_from);
	there = fork_tied();
	if (there)
		relay_slowly(wire.in, fd);
	else
		relay_slowly(fd, wire.out);
	_exit(0);
}

static json_t *last_object(char *out)
{
	char *end = strrchr(out, '\n');

	if (end)
		*end = '\0';
	end = strrchr(out, '\n');
	return json_loads(end ? end + 1 : out, 0, NULL);
}

static json_int_t count_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* That nothing failed of what was tried is no success. */
static void test_unfinished(void)
{
	static const char *const options[] = { "--listen", RPC, NULL };
	char name[ENDPOINT_MAX_TEXT];
	struct endpoint server, endpoint;
	struct outcome outcome;
	struct daemon daemon;
	json_t *summary;
	pid_t pid;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	endpoint_parse(&server, daemon_endpoint(&daemon, "rpc+tcp"));
	slow_from = &server;
	pid = start_faulty(&endpoint, RPC, serve_late);
	endpoint_format(&endpoint, name);
	outcome = check("0.2", name);
	CHECK_INT(outcome.status, 2);
	summary = last_object(outcome.out);
	CHECK_THAT(json_is_true(json_object_get(summary, "summary")), "%s", outcome.out);
	CHECK_STR(json_string_value(json_object_get(summary, "endpoint")), name);
	CHECK_INT(count_of(summary, "program"), CALC_PROG);
	CHECK_INT(count_of(summary, "planned"), 102);
	CHECK_THAT(count_of(summary, "not_tried") > 0, "%s", outcome.out);
	CHECK_INT(count_of(summary, "passed") + count_of(summary, "differs") +
			  count_of(summary, "failed") + count_of(summary, "not_tried"),
		  102);
	json_decref(summary);
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_absent(void)
{
	struct outcome outcome = check("20", "rpc+unix:/nonexistent/socket");
	char name[ENDPOINT_MAX_TEXT], found[512];
	struct endpoint endpoint;

	CHECK_INT(outcome.status, 69);
	outcome_release(&outcome);
	endpoint_parse(&endpoint, "rpc+udp://127.0.0.1:0");
	close(wire_listen(&endpoint));
	endpoint_format(&endpoint, name);
	outcome = check("20", name);
	CHECK_INT(outcome.status, 2);
	take_found(outcome.out, found, sizeof(found));
	CHECK_THAT(strstr(found, "no connection can be made"), "%s", found);
	outcome_release(&outcome);
	outcome = check("20", "raw+shm");
	CHECK_INT(outcome.status, 64);
	outcome_release(&outcome);
}

/* What a server says that it does not serve is not held against it. */
static void test_not_served(void)
{
	static const char *const options[] = { "--listen", RPC, "--listen", "rpc+udp://127.0.0.1:0",
					       NULL };
	static const struct {
		const char *endpoint, *program, *said;
	} rows[] = {
		{ "rpc+tcp", "4711", "this server does not serve program 4711. Name one" },
		{ "rpc+udp", "4711", "this server does not serve program 4711. Name one" },
		{ "rpc+tcp", "748797952.7",
		  "this server does not serve version 7 of program 748797952, but 1 to 2. Name" },
		{ "rpc+tcp", "789700608.7",
		  "this server does not serve version 7 of program 789700608, but 1. Name one" },
	};
	struct daemon daemon;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *argv[] = { program_path("sidecall"),
				       "--timeout",
				       "20",
				       "check",
				       daemon_endpoint(&daemon, rows[i].endpoint),
				       rows[i].program,
				       NULL };
		struct outcome outcome = process_run(argv, NULL);

		CHECK_INT(outcome.status, 69);
		CHECK_STR(outcome.out, "");
		CHECK_THAT(strstr(outcome.error, rows[i].said), "not %s: %s", rows[i].said,
			   outcome.error);
		outcome_release(&outcome);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Its server may be anybody's, and stands behind the options: nothing is said of --via. */
static void test_advice(void)
{
	static const struct {
		const char *words[4];
		int status;
		const char *said;
	} rows[] = {
		{ { "rpc+unix:/nonexistent/socket" },
		  69,
		  "No server is there: start its server, or name its path. " },
		{ { "raw+unix:/nonexistent/socket" },
		  69,
		  "No server is there: start its server, or name its path. " },
		{ { "--hostile", "--root", "/", "raw+unix:/nonexistent/socket" },
		  64,
		  "leave out --root" },
		{ { "--yes-it-is-mine", "rpc+unix:/nonexistent/socket" },
		  64,
		  "what --hostile does" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *argv[8] = { program_path("sidecall"), "check" };
		struct outcome outcome;

		memcpy(argv + 2, rows[i].words, sizeof(rows[i].words));
		outcome = process_run(argv, NULL);
		CHECK_INT(outcome.status, rows[i].status);
		CHECK_THAT(strstr(outcome.error, rows[i].said), "not %s: %s", rows[i].said,
			   outcome.error);
		CHECK_THAT(!strstr(outcome.error, "--via"), "%s", outcome.error);
		outcome_release(&outcome);
	}
}

/* ---- replies, byte by byte ---- */

static void test_replies(void)
{
	static const struct {
		const char *bytes;
		enum check_outcome outcome;
		size_t at, length;
	} rows[] = {
		{ "0000000700000001000000000000000000000000 00000000", CHECK_SUCCESS, 20, 4 },
		{ "0000000700000001000000000000000000000000 00000001", CHECK_PROG_UNAVAIL, 20, 4 },
		{ "0000000700000001000000000000000000000000 00000003", CHECK_PROC_UNAVAIL, 20, 4 },
		{ "0000000700000001000000000000000000000000 00000004", CHECK_GARBAGE_ARGS, 20, 4 },
		{ "0000000700000001000000000000000000000000 00000005", CHECK_SYSTEM_ERR, 20, 4 },
		{ "0000000700000001000000000000000000000000 00000006", CHECK_BAD_REPLY, 20, 4 },
		/* a verifier of five bytes, padded; of more than there are; of more than may be */
		{ "00000007000000010000000000000001 00000005 0102030405000000 00000000",
		  CHECK_SUCCESS, 28, 4 },
		{ "00000007000000010000000000000001 00000005 0102030405", CHECK_BAD_REPLY, 16, 4 },
		{ "00000007000000010000000000000001 ffffffff 00000000", CHECK_BAD_REPLY, 16, 4 },
		/* a result of null; a status that is missing, or is cut */
		{ "0000000700000001000000000000000000000000 00000000 00000000", CHECK_BAD_REPLY, 24,
		  4 },
		{ "0000000700000001000000000000000000000000", CHECK_BAD_REPLY, 20, 0 },
		{ "0000000700000001000000000000000000000000 0000", CHECK_BAD_REPLY, 20, 2 },
		{ "00000007", CHECK_BAD_REPLY, 4, 0 },
		{ "0000000700000000", CHECK_BAD_REPLY, 4, 4 },
		{ "000000070000000100000002", CHECK_BAD_REPLY, 8, 4 },
		/* versions: 2 is served; low is above high; 2 is not among them; one is missing */
		{ "0000000700000001000000000000000000000000 00000002 00000001 00000003",
		  CHECK_PROG_MISMATCH, 20, 12 },
		{ "0000000700000001000000000000000000000000 00000002 00000003 00000001",
		  CHECK_BAD_REPLY, 24, 8 },
		{ "0000000700000001000000000000000000000000 00000002 00000003 00000004",
		  CHECK_BAD_REPLY, 24, 8 },
		{ "0000000700000001000000000000000000000000 00000002 00000001", CHECK_BAD_REPLY, 28,
		  0 },
		{ "000000070000000100000001 00000000 00000002 00000002", CHECK_RPC_MISMATCH, 12,
		  12 },
		{ "000000070000000100000001 00000000 00000003 00000003", CHECK_BAD_REPLY, 16, 8 },
		{ "000000070000000100000001 00000001 00000002", CHECK_AUTH_ERROR, 16, 4 },
		{ "000000070000000100000001 00000002 00000002", CHECK_BAD_REPLY, 12, 4 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t bytes[64];
		size_t length = bytes_from_hex(bytes, rows[i].bytes);
		struct reply reply;

		reply_read(&reply, bytes, length, 2, false);
		CHECK_INT(reply.outcome, rows[i].outcome);
		CHECK_THAT(reply.at == rows[i].at && reply.length == rows[i].length,
			   "%s: %zu bytes decide at %zu", rows[i].bytes, reply.length, reply.at);
	}
}

static void read_page(struct buffer *page)
{
	FILE *file = fopen("docs/check.md", "r");
	char block[4096];
	size_t length;

	if (!file)
		CU_FAIL_FATAL("docs/check.md cannot be read");
	while ((length = fread(block, 1, sizeof(block), file)) > 0)
		buffer_append(page, block, length);
	buffer_append(page, "", 1);
	fclose(file);
}

/* Each case says all that is printed of it, and names what it is decided by. */
static void check_rows(const struct buffer *page, const struct check_case *row)
{
	char name[64];

	for (; row->name; row++) {
		CHECK_THAT(row->rule && row->source && row->why && row->on && row->passes, "%s",
			   row->name);
		CHECK_THAT(!row->differs == !row->choice, "%s: what is left open?", row->name);
		CHECK_THAT(!(row->passes & row->differs), "%s passes and differs", row->name);
		snprintf(name, sizeof(name), "`%s`", row->name);
		CHECK_THAT(strstr((char *)page->data, name), "docs/check.md lacks %s", name);
	}
}

static void test_rows(void)
{
	struct buffer page = { 0 };

	read_page(&page);
	check_rows(&page, check_rpc_cases);
	check_rows(&page, check_stream_cases);
	check_rows(&page, check_hostile_cases);
	check_rows(&page, check_rpcbind_cases);
	check_rows(&page, check_registered_cases);
	check_rows(&page, check_raw_cases);
	check_rows(&page, check_calc_cases);
	buffer_release(&page);
}

/* ---- arguments of any contract ---- */

static const char contract_text[] =
	"enum color { RED = 1 };\n"
	"union number switch (bool known) {\n"
	"case TRUE: int it;\n"
	"case FALSE: void;\n"
	"};\n"
	"union any switch (int which) { case 1: int it; default: void; };\n"
	"struct thing { bool b; color c; int *p; string n<3>; number u; any o;\n"
	" int a<2>; string e<9>; opaque f[5]; };\n"
	"program P { version V { void A(void) = 1; int B(thing) = 2; } = 1; } = 9;\n";

/* "CASE WORD=NUMBER LENGTH" of each: the number where it decides, and how long the arguments are.
 */
static bool take_case(void *context, const struct check_case *row)
{
	const unsigned int executed = CHECK_SUCCESS | CHECK_PROG_UNAVAIL;
	FILE *to = context;
	uint32_t word = 0;
	size_t at = row->at - CALL_HEADER;

	if (row->length == sizeof(word))
		word = channel_id_of(row->arguments->data + at);
	else if (row->length)
		word = row->arguments->data[at + row->length - 1];
	fprintf(to, "%s %zu=%x %zu%s\n", row->name, at, word, row->arguments->length,
		(row->differs & executed) == executed ? " differs" : "");
	return true;
}

static void test_arguments(void)
{
	struct contract *contract = contract_open();
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to || !contract ||
	    contract_add(contract, "t.x", contract_text, strlen(contract_text)) < 0 ||
	    contract_resolve(contract) < 0)
		CU_FAIL_FATAL("no contract");
	check_arguments(contract_version(contract_program(contract, 9), 1), take_case, to);
	fclose(to);
	CHECK_STR(text, "B missing 0=0 0\n"
			"B cut 56=0 56\n"
			"B behind 60=0 64 differs\n"
			"B bool-2 args.b 0=2 60 differs\n"
			"B enum-undeclared args.c 4=7ffffff3 60 differs\n"
			"B bool-2 args.p 8=2 60 differs\n"
			"B length-huge args.n 12=ffffffff 60\n"
			"B over-bound args.n 12=4 60\n"
			"B padding args.n 17=1 60 differs\n"
			"B union-no-arm args.u.known 20=7ffffff3 60\n"
			"B length-huge args.a 36=ffffffff 60\n"
			"B length-beyond args.a 36=2 60\n"
			"B over-bound args.a 36=3 68\n"
			"B length-huge args.e 44=ffffffff 60\n"
			"B length-beyond args.e 44=5 60\n"
			"B over-bound args.e 44=a 68\n"
			"B padding args.e 49=1 60 differs\n"
			"B padding args.f 59=1 60 differs\n");
	free(text);
	contract_close(contract);
}

/* People see the rule, the bytes with those that decide in brackets, and why it matters. */
static void test_shown(void)
{
	struct daemon daemon;
	const char *argv[] = { NULL, "check", NULL, NULL };
	struct outcome outcome;

	if (!daemon_start_stock(&daemon, NULL))
		CU_FAIL_FATAL("the daemon does not start");
	argv[0] = program_path("sidecall"); /* daemon_start_stock() asks for another one */
	argv[2] = daemon_endpoint(&daemon, "tirpc+tcp");
	outcome = process_run(argv, NULL);
	CHECK_STR(outcome.error, "");
	CHECK_THAT(strstr(outcome.out, "fail    rpc-version-3: it closed the connection; expected: "
				       "RPC_MISMATCH\n        rule   A call in a newer version"),
		   "%s", outcome.out);
	CHECK_THAT(strstr(outcome.out, "sent   80000028 5ca11001 00000000[00000003] 2ca1c000 "),
		   "%s", outcome.out);
	CHECK_THAT(strstr(outcome.out, "00000000[00000000]\n"), "%s", outcome.out);
	CHECK_THAT(strstr(outcome.out, "\n97 pass, 1 differs, 4 fail\n"), "%s", outcome.out);
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* What a report of one case has, or of all (NULL). */
static struct outcome check_report(const char *format, const char *name, const char *endpoint,
				   const char *const expected[])
{
	const char *argv[] = { program_path("sidecall"),
			       "--timeout",
			       name ? "20" : "0.2",
			       "check",
			       "--format",
			       format,
			       name ? "--case" : endpoint,
			       name ? name : NULL,
			       endpoint,
			       NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_STR(outcome.error, "");
	for (; *expected; expected++)
		CHECK_THAT(strstr(outcome.out, *expected), "%s: no %s in %s", format, *expected,
			   outcome.out);
	return outcome;
}

static size_t count_text(const char *text, const char *what)
{
	size_t count = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		count++;
	}
	return count;
}

/* What runs tests is told of a failure, with all that people are, and that the rest was not tried.
 */
static void test_formats(void)
{
	static const char *const tap[] = {
		"TAP version 13\n1..102\n",
		"\nnot ok 1 - null\n  ---\n  verdict: \"fail\"\n  found: \"neither a reply nor",
		"\n  expected: \"SUCCESS\"\n",
		"\n  sent: \"80000028 5ca11001 00000000 00000002 2ca1c000 ",
		"\n  came: \"nothing\"\n",
		"\n  why: \"",
		"\n  ...\nBail out! 101 not tried",
		NULL
	};
	static const char *const junit[] = {
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=",
		" tests=\"102\" failures=\"1\" errors=\"1\" skipped=\"100\">\n",
		"<testcase classname=\"check\" name=\"null\" time=\"",
		"><failure message=\"neither a reply nor",
		"\nexpected: SUCCESS\n",
		"\nsent: 80000028 5ca11001 00000000 00000002 2ca1c000 ",
		"\ncame: nothing\nwhy: ",
		" name=\"xid\" time=\"0.000000\"><error message=\"not tried",
		" name=\"caller-leaves\" time=\"0.000000\"><skipped message=\"not tried",
		"</testsuite>\n</testsuites>\n",
		NULL
	};
	struct endpoint endpoint;
	char name[ENDPOINT_MAX_TEXT];
	pid_t pid = start_faulty(&endpoint, RPC, serve_nothing);
	struct outcome outcome;

	endpoint_format(&endpoint, name);
	outcome = check_report("tap", NULL, name, tap);
	CHECK_INT(outcome.status, 2);
	outcome_release(&outcome);
	outcome = check_report("junit", NULL, name, junit);
	CHECK_INT(outcome.status, 2);
	CHECK_INT(count_text(outcome.out, "<testcase "), 102);
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
}

static void check_one_line(const char *endpoint)
{
	const char *argv[] = { program_path("sidecall"),
			       "--timeout",
			       "20",
			       "check",
			       "--case",
			       "null",
			       endpoint,
			       NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_THAT(strstr(outcome.out, ", 1 case\n"), "%s", outcome.out);
	outcome_release(&outcome);
}

/* What differs is no failure, and is said all the same. */
static void test_formats_differ(void)
{
	static const char *const tap[] = { "\n1..1\n",
					   "\nok 1 - arguments-behind\n  ---\n"
					   "  verdict: \"differs\"\n  found: \"SUCCESS\"\n",
					   "\n  choice: \"", NULL };
	static const char *const junit[] = {
		" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">\n",
		"\"><system-out>\ndiffers: SUCCESS\nexpected: GARBAGE_ARGS\nrule: ",
		"\nchoice: ",
		"\nsent: 80000",
		"</system-out></testcase>\n",
		NULL
	};
	static const struct {
		const char *format;
		const char *const *expected;
	} rows[] = { { "tap", tap }, { "junit", junit } };
	struct daemon daemon;

	if (!daemon_start_stock(&daemon, NULL))
		CU_FAIL_FATAL("the daemon does not start");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct outcome outcome = check_report(rows[i].format, "arguments-behind",
						      daemon_endpoint(&daemon, "tirpc+tcp"),
						      rows[i].expected);

		CHECK_INT(outcome.status, 0);
		outcome_release(&outcome);
	}
	check_one_line(daemon_endpoint(&daemon, "tirpc+tcp"));
	CHECK_INT(daemon_stop(&daemon), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "ours pass", test_ours },
		{ "ours pass by raw messages", test_ours_raw },
		{ "who is asked in the other protocol is named", test_other_protocol },
		{ "libtirpc's server fails what is known", test_stock },
		{ "faulty servers are found out in time", test_faults },
		{ "a read is no message", test_read_as_message },
		{ "a read is no raw message", test_raw_read_as_message },
		{ "copies of a datagram", test_copies },
		{ "who is right but slow is not passed", test_unfinished },
		{ "nobody is there", test_absent },
		{ "what is not served is not graded", test_not_served },
		{ "advice fits", test_advice },
		{ "replies", test_replies },
		{ "rows are whole", test_rows },
		{ "arguments of any contract", test_arguments },
		{ "what people see", test_shown },
		{ "what runs tests is told", test_formats },
		{ "what runs tests is told of what differs", test_formats_differ },
		{ 0 },
	};

	return harness_run("check", tests);
}
