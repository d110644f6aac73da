/* How clients find a daemon: by a real rpcbind, or without any. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/registered.h"
#include "tests/kit/rpcbind.h"

/* Nobody says where to call, and no server has a socket in the runtime directory. */
static void test_found_by_nobodys_word(void)
{
	const char *argv[] = { NULL, "ping", "-v", NULL };
	struct outcome outcome;
	struct daemon daemon;
	char expected[160];

	if (!rpcbind_start())
		return;
	registered_start(&daemon, registered_by_tcp);
	argv[0] = program_path("sidecall");
	outcome = process_run(argv, NULL);
	snprintf(expected, sizeof(expected), "sidecall: ping: calling %.80s: rpcbind names it\n",
		 daemon_endpoint(&daemon, "rpc+tcp"));
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, expected);
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
	rpcbind_stop();
}

/* Calls a program that only a Unix socket has: whoever answers there says that it does not. */
static void check_found_at(const char *endpoint)
{
	const char *argv[] = { program_path("sidecall"), "ping", "0x20004711.3", NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, 76);
	CHECK_THAT(strstr(outcome.error, endpoint) != NULL, "not %s but %s", endpoint,
		   outcome.error);
	outcome_release(&outcome);
}

static void test_other_transports(void)
{
	struct daemon daemon;
	const char *here;
	char stale[64];
	int held;

	if (!rpcbind_start())
		return;
	registered_start(&daemon, registered_everywhere);
	here = daemon_endpoint(&daemon, "rpc+unix");
	registered_add(0x20004711, 3, "local", strchr(here, ':') + 1);
	check_found_at(here);
	held = registered_reserve_port(SOCK_STREAM, stale);
	registered_add(0x20004711, 3, "tcp", stale);
	check_found_at(here);
	close(held);
	CHECK_INT(daemon_stop(&daemon), 0);
	rpcbind_stop();
}

/* --trace says what it cost to find the port, and explains each byte of that too. */
static void test_trace_of_discovery(void)
{
	const char *argv[] = { NULL,     "--trace", "--via", "rpc+tcp://127.0.0.1",
			       "divide", "84",      "2",     NULL };
	struct outcome outcome;
	struct daemon daemon;

	if (!rpcbind_start())
		return;
	registered_start(&daemon, registered_by_tcp);
	argv[0] = program_path("sidecall");
	outcome = process_run(argv, NULL);
	CHECK_STR(outcome.out, "42\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "asking rpcbind: 127.0.0.1:"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "r_netid                     \"tcp\"\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "\ndiscovery: 68 + "));
	CHECK_INT(registered_count_in(outcome.error, "call CALC_DIVIDE"), 1);
	CHECK_INT(registered_count_in(outcome.error, "not understood"), 0);
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
	rpcbind_stop();
}

/* The bytes of asking, as compare counts them: its servers are not registered, so rpcbind is asked
 * for its own address, "127.0.0.1.0.111".  By datagram without two record marks. */
static void test_compare_counts_discovery(void)
{
	const char *argv[] = {
		program_path("sidecall"), "--json", "compare", "--only", "bytes", NULL
	};
	struct outcome outcome;

	if (!rpcbind_start())
		return;
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_INT(registered_count_in(outcome.out, "\"discovery_bytes\":116"),
		  2); /* rpc, and tirpc */
	CHECK_INT(registered_count_in(outcome.out, "\"discovery_bytes\":108"), 2);
	CHECK_INT(registered_count_in(outcome.out, "\"discovery_bytes\":0}"), 11);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "takes 116 bytes over rpc+tcp, once"));
	CHECK_INT(registered_count(), 0);
	outcome_release(&outcome);
	rpcbind_stop();
}

/* How a command ends, and what it says. */
static void check_says(const char *const argv[], int status, const char *says)
{
	struct outcome outcome = process_run(argv, NULL);

	CHECK_THAT(outcome.status == status, "%s: not %d but %d", argv[1], status, outcome.status);
	CHECK_THAT(strstr(outcome.error, says) || strstr(outcome.out, says), "%s: %s%s has not: %s",
		   argv[1], outcome.out, outcome.error, says);
	outcome_release(&outcome);
}

#define OF_SESSION  "/run/session/sidecall/rpc.sock"
#define OPEN_TO_ALL "/run/open/sidecall/rpc.sock"
#define OF_MACHINE  "/run/sidecall/rpc.sock"

/* Clients and doctor look at the same places, in the same order: where a server is found. */
static const struct {
	const char *own, *service, *session, *found;
} places[] = {
	{ "/run/own", NULL, "/run/session", NULL },
	{ NULL, NULL, "/run/session", OF_SESSION },
	{ "", "", "/run/session", OF_SESSION },
	{ NULL, NULL, "/run/nobodys", OF_MACHINE },
	{ NULL, "/run/nobodys", "/run/session", OF_MACHINE },
	{ NULL, NULL, "/run/open", OF_MACHINE }, /* which is refused */
};

static void set_variable(const char *variable, const char *value)
{
	if (value)
		setenv(variable, value, 1);
	else
		unsetenv(variable);
}

static void check_place(size_t i)
{
	const char *const ping[] = { program_path("sidecall"), "ping", "-v", NULL };
	const char *const doctor[] = { program_path("sidecall"), "doctor", "server", NULL };
	const char *found = places[i].found;
	char called[128], listens[128];

	snprintf(called, sizeof(called), "calling rpc+unix:%s: a server is there", found);
	snprintf(listens, sizeof(listens), "one listens at %s", found);
	set_variable("SIDECALL_DIR", places[i].own);
	set_variable("RUNTIME_DIRECTORY", places[i].service);
	set_variable("XDG_RUNTIME_DIR", places[i].session);
	check_says(ping, found ? 0 : 69, found ? called : "no server is at /run/own/rpc.sock");
	check_says(doctor, found ? 0 : 2, found ? listens : "none listens at /run/own/rpc.sock");
}

/* Another user than the server's has another runtime directory, where nobody is. */
static void test_found_in_run(void)
{
	static const char *const there[] = { "--listen", "rpc+unix:" OF_SESSION,
					     "--listen", "rpc+unix:" OPEN_TO_ALL,
					     "--listen", "rpc+unix:" OF_MACHINE,
					     NULL };
	static const char *const directories[] = { "/run/session", "/run/session/sidecall",
						   "/run/open", "/run/open/sidecall",
						   "/run/sidecall" };
	struct daemon daemon;

	if (rpcbind_missing()) {
		harness_skip(rpcbind_missing());
		return;
	}
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		CHECK_INT(mkdir(directories[i], 0755), 0);
	if (daemon_start(&daemon, NULL, there)) {
		CHECK_INT(chmod("/run/open/sidecall", 0777), 0);
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
			check_place(i);
		set_variable("SIDECALL_DIR", NULL);
		set_variable("RUNTIME_DIRECTORY", NULL);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

static const struct test tests[] = {
	{ "found without a word of where", test_found_by_nobodys_word },
	{ "found where only a Unix socket is", test_other_transports },
	{ "what --trace says of it", test_trace_of_discovery },
	{ "compare counts what asking takes", test_compare_counts_discovery },
	{ "found where the machine's own server is, by doctor as well", test_found_in_run },
	{ 0 },
};

int main(void)
{
	int status;

	signal(SIGPIPE, SIG_IGN);
	rpcbind_enter();
	status = harness_run("registry_found", tests);
	rpcbind_stop();
	return status;
}
