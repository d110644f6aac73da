/*
 * What one peer takes, others still have: time, places in the pool, memory, registers, and what is
 * remembered of datagrams.  An honest client is served before its deadline, and never refused.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kit/attacks.h"
#include "tests/kit/calls.h"
#include "tests/kit/other_peer.h"
#include "tests/kit/datagrams.h"
#include "tests/kit/harness.h"
#include "tests/kit/namespace.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DEADLINE     (10 * SECOND * HARNESS_SLOWNESS) /* of an honest client's call */
#define PATIENCE     (HARNESS_PATIENCE * 1000)        /* milliseconds */

static char root[] = "/tmp/sidecall-test-XXXXXX"; /* a page of it is 1 MiB */

static const char *const huge = ATTACK_HUGE_FILE;

/* ---- places in the pool ---- */

/* Honest digests of one peer, more than there are places. */
static void test_honest_digests(void)
{
	enum { DIGESTS = 16 };
	char path[128];
	pid_t pids[DIGESTS];
	struct daemon daemon;
	int fd;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	snprintf(path, sizeof(path), "%s/file", daemon.root);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(ftruncate(fd, (off_t)8 << 20), 0);
	close(fd);
	for (int i = 0; i < DIGESTS; i++)
		pids[i] = call_digesting(daemon_endpoint(&daemon, i % 2 ? "rpc+tcp" : "raw+tcp"),
					 "file", 4 * DEADLINE);
	for (int i = 0; i < DIGESTS; i++)
		CHECK_INT(call_wait(pids[i]), 0);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* None of these is refused, however long they take: they wait for each other, and for nobody else.
 */
static void test_endless_digests(void)
{
	enum { DIGESTS = 16, WATCHED = 3000 /* milliseconds, more than the pool's patience */ };
	struct pollfd fds[DIGESTS];
	const struct linger reset = { 1, 0 };
	struct buffer call = { 0 };
	struct endpoint endpoint;
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, root, NULL));
	endpoint = call_endpoint_of(&daemon, "rpc+tcp");
	call_make(&call, true, true, 1, "digest", &huge);
	for (int i = 0; i < DIGESTS; i++) {
		fds[i] = (struct pollfd){ other_peer_connect(&endpoint, OTHER_PEER_HOST), POLLIN,
					  0 };
		setsockopt(fds[i].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		CHECK_INT(send(fds[i].fd, call.data, call.length, 0), call.length);
	}
	CHECK_INT(poll(fds, DIGESTS, WATCHED), 0);
	for (int i = 0; i < DIGESTS; i++)
		close(fds[i].fd);
	buffer_release(&call);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Whether a BUSY has come on any of these; nothing else can, for no digest of theirs ends. */
static bool one_is_busy(const int fds[], unsigned int count, const struct endpoint *endpoint)
{
	const bool rpc = endpoint->protocol == ENDPOINT_RPC;
	uint8_t bytes[64];

	for (unsigned int i = 0; i < count; i++) {
		ssize_t n = recv(fds[i], bytes, sizeof(bytes), MSG_DONTWAIT);

		if (n < 12)
			continue;
		if (rpc)
			CHECK_INT(datagram_word(bytes, 4 + 20), SYSTEM_ERR);
		else
			CHECK_INT(datagram_word(bytes, 4 + 4) & 0xffff, RAW_BUSY);
		return true;
	}
	return false;
}

/* All that one peer may have waiting, waits: it is told so at once, and another one is served. */
static void try_used_up(const char *by)
{
	enum { CLIENTS = 1100, CALLS = 4 };
	static int fds[CLIENTS];
	const struct linger reset = { 1, 0 };
	struct buffer calls = { 0 };
	struct endpoint endpoint;
	struct daemon daemon;
	bool busy;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, root, NULL));
	endpoint = call_endpoint(daemon_endpoint(&daemon, by));
	for (uint32_t id = 1; id <= CALLS; id++)
		call_make(&calls, endpoint.protocol == ENDPOINT_RPC, true, id, "digest", &huge);
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = other_peer_connect(&endpoint, OTHER_PEER_HOST);
		CU_ASSERT_FATAL(fds[i] >= 0);
		setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		CHECK_INT(send(fds[i], calls.data, calls.length, 0), calls.length);
	}
	AWAIT((busy = one_is_busy(fds, CLIENTS, &endpoint)));
	CHECK_INT(busy, true);
	CU_ASSERT(daemon_says(&daemon, OTHER_PEER_HOST ": ", PATIENCE));
	CHECK_INT(call_wait(call_digesting(daemon.endpoints[0], "00", 1 * DEADLINE)) != 75, true);
	call_lists(&daemon, DEADLINE);
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i]);
	buffer_release(&calls);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_used_up(void)
{
	if (process_raise_descriptors() < 1400) {
		harness_skip("too few descriptors (ulimit -n)");
		return;
	}
	try_used_up("raw+tcp");
	try_used_up("rpc+tcp");
}

/* ---- at most once ---- */

static const char *const over_udp[] = { "rpc+udp://127.0.0.1:0", "raw+udp://127.0.0.1:0" };

static enum other_peer_answer accumulate(int fd, const struct endpoint *endpoint, uint32_t id,
					 const char *name, quad_t amount, uint32_t *total)
{
	const calc_accumulation arguments = { (char *)name, amount };
	struct buffer result = { 0 };
	enum other_peer_answer answer = other_peer_call(fd, endpoint, id, "accumulate", &arguments,
							&result);

	*total = result.length >= 4 ? datagram_word(result.data, result.length - 4) : 0;
	buffer_release(&result);
	return answer;
}

/* One peer fills its share of what is remembered: what it asks then is refused, and not executed;
 * what others asked is remembered on, and what they ask now is executed. */
static void try_remembered(const char *listen)
{
	enum { MOST_CALLS = 50000 };
	const char *const options[] = { "--workers", "1", "--listen", listen, NULL };
	struct endpoint endpoint;
	struct daemon daemon;
	uint32_t total, executed = 0;
	int honest, greedy;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	endpoint = call_endpoint(daemon.endpoints[0]);
	honest = other_peer_connect(&endpoint, "127.0.0.1");
	greedy = other_peer_connect(&endpoint, OTHER_PEER_HOST);
	CHECK_INT(accumulate(honest, &endpoint, 1, "once", 7, &total), OTHER_PEER_ANSWERED);
	CHECK_INT(total, 7);
	while (executed < MOST_CALLS &&
	       accumulate(greedy, &endpoint, executed, "theirs", 1, &total) == OTHER_PEER_ANSWERED)
		CHECK_INT(total, ++executed);
	CHECK_THAT(executed > 100 && executed < MOST_CALLS, "%u are remembered", executed);
	CHECK_INT(accumulate(greedy, &endpoint, executed, "theirs", 1, &total), OTHER_PEER_BUSY);
	CHECK_INT(accumulate(greedy, &endpoint, 3, "theirs", 1, &total), OTHER_PEER_ANSWERED);
	CHECK_INT(total, 4); /* as it was answered before */
	CHECK_INT(accumulate(honest, &endpoint, 1, "once", 7, &total), OTHER_PEER_ANSWERED);
	CHECK_INT(total, 7);
	CHECK_INT(accumulate(honest, &endpoint, 2, "once", 7, &total), OTHER_PEER_ANSWERED);
	CHECK_INT(total, 14);
	CHECK_INT(accumulate(honest, &endpoint, 3, "theirs", 0, &total), OTHER_PEER_ANSWERED);
	CHECK_INT(total, executed);
	close(greedy);
	close(honest);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_remembered(void)
{
	for (size_t i = 0; i < COUNT(over_udp); i++)
		try_remembered(over_udp[i]);
}

/* A new socket at a port that others had before. */
static int connect_again(const struct endpoint *endpoint, in_port_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = *port,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct timeval patience = { .tv_sec = HARNESS_PATIENCE };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(address);

	CHECK_INT(bind(fd, (struct sockaddr *)&address, length), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	*port = address.sin_port;
	address.sin_port = htons((uint16_t)endpoint->port);
	CHECK_INT(connect(fd, (struct sockaddr *)&address, length), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* Clients that all count from the same number, from ports that others had before: each gets the
 * answer to its own call. */
static void try_same_ids(const char *listen)
{
	enum { CLIENTS = 4000, PORTS = 4 };
	const char *const options[] = { "--workers", "1", "--listen", listen, NULL };
	in_port_t ports[PORTS] = { 0 };
	struct endpoint endpoint;
	struct daemon daemon;
	unsigned int wrong = 0;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	endpoint = call_endpoint(daemon.endpoints[0]);
	for (quad_t i = 0; i < CLIENTS; i++) {
		const calc_operands operands = { i, 1000 };
		int fd = connect_again(&endpoint, &ports[i % PORTS]);
		struct buffer result = { 0 };

		wrong += other_peer_call(fd, &endpoint, 7, "add", &operands, &result) !=
				 OTHER_PEER_ANSWERED ||
			 datagram_word(result.data, result.length - 4) != i + 1000;
		buffer_release(&result);
		close(fd);
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_same_ids(void)
{
	for (size_t i = 0; i < COUNT(over_udp); i++)
		try_same_ids(over_udp[i]);
}

/* ---- registers ---- */

/* Makes registers until there are none left for this peer, or so many. */
static uint32_t make_registers(int fd, const struct endpoint *endpoint, int peer, uint32_t most)
{
	uint32_t count = 0, status = CALC_OK;

	while (count < most && status == CALC_OK) {
		char name[32];
		const calc_accumulation theirs = { name, 1 };
		struct buffer reply = { 0 };

		snprintf(name, sizeof(name), "%d.%u", peer, count++);
		CHECK_INT(other_peer_call(fd, endpoint, count, "accumulate", &theirs, &reply),
			  OTHER_PEER_ANSWERED);
		status = datagram_word(reply.data, 0);
		buffer_release(&reply);
	}
	return status == CALC_OK ? count : count - 1;
}

static void test_registers(void)
{
	calc_accumulation mine = { (char *)"mine", 7 };
	union procedure_result result;
	struct endpoint endpoint;
	struct daemon daemon;
	int fd;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	endpoint = call_endpoint_of(&daemon, "rpc+tcp");
	fd = other_peer_connect(&endpoint, OTHER_PEER_HOST);
	CHECK_INT(make_registers(fd, &endpoint, 0, 2048), 512);
	for (int i = 0; i < EVERYWHERE; i++) {
		endpoint = call_endpoint(daemon.endpoints[i]);
		CHECK_INT(call_once(&endpoint, DEADLINE, "accumulate", &mine, &result), 0);
		CHECK_INT(result.number.status, CALC_OK);
		CHECK_INT(result.number.calc_result_u.value, 7 * (i + 1));
	}
	close(fd);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- several peers together ---- */

/* A socket of the so-many-th of them. */
static int connect_peer(const struct endpoint *endpoint, int peer)
{
	char host[32];

	snprintf(host, sizeof(host), "127.0.2.%d", peer + 1);
	return other_peer_connect(endpoint, host);
}

/* So many digests of one of them, by datagram; they never end. */
static int send_digests(const struct endpoint *endpoint, int peer, uint32_t calls)
{
	int fd = connect_peer(endpoint, peer);

	for (uint32_t id = 1; id <= calls; id++) {
		struct buffer call = { 0 };

		call_make(&call, endpoint->protocol == ENDPOINT_RPC, false, id, "digest", &huge);
		CHECK_INT(send(fd, call.data, call.length, 0), call.length);
		buffer_release(&call);
	}
	return fd;
}

/* Addresses that each ask for many digests by datagram, the first of them as many as get threads:
 * another one's page is made, and one of them is told that a call of its made way. */
static void try_digests_of_several(const char *by, uint32_t first, uint32_t calls)
{
	enum { PEERS = 20 };
	static const char *const options[] = { "--stop-timeout", "1", "--workers", "1", NULL };
	struct endpoint endpoint;
	struct daemon daemon;
	int fds[PEERS];

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, root, options));
	endpoint = call_endpoint(daemon_endpoint(&daemon, by));
	for (int peer = 0; peer < PEERS; peer++) {
		fds[peer] = send_digests(&endpoint, peer, peer ? calls : first);
		if (peer == 0 || first == calls)
			call_list(&endpoint, DEADLINE, 4096);
	}
	call_list(&endpoint, DEADLINE, 4096);
	if (first == calls)
		CU_ASSERT(daemon_says(&daemon, "one made way for another peer's", PATIENCE));
	call_lists(&daemon, DEADLINE);
	for (int peer = 0; peer < PEERS; peer++)
		close(fds[peer]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* All places for datagrams' calls are taken, and all calls of the one that has most have threads;
 * all others have one.  Another one's page is made. */
static void try_digests_under_way(const char *by)
{
	enum { PEERS = 240, FIRST = 24, UNTIL_THREADS = 3000 /* milliseconds */ };
	static const char *const options[] = { "--stop-timeout", "1", "--workers", "1", NULL };
	struct endpoint endpoint;
	struct daemon daemon;
	int fds[PEERS];

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, root, options));
	endpoint = call_endpoint(daemon_endpoint(&daemon, by));
	fds[0] = send_digests(&endpoint, 0, FIRST);
	poll(NULL, 0, UNTIL_THREADS);
	for (int peer = 1; peer < PEERS; peer++)
		fds[peer] = send_digests(&endpoint, peer, 1);
	call_list(&endpoint, DEADLINE, 4096);
	for (int peer = 0; peer < PEERS; peer++)
		close(fds[peer]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_digests_of_several(void)
{
	try_digests_of_several("rpc+udp", 128, 128);
	try_digests_of_several("raw+udp", 24, 12);
	try_digests_under_way("raw+udp");
}

/* Any number of addresses that send datagrams make one half of the registers, for who sent them is
 * not sure; one of them half of that, and a connection half of the rest. */
static void test_registers_of_several(void)
{
	enum { PEERS = 12, MOST = 1024 };
	struct endpoint by_datagrams, by_tcp;
	struct daemon daemon;
	uint32_t made = 0;
	int fd;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	by_datagrams = call_endpoint_of(&daemon, "rpc+udp");
	by_tcp = call_endpoint_of(&daemon, "rpc+tcp");
	for (int peer = 0; peer < PEERS; peer++) {
		fd = connect_peer(&by_datagrams, peer);
		made += make_registers(fd, &by_datagrams, peer, MOST);
		if (peer == 0)
			CHECK_INT(made, MOST / 4);
		close(fd);
	}
	CHECK_INT(made, MOST / 2);
	fd = connect_peer(&by_tcp, PEERS);
	CHECK_INT(make_registers(fd, &by_tcp, PEERS, MOST), MOST / 4);
	close(fd);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Twenty addresses that fill what is remembered: what another one asks is executed, once. */
static void test_remembered_of_several(void)
{
	enum { PEERS = 20, MOST_CALLS = 50000 };
	const char *const options[] = { "--workers", "1", "--listen", over_udp[0], NULL };
	struct endpoint endpoint;
	struct daemon daemon;
	uint32_t total, id;
	int honest, fd;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	endpoint = call_endpoint(daemon.endpoints[0]);
	honest = other_peer_connect(&endpoint, "127.0.0.1");
	for (int peer = 0; peer < PEERS; peer++) {
		fd = connect_peer(&endpoint, peer);
		for (id = 1; id < MOST_CALLS; id++)
			if (accumulate(fd, &endpoint, id, "theirs", 1, &total) !=
			    OTHER_PEER_ANSWERED)
				break;
		CHECK_THAT(id > 10 && id < MOST_CALLS, "peer %d was refused after %u", peer, id);
		close(fd);
	}
	/* Twice each, one behind the other. */
	for (id = 2; id <= 20; id++) {
		CHECK_INT(accumulate(honest, &endpoint, id / 2, "once", 7, &total),
			  OTHER_PEER_ANSWERED);
		CHECK_INT(total, 7 * (id / 2));
	}
	close(honest);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- who it was ---- */

/* A NULL call with a credential of a flavor that nobody has heard of is answered (RFC 5531, section
 * 12.1), and what is no call at all is logged with the peer it came from. */
static void test_who_it_was(void)
{
	enum { FLAVOR = 4 + 24 }; /* behind the mark, the id and five words */
	const uint32_t unknown = htonl(0x00abcdef);
	struct buffer call = { 0 };
	struct endpoint endpoint;
	struct daemon daemon;
	uint8_t reply[28];
	int fd;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	endpoint = call_endpoint_of(&daemon, "rpc+tcp");
	fd = other_peer_connect(&endpoint, OTHER_PEER_HOST);
	call_make(&call, true, true, 1, "null", NULL);
	memcpy(call.data + FLAVOR, &unknown, sizeof(unknown));
	CHECK_INT(send(fd, call.data, call.length, 0), call.length);
	CHECK_INT(recv(fd, reply, sizeof(reply), MSG_WAITALL), sizeof(reply));
	CHECK_INT(datagram_word(reply, 4 + 8), MSG_ACCEPTED);
	CHECK_INT(datagram_word(reply, 4 + 20), SUCCESS);
	CHECK_INT(send(fd, "\200\0\0\4abcd", 8, 0), 8);
	CU_ASSERT(daemon_says(&daemon, OTHER_PEER_HOST ": rpc: what a client sent is no call",
			      PATIENCE));
	close(fd);
	buffer_release(&call);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- memory ---- */

/* MiB of pages in progress: each place of the pool may take three messages
 * (server/runtime/worker.c). */
static long pages_in_progress(void)
{
	const int places = 4 * get_nprocs();

	return 3L * (places > 12 ? places : 12);
}

/* It grows by --max-memory, by pages in progress, and by 24 MiB, at most: docs/hostile.md. */
static void test_memory_of_all(void)
{
	static const char *const kinds[] = { "a thousand half-records",
					     "replies of 1 MiB that nobody reads",
					     "long datagrams from many ports",
					     "a thousand rings filled" };
	struct endpoint endpoints[EVERYWHERE];
	pid_t pids[COUNT(kinds)];
	struct daemon daemon;
	long before, grown;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, root, NULL));
	call_endpoints(&daemon, endpoints);
	call_lists(&daemon, DEADLINE);
	before = observe_memory(daemon.pid);
	CU_ASSERT(observe_peak_begin(daemon.pid));
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct attack *attack = attacks;

		while (attack->name && strcmp(attack->name, kinds[i]) != 0)
			attack++;
		CU_ASSERT_FATAL(attack->name != NULL);
		pids[i] = attack_start(attack, endpoints, EVERYWHERE);
	}
	for (int i = 0; i < 3; i++)
		CU_ASSERT(daemon_says(&daemon, "(--max-memory)", PATIENCE));
	poll(NULL, 0, 1000); /* of the attack */
	for (size_t i = 0; i < COUNT(kinds); i++)
		CU_ASSERT(attack_end(pids[i]));
	grown = observe_peak(daemon.pid) - before;
	if (getenv("V"))
		printf("%7ld KiB\n", grown);
	CHECK_THAT(grown < (32 + pages_in_progress() + 24) * 1024 * HARNESS_SLOWNESS,
		   "it grew by %ld KiB", grown);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- small calls, large replies ---- */

#define FAR "10.9.8.7"

/* From afar: how long a page is whose caller would take 64 KiB, and what a reply of 4 KB becomes.
 */
static void try_far(const char *listen, const char *most, enum other_peer_answer large)
{
	const char *const options[] = { "--listen", listen, most ? "--max-udp-reply" : NULL, most,
					NULL };
	const fileinfo_list_args page = { (char *)".", 0, 65536 };
	const char *link = "link";
	struct buffer result = { 0 };
	struct endpoint endpoint;
	char target[4000], path[160];
	struct daemon daemon;
	size_t limit = most ? strtoul(most, NULL, 10) : 1432;
	int fd;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	memset(target, 'x', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	snprintf(path, sizeof(path), "%s/link", daemon.root);
	CHECK_INT(symlink(target, path), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "%s/%064d", daemon.root, i);
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
	endpoint = call_endpoint(daemon.endpoints[0]);
	fd = other_peer_connect(&endpoint, FAR);
	CHECK_INT(other_peer_call(fd, &endpoint, 1, "list", &page, &result), OTHER_PEER_ANSWERED);
	CHECK_THAT(result.length > limit / 2 && result.length <= limit - 8, "a page of %zu bytes",
		   result.length);
	CHECK_INT(other_peer_call(fd, &endpoint, 2, "readlink", &link, &result), large);
	close(fd);
	buffer_release(&result);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_far(void)
{
	const char *why = namespace_enter_with(FAR);

	if (why) {
		harness_skip(why);
		return;
	}
	try_far("rpc+udp://" FAR ":0", NULL, OTHER_PEER_BUSY); /* SYSTEM_ERR */
	try_far("raw+udp://" FAR ":0", NULL, OTHER_PEER_TOO_LARGE);
	try_far("rpc+udp://" FAR ":0", "5000", OTHER_PEER_ANSWERED);
	try_far("raw+udp://" FAR ":0", "5000", OTHER_PEER_ANSWERED);
}

int main(void)
{
	static const struct test tests[] = {
		{ "many honest digests", test_honest_digests },
		{ "many digests without end", test_endless_digests },
		{ "a share of the pool that is used up", test_used_up },
		{ "a share of what is remembered that is used up", test_remembered },
		{ "the same id from the same port", test_same_ids },
		{ "registers", test_registers },
		{ "digests of several peers", test_digests_of_several },
		{ "registers of several peers", test_registers_of_several },
		{ "what is remembered of several peers", test_remembered_of_several },
		{ "who it was", test_who_it_was },
		{ "memory, by all at once", test_memory_of_all },
		/* Last, for the network is another one afterwards. */
		{ "large replies to small datagrams", test_far },
		{ NULL, NULL },
	};
	int status;

	signal(SIGPIPE, SIG_IGN);
	if (!attack_make_root(root))
		return EXIT_FAILURE;
	status = harness_run("shares", tests);
	remove_tree(root);
	return status;
}
