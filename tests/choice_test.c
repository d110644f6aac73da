/* Where sidecall calls when nobody says where: the environment, a server of this user's, rpcbind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "idl/calc.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void serve(struct daemon *daemon, const char *first)
{
	const char *const options[] = { "--listen", first, "--listen", "raw+unix", NULL };

	unsetenv("SIDECALL_VIA");
	CU_ASSERT_FATAL(daemon_start(daemon, NULL, options));
}

/* Runs words that end with NULL, and looks for a part of what it prints, and of what it complains
 * about (NULL: nothing). */
static void check(int code, const char *out, const char *error, const char *const words[])
{
	struct outcome outcome = process_run(words, NULL);

	CHECK_THAT(outcome.status == code, "%d is %d: %s%s", outcome.status, code, outcome.out,
		   outcome.error);
	CHECK_THAT(strstr(outcome.out, out) != NULL, "\"%s\" has \"%s\"", outcome.out, out);
	CHECK_THAT(error ? strstr(outcome.error, error) != NULL : !outcome.error[0],
		   "\"%s\" has \"%s\"", outcome.error, error ? error : "nothing");
	outcome_release(&outcome);
}

#define CHECK_SIDECALL(code, out, error, ...)                                                      \
	check(code, out, error,                                                                    \
	      (const char *const[]){ program_path("sidecall"), __VA_ARGS__, NULL })

static void test_server_here(void)
{
	struct daemon daemon;
	char reply[160], calling[160];

	serve(&daemon, "rpc+unix");
	snprintf(reply, sizeof(reply), "reply from rpc+unix:%s/run/rpc.sock: ", daemon.directory);
	snprintf(calling, sizeof(calling), "ping: calling rpc+unix:%s/run/rpc.sock: a server",
		 daemon.directory);
	CHECK_SIDECALL(0, "42\n", NULL, "divide", "84", "2");
	CHECK_SIDECALL(0, "", NULL, "list", "-R");
	CHECK_SIDECALL(0, reply, NULL, "ping");
	CHECK_SIDECALL(0, reply, calling, "ping", "-v");
	CHECK_SIDECALL(0, "3\n", "rpc.sock, by rpc+unix", "--trace", "add", "1", "2");
	CHECK_SIDECALL(0, reply + strlen("reply from "), NULL, "measure", "--connections", "3",
		       "--calls", "9");
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* What is said goes first: by an option, and then by the environment. */
static void test_said(void)
{
	struct daemon daemon;

	serve(&daemon, "rpc+unix");
	setenv("SIDECALL_VIA", "raw+unix", 1);
	CHECK_SIDECALL(0,
		       "reply from raw+unix: ", "calling raw+unix: --via or $SIDECALL_VIA says so",
		       "ping", "-v");
	CHECK_SIDECALL(0, "reply from rpc+unix: ", NULL, "--via", "rpc+unix", "ping");
	setenv("SIDECALL_VIA", "", 1);
	CHECK_SIDECALL(0, "/run/rpc.sock: ", NULL, "ping");
	setenv("SIDECALL_VIA", "telegraph", 1);
	CHECK_SIDECALL(64, "", "SIDECALL_VIA \"telegraph\": ", "ping");
	CHECK_SIDECALL(0, "Usage: ", NULL, "help");
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Where the socket is not, or is one that nobody listens at any more, rpcbind is asked; whatever it
 * says, a port of ours is not there. */
static void test_nobody(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", said[160];

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	setenv("SIDECALL_DIR", directory, 1);
	unsetenv("SIDECALL_VIA");
	snprintf(said, sizeof(said), "no server is at %s/rpc.sock, and ", directory);
	CHECK_SIDECALL(69, "", said, "add", "1", "2");
	CHECK_SIDECALL(69, "", "Start sidecalld, or say where one is", "add", "1", "2");
	remove_tree(directory);
}

/* Another program is nothing that our server has: rpcbind is asked at once. */
static void test_another_program(void)
{
	struct client client;
	struct endpoint endpoint;
	struct failure failure;
	struct daemon daemon;

	serve(&daemon, "rpc+unix");
	endpoint_parse(&endpoint, "rpc+tcp://127.0.0.1");
	client_init(&client, &endpoint, INT64_C(60000000000));
	client.anywhere = true;
	CHECK_INT(
		client_connect(&client, CALC_PROG + 0x1000, 1, client_deadline(&client), &failure),
		FAILURE_UNAVAILABLE);
	CHECK_THAT(strstr(failure.why, "rpcbind") && !strstr(failure.why, "rpc.sock"), "%s",
		   failure.why);
	CHECK_INT(client_connect(&client, CALC_PROG, CALC_V2, client_deadline(&client), &failure),
		  0);
	CHECK_INT(client.endpoint.transport, ENDPOINT_UNIX);
	client_release(&client);
	CHECK_INT(daemon_stop(&daemon), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a server of this user's", test_server_here },
		{ "an option, and the environment", test_said },
		{ "nobody is there", test_nobody },
		{ "another program", test_another_program },
		{ NULL, NULL },
	};

	return harness_run("choice", tests);
}
