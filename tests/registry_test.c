/* The daemon's entries at a real rpcbind, in a network and a mount namespace of its own: made,
 * kept, replaced and removed. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc/rpc.h>

#include "client/runtime/clock.h"
#include "common/endpoint.h"
#include "idl/calc.h"
#include "sandbox/namespaces.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/registered.h"
#include "tests/kit/rpcbind.h"

#define RPCINFO     "/usr/sbin/rpcinfo"
#define FIRST_USER  65534      /* whose server died */
#define SECOND_USER 65533      /* who cannot remove what it left */
#define NOBODYS     0x20004712 /* a program that no daemon serves */

/* A program that is not ours finds it, too, by the runtime's face. */
static void check_stranger(const char *endpoint)
{
	const char *argv[] = { program_path("tests/stranger/caller"),
			       endpoint,
			       "30",
			       "null",
			       "748797952",
			       "2",
			       NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_THAT(outcome.status == 0, "%s: %d: %s", endpoint, outcome.status, outcome.error);
	outcome_release(&outcome);
}

static void check_rpcinfo(void)
{
	static const char *const argv[] = { RPCINFO, "-T", "tcp", "127.0.0.1", "748797952", NULL };
	struct outcome outcome;

	if (access(RPCINFO, X_OK) != 0)
		return;
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.out, "program 748797952 version 1 ready and waiting\n"
			       "program 748797952 version 2 ready and waiting\n");
	outcome_release(&outcome);
}

static void test_registered(void)
{
	struct daemon daemon;

	if (!rpcbind_start())
		return;
	registered_start(&daemon, registered_everywhere);
	registered_check_said(&daemon, "rpcbind", 0);
	registered_check_said(&daemon, "registered", 0);
	registered_check_all(&daemon);
	registered_check_sidecall("rpc+tcp", 0, "");
	registered_check_sidecall("rpc+tcp://localhost", 0, "");
	registered_check_sidecall("rpc+tcp://127.0.0.1", 0, "");
	if (daemon_endpoint(&daemon, "rpc+tcp://[::1]"))
		registered_check_sidecall("rpc+tcp://[::1]", 0, "");
	check_stranger("rpc+tcp://127.0.0.1");
	check_rpcinfo();
	CHECK_INT(daemon_stop(&daemon), 0);
	CHECK_INT(registered_count(), 0);
	registered_check_sidecall("rpc+tcp", 69, "is not registered with rpcbind");
	rpcbind_stop();
}

static void test_stale_entries_are_replaced(void)
{
	struct daemon dead, living;

	if (!rpcbind_start())
		return;
	registered_start(&dead, registered_everywhere);
	process_halt(dead.pid, SIGKILL);
	registered_check_all(&dead);
	registered_check_sidecall("rpc+tcp", 69, "refused");
	registered_start(&living, registered_everywhere);
	registered_check_said(&living, "registered", 0);
	registered_check_all(&living);
	registered_check_sidecall("rpc+tcp", 0, "");
	CHECK_INT(daemon_stop(&dead), 128 + SIGKILL);
	CHECK_INT(daemon_stop(&living), 0);
	CHECK_INT(registered_count(), 0);
	rpcbind_stop();
}

/* The first daemon keeps its entries; the second says that it has none. */
static void test_living_server_stays(void)
{
	struct daemon first, second;

	if (!rpcbind_start())
		return;
	registered_start(&first, registered_everywhere);
	registered_start(&second, registered_everywhere);
	registered_check_said(&second, "another server has the place, and is alive, at ", 1);
	registered_check_all(&first);
	CHECK_INT(daemon_stop(&second), 0);
	registered_check_all(&first);
	registered_check_said(&first, "rpcbind", 0);
	registered_check_sidecall("rpc+tcp", 0, "");
	CHECK_INT(daemon_stop(&first), 0);
	CHECK_INT(registered_count(), 0);
	rpcbind_stop();
}

/* How many connections there were to a port of this network's that nobody has taken since. */
static int count_connections(int port)
{
	FILE *table = fopen("/proc/net/tcp", "r");
	char line[256];
	unsigned int local, state;
	int count = 0;

	while (table && fgets(line, sizeof(line), table))
		if (sscanf(line, " %*d: %*8x:%4x %*8x:%*4x %2x", &local, &state) == 2)
			count += (int)local == port && state != 0x0a; /* the one that listens */
	if (table)
		fclose(table);
	return count;
}

/* One that hangs may only be slow, so it stays until somebody says otherwise.  It was waited for
 * once, for all of its entries. */
static void test_hanging_server_stays(void)
{
	struct daemon hanging, second;
	struct endpoint endpoint;

	if (!rpcbind_start())
		return;
	registered_start(&hanging, registered_by_tcp);
	CU_ASSERT_FATAL(endpoint_parse(&endpoint, hanging.endpoints[0]) == NULL);
	process_halt(hanging.pid, SIGSTOP);
	registered_start(&second, registered_by_tcp);
	CHECK_INT(count_connections(endpoint.port), 1);
	registered_check_said(&second, "may be alive though it does not answer, at 127.0.0.1:", 1);
	registered_check_all(&hanging);
	CHECK_INT(daemon_stop(&second), 0);
	registered_start(&second, registered_replacing);
	registered_check_said(&second, "rpcbind", 0);
	registered_check_all(&second);
	kill(hanging.pid, SIGCONT);
	CHECK_INT(daemon_stop(&hanging), 0);
	registered_check_all(&second);
	CHECK_INT(daemon_stop(&second), 0);
	rpcbind_stop();
}

/* The first says so when it looks next, and does not take its place back. */
static void test_living_server_is_replaced(void)
{
	struct daemon first, second;

	if (!rpcbind_start())
		return;
	registered_start(&first, registered_by_tcp);
	registered_start(&second, registered_replacing);
	registered_check_said(&second, "rpcbind", 0);
	registered_check_all(&second);
	registered_check_sidecall("rpc+tcp", 0, "");
	CHECK_INT(daemon_stop(&second), 0);
	CHECK_INT(registered_count(), 0);
	CHECK_INT(daemon_stop(&first), 0);
	rpcbind_stop();
}

static bool is_at(const char *address)
{
	return registered_has(CALC_PROG, CALC_V2, "tcp", address);
}

/* Entries of versions and transports that the new one does not serve: at one nobody listens any
 * more, one is no address, and at the other somebody listens. */
static void test_rests_are_removed(void)
{
	char stale[64], held[64];
	int stale_fd = registered_reserve_port(SOCK_STREAM, stale),
	    held_fd = registered_reserve_port(SOCK_DGRAM, held);
	struct daemon daemon;

	if (!rpcbind_start())
		return;
	registered_add(CALC_PROG, 9, "tcp", stale);
	registered_add(CALC_PROG, 8, "tcp", "");
	registered_add(CALC_PROG, CALC_V1, "udp", held);
	registered_add(NOBODYS, 3, "tcp", stale);
	registered_start(&daemon, registered_by_tcp);
	CHECK_INT(registered_of(&daemon), registered_expected(&daemon));
	AWAIT(registered_count() == registered_expected(&daemon) + 1); /* when it is ready */
	CHECK_INT(registered_count(), registered_expected(&daemon) + 1);
	CU_ASSERT(registered_has(NOBODYS, 3, "tcp", stale));
	CU_ASSERT(registered_has(CALC_PROG, CALC_V1, "udp", held));
	CHECK_INT(daemon_stop(&daemon), 0);
	close(stale_fd);
	close(held_fd);
	rpcbind_stop();
}

/* Anybody can make entries that lead to where nobody answers: together they hold nobody up for
 * long, neither those in our places nor others, which need not be looked at before we are ready. */
static void test_silent_entries(void)
{
	char stale[64], address[64];
	int stale_fd = registered_reserve_port(SOCK_STREAM, stale), silent;
	int64_t began;
	struct daemon daemon;

	if (!rpcbind_start())
		return;
	silent = registered_add_silent(CALC_PROG, stale);
	for (unsigned int version = CALC_V1; version <= CALC_V2; version++) {
		registered_silent_address(silent, 200 + version, address);
		registered_add(CALC_PROG, version, "tcp", address);
	}
	began = clock_now();
	registered_start(&daemon, registered_by_tcp);
	CHECK_THAT(clock_now() - began < REGISTERED_SILENT / 2 * INT64_C(1000000000),
		   "it takes long to start");
	registered_check_said(&daemon, "may be alive though it does not answer", 1);
	AWAIT(!registered_has_stale(CALC_PROG, stale));
	CU_ASSERT(!registered_has_stale(CALC_PROG, stale));
	CHECK_INT(daemon_stop(&daemon), 0);
	CHECK_THAT(clock_now() - began < REGISTERED_SILENT / 2 * INT64_C(1000000000),
		   "it takes long to look at them, and so to end");
	close(silent);
	close(stale_fd);
	rpcbind_stop();
}

/* It listened everywhere at the port, and the new one at one address: who calls the old one's
 * address calls us. */
static void test_own_port(void)
{
	char address[64], endpoint[64];
	const char *const options[] = { "--listen", endpoint, NULL };
	unsigned int high = 0, low = 0;
	struct daemon daemon;

	if (!rpcbind_start())
		return;
	close(registered_reserve_port(SOCK_STREAM,
				      address)); /* the network is our own: nobody takes it */
	sscanf(address, "127.0.0.1.%3u.%3u", &high, &low);
	snprintf(endpoint, sizeof(endpoint), "rpc+tcp://127.0.0.1:%u", high << 8 | low);
	snprintf(address, sizeof(address), "0.0.0.0.%u.%u", high, low);
	registered_add(CALC_PROG, CALC_V2, "tcp", address);
	registered_start(&daemon, options);
	registered_check_said(&daemon, "rpcbind", 0);
	registered_check_all(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
	rpcbind_stop();
}

/* From here on this process is another user's, or root's (0) again. */
static void become(uid_t user)
{
	if (setresuid(user ? user : (uid_t)-1, user, 0) < 0 || (!user && setuid(0) < 0))
		CU_FAIL_FATAL("cannot become another user");
}

/* Registers what nobody serves, as a server does that dies after it. */
static void register_as(uid_t user, const char *address)
{
	become(user);
	registered_add(CALC_PROG, CALC_V2, "tcp", address);
	become(0);
}

/* A daemon of the second user: two of three are registered, and it says what is in the way. */
static void check_in_the_way(const char *address)
{
	struct daemon daemon;
	bool started;

	become(SECOND_USER);
	started = daemon_start_registered(&daemon, NULL, registered_by_tcp);
	become(0);
	CU_ASSERT(started);
	if (!started)
		return;
	CU_ASSERT(is_at(address));
	CHECK_INT(registered_of(&daemon), 2);
	registered_check_said(
		&daemon,
		"another server's entry is in the way, which only root may remove (rpcinfo -d): "
		"it belongs to 65534",
		1);
	CHECK_INT(daemon_stop(&daemon), 0);
	CU_ASSERT(is_at(address));
	CHECK_INT(registered_count(), 1);
}

static void test_another_users_entry(void)
{
	struct daemon daemon;
	bool can_run;
	char address[64];
	int fd;

	if (namespaces_alone()) {
		harness_skip("there is no other user in a user's namespace");
		return;
	}
	if (!rpcbind_start())
		return;
	fd = registered_reserve_port(SOCK_STREAM, address);
	register_as(FIRST_USER, address);
	CU_ASSERT(is_at(address));
	become(SECOND_USER);
	can_run = access(program_path("sidecalld"), X_OK) == 0;
	become(0);
	if (can_run)
		check_in_the_way(address);
	else
		harness_skip("another user may not run what was built here");
	registered_start(&daemon, registered_by_tcp); /* root's */
	registered_check_all(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
	CHECK_INT(registered_count(), 0);
	close(fd);
	rpcbind_stop();
}

static const struct test tests[] = {
	{ "registered, found and removed", test_registered },
	{ "a dead server's entries are replaced", test_stale_entries_are_replaced },
	{ "a living server's entries stay", test_living_server_stays },
	{ "a hanging server's entries stay", test_hanging_server_stays },
	{ "a living server's entries are replaced by --replace", test_living_server_is_replaced },
	{ "what a crash left goes, whatever it was", test_rests_are_removed },
	{ "entries that lead to where nobody answers", test_silent_entries },
	{ "an entry that leads to ourselves is replaced", test_own_port },
	{ "another user's entry is in the way", test_another_users_entry },
	{ 0 },
};

int main(void)
{
	int status;

	signal(SIGPIPE, SIG_IGN);
	rpcbind_enter();
	status = harness_run("registry", tests);
	rpcbind_stop();
	return status;
}
