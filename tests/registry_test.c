/* The daemon and the client with a real rpcbind, in a network and a mount namespace of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>

#include "client/runtime/transports/all.h"
#include "client/runtime/rpc.h"
#include "common/fork.h"
#include "common/xdr.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"
#include "server/runtime/log.h"
#include "server/runtime/registry/registry.h"
#include "server/runtime/transports/all.h"
#include "server/runtime/worker.h"
#include "sandbox/namespaces.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/rpcbind.h"
#include "tests/kit/serving.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RPCINFO      "/usr/sbin/rpcinfo"
#define MILLISECONDS INT64_C(1000000) /* nanoseconds in one */
#define SECONDS      INT64_C(1000000000)
#define FIRST_USER   65534      /* whose server died */
#define SECOND_USER  65533      /* who cannot remove what it left */
#define NOBODYS      0x20004712 /* a program that no daemon serves */
#define NONE_ANSWERS "no rpcbind answers"
#define HOUR         3600000        /* milliseconds */
#define SOON         (12 * SECONDS) /* to wait for each of nine entries takes half as long again */

/* What the daemon serves. */
static const struct {
	rpcprog_t program;
	rpcvers_t version;
} programs[] = {
	{ CALC_PROG, CALC_V1 },
	{ CALC_PROG, CALC_V2 },
	{ FILEINFO_PROG, FILEINFO_V1 },
};

/* Both families of the loopback address where there are two; raw is never registered. */
static const char *const all[] = { "--listen", "rpc+tcp",  "--listen",
				   "rpc+unix", "--listen", "raw+tcp://127.0.0.1:0",
				   NULL };
static const char *const only_tcp[] = { "--listen", "rpc+tcp://127.0.0.1:0", NULL };
static const char *const only_tcp_replacing[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--replace",
						  NULL };

/* ---- what rpcbind knows ---- */

static bool is_ours(const struct rpcb *known)
{
	return known->r_prog == CALC_PROG || known->r_prog == FILEINFO_PROG;
}

static rpcblist_ptr dump(void)
{
	rpcblist_ptr list = NULL;

	CHECK_INT(
		rpcbind_call(RPCBPROC_DUMP, xdr_nothing, NULL, (xdrproc_t)xdr_rpcblist_ptr, &list),
		RPC_SUCCESS);
	return list;
}

/* How many entries there are for the programs of the daemon, whoever's they are. */
static size_t count_entries(void)
{
	rpcblist_ptr list = dump();
	size_t count = 0;

	for (rpcblist_ptr l = list; l; l = l->rpcb_next)
		count += is_ours(&l->rpcb_map);
	xdr_free((xdrproc_t)xdr_rpcblist_ptr, &list);
	return count;
}

/* An endpoint as rpcbind has it: its netid, and its universal address (RFC 5665). */
static const char *universal(const char *text, char address[ENDPOINT_MAX_TEXT])
{
	struct endpoint endpoint;

	if (endpoint_parse(&endpoint, text))
		CU_FAIL_FATAL("no endpoint");
	if (endpoint.transport == ENDPOINT_UNIX) {
		snprintf(address, ENDPOINT_MAX_TEXT, "%s", endpoint.path);
		return "local";
	}
	snprintf(address, ENDPOINT_MAX_TEXT, "%s.%d.%d", endpoint.host, endpoint.port / 256,
		 endpoint.port % 256);
	return strchr(endpoint.host, ':') ? "tcp6" : "tcp";
}

static bool is_known(rpcblist_ptr list, rpcprog_t program, rpcvers_t version, const char *netid,
		     const char *address)
{
	for (; list; list = list->rpcb_next)
		if (list->rpcb_map.r_prog == program && list->rpcb_map.r_vers == version &&
		    strcmp(list->rpcb_map.r_netid, netid) == 0 &&
		    strcmp(list->rpcb_map.r_addr, address) == 0)
			return true;
	return false;
}

/* How many entries lead to this daemon. */
static size_t count_registered(const struct daemon *daemon)
{
	char address[ENDPOINT_MAX_TEXT];
	rpcblist_ptr list = dump();
	size_t count = 0;

	for (unsigned int i = 0; i < daemon->count; i++) {
		const char *netid = universal(daemon->endpoints[i], address);

		for (size_t j = 0; j < COUNT(programs); j++)
			count += is_known(list, programs[j].program, programs[j].version, netid,
					  address);
	}
	xdr_free((xdrproc_t)xdr_rpcblist_ptr, &list);
	return count;
}

/* How many there should be: each program and version, at each rpc endpoint. */
static size_t expected_entries(const struct daemon *daemon)
{
	size_t endpoints = 0;

	for (unsigned int i = 0; i < daemon->count; i++)
		endpoints += strncmp(daemon->endpoints[i], "rpc+", 4) == 0;
	return endpoints * COUNT(programs);
}

static void check_all_registered(const struct daemon *daemon)
{
	CU_ASSERT(expected_entries(daemon) >= COUNT(programs));
	CHECK_INT(count_registered(daemon), expected_entries(daemon));
	CHECK_INT(count_entries(), expected_entries(daemon));
}

/* ---- the daemon and the client ---- */

static void start(struct daemon *daemon, const char *const options[])
{
	if (!daemon_start_registered(daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
}

/* What the daemon has said on standard error by now: all about its registration, once it is ready.
 * To be freed. */
static char *said(const struct daemon *daemon)
{
	struct pollfd waiting = { .fd = daemon->error, .events = POLLIN };
	char *text = calloc(1, 16384);
	size_t length = 0;

	while (length < 16383 && poll(&waiting, 1, 0) > 0) {
		ssize_t n = read(daemon->error, text + length, 16383 - length);

		if (n <= 0)
			break;
		length += (size_t)n;
	}
	return text;
}

static size_t count_in(const char *text, const char *part)
{
	size_t count = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		count++;
	return count;
}

/* It says `part` so many times, and nothing about rpcbind when that is never. */
static void check_said(const struct daemon *daemon, const char *part, size_t times)
{
	char *text = said(daemon);

	CHECK_THAT(count_in(text, part) == times, "not %zu times \"%s\" but: %s", times, part,
		   text);
	free(text);
}

/* sidecall VIA, then divide 84 2: it finds the daemon, or says what is missing. */
static void check_sidecall(const char *via, int status, const char *says)
{
	const char *timeout = status == 75 ? "0.4" : "30";
	const char *argv[] = { program_path("sidecall"),
			       "--timeout",
			       timeout,
			       "--via",
			       via,
			       "divide",
			       "84",
			       "2",
			       NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_THAT(outcome.status == status, "sidecall --via %s: status %d: %s", via,
		   outcome.status, outcome.error);
	CHECK_STR(outcome.out, status ? "" : "42\n");
	CHECK_THAT(strstr(outcome.error, says), "not \"%s\" but: %s", says, outcome.error);
	outcome_release(&outcome);
}

/* Who asks rpcbind itself is told that it does not run, and where. */
static void check_nobody_asked(const char *via, const char *word)
{
	const char *argv[] = { program_path("sidecall"),          "--via", via, word,
			       word[0] == 'p' ? "rpcbind" : NULL, NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, 69);
	CHECK_THAT(strstr(outcome.error, "no rpcbind answers on localhost. Start it there"), "%s",
		   outcome.error);
	outcome_release(&outcome);
}

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

/* ---- the tests ---- */

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
	start(&daemon, all);
	check_said(&daemon, "rpcbind", 0);
	check_said(&daemon, "registered", 0);
	check_all_registered(&daemon);
	check_sidecall("rpc+tcp", 0, "");
	check_sidecall("rpc+tcp://localhost", 0, "");
	check_sidecall("rpc+tcp://127.0.0.1", 0, "");
	if (daemon_endpoint(&daemon, "rpc+tcp://[::1]"))
		check_sidecall("rpc+tcp://[::1]", 0, "");
	check_stranger("rpc+tcp://127.0.0.1");
	check_rpcinfo();
	CHECK_INT(daemon_stop(&daemon), 0);
	CHECK_INT(count_entries(), 0);
	check_sidecall("rpc+tcp", 69, "is not registered with rpcbind");
	rpcbind_stop();
}

/* Nobody says where to call, and no server has a socket in the runtime directory. */
static void test_found_by_nobodys_word(void)
{
	const char *argv[] = { NULL, "ping", "-v", NULL };
	struct outcome outcome;
	struct daemon daemon;
	char expected[160];

	if (!rpcbind_start())
		return;
	start(&daemon, only_tcp);
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

static void test_stale_entries_are_replaced(void)
{
	struct daemon dead, living;

	if (!rpcbind_start())
		return;
	start(&dead, all);
	process_halt(dead.pid, SIGKILL);
	check_all_registered(&dead);
	check_sidecall("rpc+tcp", 69, "refused");
	start(&living, all);
	check_said(&living, "registered", 0);
	check_all_registered(&living);
	check_sidecall("rpc+tcp", 0, "");
	CHECK_INT(daemon_stop(&dead), 128 + SIGKILL);
	CHECK_INT(daemon_stop(&living), 0);
	CHECK_INT(count_entries(), 0);
	rpcbind_stop();
}

/* The first daemon keeps its entries; the second says that it has none. */
static void test_living_server_stays(void)
{
	struct daemon first, second;

	if (!rpcbind_start())
		return;
	start(&first, all);
	start(&second, all);
	check_said(&second, "another server has the place, and is alive, at ", 1);
	check_all_registered(&first);
	CHECK_INT(daemon_stop(&second), 0);
	check_all_registered(&first);
	check_said(&first, "rpcbind", 0);
	check_sidecall("rpc+tcp", 0, "");
	CHECK_INT(daemon_stop(&first), 0);
	CHECK_INT(count_entries(), 0);
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
	start(&hanging, only_tcp);
	CU_ASSERT_FATAL(endpoint_parse(&endpoint, hanging.endpoints[0]) == NULL);
	process_halt(hanging.pid, SIGSTOP);
	start(&second, only_tcp);
	CHECK_INT(count_connections(endpoint.port), 1);
	check_said(&second, "may be alive though it does not answer, at 127.0.0.1:", 1);
	check_all_registered(&hanging);
	CHECK_INT(daemon_stop(&second), 0);
	start(&second, only_tcp_replacing);
	check_said(&second, "rpcbind", 0);
	check_all_registered(&second);
	kill(hanging.pid, SIGCONT);
	CHECK_INT(daemon_stop(&hanging), 0);
	check_all_registered(&second);
	CHECK_INT(daemon_stop(&second), 0);
	rpcbind_stop();
}

/* The first says so when it looks next, and does not take its place back. */
static void test_living_server_is_replaced(void)
{
	struct daemon first, second;

	if (!rpcbind_start())
		return;
	start(&first, only_tcp);
	start(&second, only_tcp_replacing);
	check_said(&second, "rpcbind", 0);
	check_all_registered(&second);
	check_sidecall("rpc+tcp", 0, "");
	CHECK_INT(daemon_stop(&second), 0);
	CHECK_INT(count_entries(), 0);
	CHECK_INT(daemon_stop(&first), 0);
	rpcbind_stop();
}

/* From here on this process is another user's, or root's (0) again. */
static void become(uid_t user)
{
	if (setresuid(user ? user : (uid_t)-1, user, 0) < 0 || (!user && setuid(0) < 0))
		CU_FAIL_FATAL("cannot become another user");
}

static void register_entry(rpcprog_t program, rpcvers_t version, const char *netid,
			   const char *address)
{
	struct rpcb entry = { .r_prog = program,
			      .r_vers = version,
			      .r_netid = (char *)netid,
			      .r_addr = (char *)address,
			      .r_owner = (char *)"" };
	bool_t done = FALSE;

	CHECK_INT(
		rpcbind_call(RPCBPROC_SET, (xdrproc_t)xdr_rpcb, &entry, (xdrproc_t)xdr_bool, &done),
		RPC_SUCCESS);
	CHECK_INT(done, TRUE);
}

/* Registers what nobody serves, as a server does that dies after it. */
static void register_as(uid_t user, const char *address)
{
	become(user);
	register_entry(CALC_PROG, CALC_V2, "tcp", address);
	become(0);
}

/* A port at which nobody listens for as long as the descriptor is open. */
static int reserve_port(int type, char address[64])
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(in);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	unsigned int port;

	CHECK_INT(bind(fd, (struct sockaddr *)&in, length), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&in, &length), 0);
	port = ntohs(in.sin_port);
	snprintf(address, 64, "127.0.0.1.%u.%u", port >> 8, port & 255);
	return fd;
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
	start(&daemon, all);
	here = daemon_endpoint(&daemon, "rpc+unix");
	register_entry(0x20004711, 3, "local", strchr(here, ':') + 1);
	check_found_at(here);
	held = reserve_port(SOCK_STREAM, stale);
	register_entry(0x20004711, 3, "tcp", stale);
	check_found_at(here);
	close(held);
	CHECK_INT(daemon_stop(&daemon), 0);
	rpcbind_stop();
}

static bool has_entry(rpcprog_t program, rpcvers_t version, const char *netid, const char *address)
{
	rpcblist_ptr list = dump();
	bool known = is_known(list, program, version, netid, address);

	xdr_free((xdrproc_t)xdr_rpcblist_ptr, &list);
	return known;
}

static bool is_at(const char *address)
{
	return has_entry(CALC_PROG, CALC_V2, "tcp", address);
}

/* Entries of versions and transports that the new one does not serve: at one nobody listens any
 * more, at the other somebody does. */
static void test_rests_are_removed(void)
{
	char stale[64], held[64];
	int stale_fd = reserve_port(SOCK_STREAM, stale), held_fd = reserve_port(SOCK_DGRAM, held);
	struct daemon daemon;

	if (!rpcbind_start())
		return;
	register_entry(CALC_PROG, 9, "tcp", stale);
	register_entry(CALC_PROG, CALC_V1, "udp", held);
	register_entry(NOBODYS, 3, "tcp", stale);
	start(&daemon, only_tcp);
	CHECK_INT(count_registered(&daemon), expected_entries(&daemon));
	CHECK_INT(count_entries(), expected_entries(&daemon) + 1);
	CU_ASSERT(has_entry(NOBODYS, 3, "tcp", stale));
	CU_ASSERT(has_entry(CALC_PROG, CALC_V1, "udp", held));
	CHECK_INT(daemon_stop(&daemon), 0);
	close(stale_fd);
	close(held_fd);
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
	close(reserve_port(SOCK_STREAM, address)); /* the network is our own: nobody takes it */
	sscanf(address, "127.0.0.1.%3u.%3u", &high, &low);
	snprintf(endpoint, sizeof(endpoint), "rpc+tcp://127.0.0.1:%u", high << 8 | low);
	snprintf(address, sizeof(address), "0.0.0.0.%u.%u", high, low);
	register_entry(CALC_PROG, CALC_V2, "tcp", address);
	start(&daemon, options);
	check_said(&daemon, "rpcbind", 0);
	check_all_registered(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
	rpcbind_stop();
}

/* A daemon of the second user: two of three are registered, and it says what is in the way. */
static void check_in_the_way(const char *address)
{
	struct daemon daemon;
	bool started;

	become(SECOND_USER);
	started = daemon_start_registered(&daemon, NULL, only_tcp);
	become(0);
	CU_ASSERT(started);
	if (!started)
		return;
	CU_ASSERT(is_at(address));
	CHECK_INT(count_registered(&daemon), 2);
	check_said(&daemon,
		   "another server's entry is in the way, which only root may remove (rpcinfo -d): "
		   "it belongs to 65534",
		   1);
	CHECK_INT(daemon_stop(&daemon), 0);
	CU_ASSERT(is_at(address));
	CHECK_INT(count_entries(), 1);
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
	fd = reserve_port(SOCK_STREAM, address);
	register_as(FIRST_USER, address);
	CU_ASSERT(is_at(address));
	become(SECOND_USER);
	can_run = access(program_path("sidecalld"), X_OK) == 0;
	become(0);
	if (can_run)
		check_in_the_way(address);
	else
		harness_skip("another user may not run what was built here");
	start(&daemon, only_tcp); /* root's */
	check_all_registered(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
	CHECK_INT(count_entries(), 0);
	close(fd);
	rpcbind_stop();
}

static void stop_soon(struct daemon *daemon)
{
	int64_t began = clock_now();

	CHECK_INT(daemon_stop(daemon), 0);
	CU_ASSERT(clock_now() - began < SOON);
}

static void test_rpcbind_dies(void)
{
	struct daemon daemon;

	if (!rpcbind_start())
		return;
	start(&daemon, all);
	rpcbind_stop();
	check_sidecall(daemon_endpoint(&daemon, "rpc+tcp"), 0, "");
	check_sidecall("rpc+tcp", 69, NONE_ANSWERS);
	stop_soon(&daemon);
}

static void test_no_rpcbind(void)
{
	struct daemon daemon;

	if (rpcbind_missing()) {
		harness_skip(rpcbind_missing());
		return;
	}
	start(&daemon, all);
	check_said(&daemon, "rpcbind does not answer at " _PATH_RPCBINDSOCK, 1);
	check_sidecall(daemon_endpoint(&daemon, "rpc+tcp"), 0, "");
	check_sidecall("rpc+tcp", 69, NONE_ANSWERS);
	check_sidecall("rpc+tcp://localhost", 69, NONE_ANSWERS);
	check_nobody_asked("rpc+tcp", "services");
	check_nobody_asked("rpc+tcp", "ping");
	stop_soon(&daemon);
}

/* Who is told that rpcbind is missing starts it, and does not wait half a minute. */
static void test_rpcbind_comes_later(void)
{
	struct daemon daemon;
	int64_t began;

	if (rpcbind_missing()) {
		harness_skip(rpcbind_missing());
		return;
	}
	start(&daemon, only_tcp);
	rpcbind_start();
	began = clock_now();
	AWAIT(count_entries() == expected_entries(&daemon));
	CU_ASSERT(clock_now() - began < 20 * SECONDS);
	check_all_registered(&daemon);
	stop_soon(&daemon);
	rpcbind_stop();
}

/* Whether one of both said that the other has the place, which it does when it looks again. */
static bool one_gave_way(const struct daemon daemons[2], size_t *said_so)
{
	for (int i = 0; i < 2; i++) {
		char *text = said(&daemons[i]);

		*said_so += count_in(text, "another server has the place, and is alive");
		free(text);
	}
	return *said_so > 0;
}

/* Two daemons that have long confined themselves: whoever is first at the new rpcbind stays. */
static void test_daemons_meet_at_a_new_rpcbind(void)
{
	struct daemon daemons[2];
	size_t said_so = 0;

	if (!rpcbind_start())
		return;
	start(&daemons[0], only_tcp);
	start(&daemons[1], only_tcp_replacing);
	check_all_registered(&daemons[1]);
	CHECK_INT(kill(daemons[0].pid, 0), 0);
	rpcbind_stop();
	rpcbind_start();
	AWAIT(one_gave_way(daemons, &said_so));
	CHECK_INT(said_so, 1);
	CHECK_INT(count_entries(), expected_entries(&daemons[0]));
	for (int i = 0; i < 2; i++)
		CHECK_INT(daemon_stop(&daemons[i]), 0);
	rpcbind_stop();
}

/* It takes connections, and says nothing. */
static void test_rpcbind_hangs(void)
{
	struct daemon daemon;
	int64_t began;

	if (!rpcbind_start())
		return;
	process_halt(rpcbind_process(), SIGSTOP);
	began = clock_now();
	start(&daemon, all);
	CU_ASSERT(clock_now() - began < SOON);
	check_said(&daemon, "rpcbind", 1);
	check_sidecall(daemon_endpoint(&daemon, "rpc+tcp"), 0, "");
	check_sidecall("rpc+tcp", 75, "rpcbind");
	stop_soon(&daemon);
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
	start(&daemon, only_tcp);
	argv[0] = program_path("sidecall");
	outcome = process_run(argv, NULL);
	CHECK_STR(outcome.out, "42\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "asking rpcbind: 127.0.0.1:"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "r_netid                     \"tcp\"\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "\ndiscovery: 68 + "));
	CHECK_INT(count_in(outcome.error, "call CALC_DIVIDE"), 1);
	CHECK_INT(count_in(outcome.error, "not understood"), 0);
	outcome_release(&outcome);
	stop_soon(&daemon);
	rpcbind_stop();
}

/* Waits until there are so many entries, for longer than a few looks take. */
static void wait_for_entries(size_t count)
{
	AWAIT(count_entries() == count);
	CHECK_INT(count_entries(), count);
}

/* A server in this process, and where it logs. */
struct here {
	struct serving serving;
	struct workers *workers;
	struct registry *registry;
	struct log_target target;
	int log[2];
};

static void take_line(void *context, const char *line)
{
	const struct here *here = context;

	dprintf(here->log[1], "%s\n", line);
}

static void here_start(struct here *here, unsigned int period, bool replace)
{
	const struct endpoint endpoint = { .protocol = ENDPOINT_RPC,
					   .transport = ENDPOINT_TCP,
					   .host = "127.0.0.1" };
	const struct limits limits = { .message = 1024 };
	struct registry_order order = { .period = period, .replace = replace };
	struct listeners *listeners;
	char why[SIDECALL_SVC_WHY];

	CHECK_INT(pipe2(here->log, O_CLOEXEC | O_NONBLOCK), 0);
	log_target_init(&here->target, take_line, here, LOG_INFO);
	log_use(&here->target);
	serving_open(&here->serving, ".", 0);
	here->workers = workers_open(1, &here->serving.served, &limits);
	CU_ASSERT_FATAL(here->workers != NULL);
	listeners = &here->workers->list[0].listeners;
	CU_ASSERT_FATAL(transports_listen(listeners, &endpoint, why) == NULL);
	order.listeners = listeners;
	order.programs = here->serving.served.programs;
	here->registry = registry_start(&order);
}

static void here_stop(struct here *here)
{
	registry_stop(here->registry);
	log_use(NULL);
	workers_close(here->workers);
	serving_close(&here->serving);
	close(here->log[0]);
	close(here->log[1]);
}

/* It would not look again for an hour, but notices that rpcbind ended.  The new one knows nothing,
 * until it does. */
static void test_rpcbind_restarts(void)
{
	struct here here;

	if (!rpcbind_start())
		return;
	here_start(&here, HOUR, false);
	CHECK_INT(count_entries(), COUNT(programs));
	for (int i = 0; i < 2; i++) {
		rpcbind_stop();
		rpcbind_start();
		wait_for_entries(COUNT(programs));
	}
	here_stop(&here);
	CHECK_INT(count_entries(), 0);
	rpcbind_stop();
}

/* A socket at rpcbind's path, as a service manager has it, in any process. */
static int open_rpcbinds_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = _PATH_RPCBINDSOCK };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(fd, 16), 0);
	return fd;
}

/* rpcbind as systemd starts it (sd_listen_fds(3)). */
static pid_t start_rpcbind_at(int fd)
{
	pid_t pid = fork_tied();
	char own[16];

	if (pid == 0) {
		snprintf(own, sizeof(own), "%d", (int)getpid());
		setenv("LISTEN_PID", own, 1);
		setenv("LISTEN_FDS", "1", 1);
		if (dup2(fd, 3) == 3 && fcntl(3, F_SETFD, 0) == 0)
			execl("/usr/sbin/rpcbind", "rpcbind", "-f", (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* The socket stays, and nobody's calls are refused: only who was connected learns of the end. */
static void test_rpcbind_restarts_at_its_socket(void)
{
	struct here here;
	pid_t pid;
	int fd;

	if (rpcbind_missing()) {
		harness_skip(rpcbind_missing());
		return;
	}
	fd = open_rpcbinds_socket();
	pid = start_rpcbind_at(fd);
	here_start(&here, HOUR, false);
	CHECK_INT(count_entries(), COUNT(programs));
	process_halt(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	pid = start_rpcbind_at(fd);
	wait_for_entries(COUNT(programs));
	here_stop(&here);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
	unlink(_PATH_RPCBINDSOCK);
}

/* Another one takes its place.  It says so, once, leaves it that, and has its place again when that
 * one has ended. */
static void test_place_is_taken(void)
{
	struct pollfd line = { .events = POLLIN };
	struct daemon daemon;
	char text[4096] = "";
	struct here here;

	if (!rpcbind_start())
		return;
	here_start(&here, 20, true);
	line.fd = here.log[0];
	start(&daemon, only_tcp_replacing);
	check_all_registered(&daemon);
	CHECK_INT(poll(&line, 1, HARNESS_PATIENCE * 1000), 1);
	check_all_registered(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
	wait_for_entries(COUNT(programs));
	CU_ASSERT(read(here.log[0], text, sizeof(text) - 1) > 0);
	CHECK_INT(count_in(text, "another server has the place, and is alive"), 1);
	here_stop(&here);
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
	CHECK_INT(count_in(outcome.out, "\"discovery_bytes\":116"), 2); /* rpc, and tirpc */
	CHECK_INT(count_in(outcome.out, "\"discovery_bytes\":108"), 2);
	CHECK_INT(count_in(outcome.out, "\"discovery_bytes\":0}"), 11);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "takes 116 bytes over rpc+tcp, once"));
	CHECK_INT(count_entries(), 0);
	outcome_release(&outcome);
	rpcbind_stop();
}

static const struct test tests[] = {
	{ "registered, found and removed", test_registered },
	{ "found without a word of where", test_found_by_nobodys_word },
	{ "found where only a Unix socket is", test_other_transports },
	{ "a dead server's entries are replaced", test_stale_entries_are_replaced },
	{ "a living server's entries stay", test_living_server_stays },
	{ "a hanging server's entries stay", test_hanging_server_stays },
	{ "a living server's entries are replaced by --replace", test_living_server_is_replaced },
	{ "what a crash left goes, whatever it was", test_rests_are_removed },
	{ "an entry that leads to ourselves is replaced", test_own_port },
	{ "another user's entry is in the way", test_another_users_entry },
	{ "what --trace says of it", test_trace_of_discovery },
	{ "compare counts what asking takes", test_compare_counts_discovery },
	{ "rpcbind dies", test_rpcbind_dies },
	{ "no rpcbind", test_no_rpcbind },
	{ "rpcbind comes later", test_rpcbind_comes_later },
	{ "two daemons meet at a new rpcbind", test_daemons_meet_at_a_new_rpcbind },
	{ "rpcbind hangs", test_rpcbind_hangs },
	{ "rpcbind restarts", test_rpcbind_restarts },
	{ "rpcbind restarts at its socket", test_rpcbind_restarts_at_its_socket },
	{ "another one takes the place", test_place_is_taken },
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
