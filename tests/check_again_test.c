/*
 * sidecall check makes a call again where that is no fault of the server's: a datagram got lost, or
 * a connection ended that had served other calls.  Who serves one call of a connection is told so,
 * and blamed for nothing else.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/endpoint.h"
#include "common/fork.h"
#include "compare/lab/wire.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/student.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct outcome check(const char *endpoint, const char *option, const char *value)
{
	const char *argv[] = { program_path("sidecall"),   "--timeout", "6",      "check",
			       option ? option : endpoint, value,       endpoint, NULL };

	return process_run(argv, NULL);
}

static void check_says(const struct outcome *outcome, const char *said)
{
	CHECK_THAT(strstr(outcome->out, said), "not %s: %s%s", said, outcome->out, outcome->error);
}

/* A server of a student's at an address of its own, whose name is written. */
static pid_t start(int (*serve)(int fd, const char *fault), const char *transport,
		   const char *fault, char name[ENDPOINT_MAX_TEXT])
{
	struct endpoint endpoint;
	int fd;
	pid_t pid;

	snprintf(name, ENDPOINT_MAX_TEXT, "raw+%s://127.0.0.1:0", transport);
	if (endpoint_parse(&endpoint, name))
		CU_FAIL_FATAL("no endpoint");
	fd = wire_listen(&endpoint);
	endpoint_format(&endpoint, name);
	pid = fork_tied();
	if (pid == 0)
		_exit(serve(fd, fault));
	close(fd);
	return pid;
}

/* ---- datagrams ---- */

/* The call behind it is answered, and it is none that may stay unanswered. */
static void test_lost(void)
{
	static const char *const rows[][2] = { { "add", "\npass    add: SUCCESS\n" },
					       { "add-overflow", "\npass    add-overflow: " } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		char name[ENDPOINT_MAX_TEXT];
		pid_t pid = start(student_serve_datagrams, "udp", "loses-sums", name);
		struct outcome outcome = check(name, "--case", rows[i][0]);

		check_says(&outcome, rows[i][1]);
		CHECK_INT(outcome.status, 0);
		outcome_release(&outcome);
		process_halt(pid, SIGKILL);
	}
}

/* The first message of a report with `-v`. */
static void take_sent(const char *out, char sent[9])
{
	const char *at = strstr(out, "\n        sent   ");

	snprintf(sent, 9, "%s", at ? at + 16 : "");
}

/* Who remembers what it answered, by port and id, takes no call for an earlier one. */
static void test_ids(void)
{
	char name[ENDPOINT_MAX_TEXT], first[9], second[9];
	pid_t pid = start(student_serve_datagrams, "udp", "", name);
	const char *argv[] = {
		program_path("sidecall"), "check", "-v", "--case", "add", name, NULL
	};
	struct outcome outcome = process_run(argv, NULL);

	take_sent(outcome.out, first);
	outcome_release(&outcome);
	outcome = process_run(argv, NULL);
	take_sent(outcome.out, second);
	CHECK_INT(strlen(first), 8);
	CHECK_THAT(strcmp(first, second) != 0, "twice %s", first);
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
}

/* ---- streams ---- */

/* Nobody has to serve a connection for ever. */
static void test_some_calls(void)
{
	char name[ENDPOINT_MAX_TEXT];
	pid_t pid = start(student_serve_socket, "tcp", "fifty-calls", name);
	struct outcome outcome = check(name, NULL, NULL);

	check_says(&outcome, " pass, 0 differ, 0 fail\n");
	CHECK_INT(outcome.status, 0);
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
}

/* Nor a second one meanwhile: so none is left open. */
static void test_one_client(void)
{
	char name[ENDPOINT_MAX_TEXT];
	pid_t pid = start(student_serve_socket, "tcp", "one-client", name);
	struct outcome outcome = check(name, NULL, NULL);

	check_says(&outcome, "\ndiffers two-clients: ");
	check_says(&outcome, " pass, 1 differs, 0 fail\n");
	CHECK_INT(outcome.status, 0);
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
}

static void test_one_call(void)
{
	static const char *const said[] = {
		"\nfail    id: it closed the connection: the call with id 00000000; expected: ",
		"A call before it on this connection was answered. Most likely the server",
		"\npass    string-lies: ",
		"\nfail    calls-together: it closed the connection: 1 of 8 calls were answered; ",
		"\npass    add-negative: ",
		"\npass    divide-by-zero: ",
		" pass, 0 differ, 5 fail\n",
	};
	char name[ENDPOINT_MAX_TEXT];
	pid_t pid = start(student_serve_socket, "tcp", "one-call", name);
	struct outcome outcome = check(name, NULL, NULL);

	CHECK_INT(outcome.status, 2);
	for (size_t i = 0; i < COUNT(said); i++)
		check_says(&outcome, said[i]);
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
}

/* ---- by rpc ---- */

/* A call of each connection.  Who asks for the highest version is told that there are 1 and 2. */
static void serve_one_call(int fd)
{
	static const uint8_t versions[] = { 0, 0, 0, 1, 0, 0, 0, 2 };
	uint8_t call[64], reply[36] = { 0x80, 0, 0, 24 };

	if (recv(fd, call, sizeof(call), 0) != 44)
		return;
	memcpy(reply + 4, call + 4, 4);
	reply[11] = 1;
	if (call[20] == 0xff) {
		reply[3] += sizeof(versions);
		reply[27] = 2;
		memcpy(reply + 28, versions, sizeof(versions));
	}
	send(fd, reply, 4U + reply[3], MSG_NOSIGNAL);
}

static void serve_rpc(int listener)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		serve_one_call(fd);
		close(fd);
	}
}

/* Versions are served, be it on connections of their own. */
static void test_versions(void)
{
	char name[ENDPOINT_MAX_TEXT];
	struct endpoint endpoint;
	struct outcome outcome;
	int listener;
	pid_t pid;

	if (endpoint_parse(&endpoint, "rpc+tcp://127.0.0.1:0"))
		CU_FAIL_FATAL("no endpoint");
	listener = wire_listen(&endpoint);
	endpoint_format(&endpoint, name);
	pid = fork_tied();
	if (pid == 0)
		serve_rpc(listener);
	close(listener);
	outcome = check(name, "--case", "versions-named");
	check_says(&outcome, "\npass    versions-named: SUCCESS\n");
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a datagram that is lost is sent again", test_lost },
		{ "datagrams have ids of their own", test_ids },
		{ "a connection may end behind some calls", test_some_calls },
		{ "one client may be served after the other", test_one_client },
		{ "one that serves a call is called so", test_one_call },
		{ "versions may be served on connections of their own", test_versions },
		{ 0 },
	};

	return harness_run("check_again", tests);
}
