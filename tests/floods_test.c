/*
 * A peer that takes all it gets, on many connections: time, the pool's threads, memory.  An honest
 * client beside it is served before its deadline, and never refused.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fork.h"
#include "compare/lab/wire.h"
#include "tests/kit/attacks.h"
#include "tests/kit/calls.h"
#include "tests/kit/other_peer.h"
#include "tests/kit/harness.h"
#include "tests/kit/honest_client.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DEADLINE     (10 * SECOND * HARNESS_SLOWNESS) /* of an honest client's call */

static char root[] = "/tmp/sidecall-test-XXXXXX"; /* a page of it is 1 MiB */

/* ---- what one peer does on many connections, until it is ended ---- */

struct flood {
	const char *name;
	const char *procedure; /* NULL: the beginning of a message */
	const void *arguments;
	unsigned int on;          /* transports */
	unsigned int connections; /* in all */
	size_t part;              /* bytes of that beginning */
	const char *options[4];   /* the server's */
	int rounds;               /* of the honest client */
};

/* One connection of the flood. */
struct pump {
	const struct endpoint *endpoint;
	struct wire wire; /* of shm; of others, its descriptor */
	size_t offset;    /* in the calls */
	uint32_t id;
};

static bool is_on(const struct endpoint *endpoint, unsigned int transports)
{
	return transports & 1U << endpoint->transport;
}

static bool pump_open(struct pump *pump, const struct endpoint *endpoint)
{
	*pump = (struct pump){ .endpoint = endpoint };
	if (is_on(endpoint, ON_SHM))
		return wire_connect(&pump->wire, endpoint);
	pump->wire.in = other_peer_connect(endpoint, OTHER_PEER_HOST);
	if (pump->wire.in >= 0)
		fcntl(pump->wire.in, F_SETFL, O_NONBLOCK);
	return pump->wire.in >= 0;
}

/* The beginning of a long message alone; then silence. */
static void begin_message(const struct flood *flood, struct buffer *bytes, bool rpc)
{
	static const uint8_t marks[2][4] = { { 0, 8, 0, 0 }, { 0x80, 8, 0, 0 } };

	buffer_append(bytes, marks[rpc], 4);
	buffer_reserve(bytes, flood->part);
	memset(bytes->data + bytes->length, 0, flood->part);
	bytes->length += flood->part;
}

static void make_calls(const struct flood *flood, const struct endpoint *endpoint,
		       struct buffer *calls)
{
	bool rpc = endpoint->protocol == ENDPOINT_RPC, stream = is_on(endpoint, ON_SOCKETS);

	if (!flood->procedure)
		begin_message(flood, calls, rpc);
	else
		for (uint32_t id = 1; id <= (stream ? 16 : 1); id++)
			call_make(calls, rpc, stream, id, flood->procedure, flood->arguments);
}

static void drink(struct pump *pump)
{
	static uint8_t bytes[1 << 18];

	while (recv(pump->wire.in, bytes, sizeof(bytes), MSG_DONTWAIT) == sizeof(bytes))
		;
}

static void drink_ring(struct pump *pump)
{
	struct buffer reply = { 0 };

	drink(pump);
	while (ring_read(&pump->wire.reader, &reply, pump->wire.size) > 0)
		reply.length = 0;
	buffer_release(&reply);
}

/* Sends what is taken now, again from the beginning after the end; a datagram is another call each
 * time. */
static void pump_act(struct pump *pump, struct buffer *calls, bool once)
{
	uint32_t id = htonl(++pump->id);
	ssize_t n;

	if (is_on(pump->endpoint, ON_SHM)) {
		while (ring_write(&pump->wire.writer, calls->data, calls->length) > 0)
			;
		shm_wake(pump->wire.in);
		drink_ring(pump);
		return;
	}
	if (is_on(pump->endpoint, ON_UDP))
		memcpy(calls->data, &id, sizeof(id));
	n = send(pump->wire.in, calls->data + pump->offset, calls->length - pump->offset,
		 MSG_NOSIGNAL);
	if (is_on(pump->endpoint, ON_UDP))
		n = 0;
	pump->offset += n > 0 ? (size_t)n : 0;
	if (pump->offset == calls->length && !once)
		pump->offset = 0;
	drink(pump);
}

/* Does so on all its connections, after it has said that it has them all. */
static void flood_for_ever(const struct flood *flood, const struct endpoint *endpoints, int ready)
{
	struct pump *pumps = calloc(flood->connections, sizeof(*pumps));
	struct buffer calls[EVERYWHERE] = { 0 };
	unsigned int chosen[EVERYWHERE], kinds = 0;

	for (unsigned int i = 0; i < EVERYWHERE; i++)
		if (is_on(&endpoints[i], flood->on)) {
			make_calls(flood, &endpoints[i], &calls[i]);
			chosen[kinds++] = i;
		}
	for (unsigned int i = 0; i < flood->connections; i++)
		if (!pump_open(&pumps[i], &endpoints[chosen[i % kinds]]))
			_exit(EXIT_FAILURE);
	for (unsigned int round = 0;; round++) {
		for (unsigned int i = 0; i < flood->connections; i++)
			pump_act(&pumps[i], &calls[chosen[i % kinds]], !flood->procedure);
		if (round == 0 && write(ready, "!", 1) != 1)
			_exit(EXIT_FAILURE);
		if (!flood->procedure && round > 3)
			poll(NULL, 0, 10);
	}
}

static pid_t flood_start(const struct flood *flood, const struct endpoint *endpoints)
{
	int ready[2];
	char byte;
	pid_t pid;

	CU_ASSERT_FATAL(pipe(ready) == 0);
	pid = fork_tied();
	if (pid == 0) {
		if (geteuid() == 0 &&
		    setresuid(OTHER_PEER_USER, OTHER_PEER_USER, OTHER_PEER_USER) < 0)
			_exit(EXIT_FAILURE);
		flood_for_ever(flood, endpoints, ready[1]);
	}
	close(ready[1]);
	CHECK_INT(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

/* ---- an honest client beside it ---- */

static void try_flood(const struct flood *flood)
{
	struct flood own = *flood;
	int64_t began = clock_now();
	struct daemon daemon;
	struct endpoint endpoints[EVERYWHERE];
	struct honest_client honest;
	pid_t pid;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, root, flood->options));
	if (!other_peer_admit_users(&daemon))
		own.on &= ~(unsigned int)(ON_UNIX | ON_SHM);
	call_endpoints(&daemon, endpoints);
	honest_client_join(&honest, endpoints, EVERYWHERE, DEADLINE,
			   (struct honest_client_self){ 0 });
	pid = flood_start(&own, endpoints);
	for (int i = 0; i < flood->rounds; i++)
		honest_client_round(&honest, ON_ALL);
	call_lists(&daemon, DEADLINE);
	if (!flood->procedure)
		for (int i = 0; i < 10; i++)
			call_list(&endpoints[i % 2], DEADLINE, 1 << 20); /* by tcp */
	CHECK_STR(honest.why, "");
	CHECK_INT(honest.calls, EVERYWHERE * (1 + 2 * flood->rounds));
	CU_ASSERT(attack_end(pid)); /* it was at it all the time */
	honest_client_leave(&honest);
	CHECK_INT(daemon_stop(&daemon), 0);
	if (getenv("V"))
		printf("%7.2f s, slowest %7.1f ms, list %7.1f ms  %s\n",
		       (double)(clock_now() - began) / SECOND, (double)honest.slowest / 1e6,
		       (double)honest.slowest_list / 1e6, flood->name);
}

static char remainders[1024], long_way[4096];
static const char *const evaluate_arguments = remainders, *const stat_arguments = long_way,
			 *const huge = ATTACK_HUGE_FILE;
static quad_t numbers[4096];
static const calc_values summarize_arguments = { COUNT(numbers), numbers };
static const fileinfo_list_args list_arguments = { (char *)".", 0, 65536 };

#define CALLS(name, procedure, arguments, on, connections)                                         \
	{                                                                                          \
		name, procedure, arguments, on, connections, 0, { NULL }, 2                        \
	}

static const struct flood floods[] = {
	CALLS("evaluate on 300 connections", "evaluate", &evaluate_arguments, ON_TCP, 300),
	CALLS("evaluate by everything", "evaluate", &evaluate_arguments,
	      ON_TCP | ON_UDP | ON_UNIX | ON_SHM, 96),
	CALLS("summarize on 300 connections", "summarize", &summarize_arguments, ON_TCP | ON_UNIX,
	      300),
	CALLS("summarize by datagrams", "summarize", &summarize_arguments, ON_UDP, 16),
	CALLS("stat on 300 connections", "stat", &stat_arguments, ON_TCP | ON_UNIX, 300),
	CALLS("stat by datagrams and shared memory", "stat", &stat_arguments, ON_UDP | ON_SHM, 32),
	CALLS("lists on 3,000 connections", "list", &list_arguments, ON_TCP, 3000),
	{ "digests by datagrams", "digest", &huge, ON_UDP, 2, 0, { "--stop-timeout", "1" }, 2 },
	{ "5 KB of a message each",
	  NULL,
	  NULL,
	  ON_TCP,
	  500,
	  5000,
	  { "--max-memory", "4194304" },
	  1 },
	{ "20 KB of a message each",
	  NULL,
	  NULL,
	  ON_TCP,
	  500,
	  20000,
	  { "--max-memory", "4194304" },
	  1 },
};

static void prepare_arguments(void)
{
	for (size_t i = 0; i < sizeof(remainders) - 1; i++)
		remainders[i] = "9%"[i % 2];
	for (size_t i = 0; i < sizeof(long_way) - 1; i++)
		long_way[i] = "d/../"[i % 5];
	for (size_t i = 0; i < COUNT(numbers); i++)
		numbers[i] = (quad_t)i;
}

static void test_floods(void)
{
	const unsigned int most = process_raise_descriptors() - 300;

	prepare_arguments();
	for (size_t i = 0; i < COUNT(floods); i++) {
		unsigned int failures = CU_get_number_of_failures();
		struct flood flood = floods[i];

		if (flood.connections > most)
			flood.connections = most;
		try_flood(&flood);
		if (CU_get_number_of_failures() > failures)
			printf("      in: %s\n", flood.name);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "beside a peer that takes all it gets", test_floods },
		{ NULL, NULL },
	};
	char path[64];
	int status;

	signal(SIGPIPE, SIG_IGN);
	if (!attack_make_root(root))
		return EXIT_FAILURE;
	snprintf(path, sizeof(path), "%s/d", root);
	mkdir(path, 0700);
	status = harness_run("floods", tests);
	remove_tree(root);
	return status;
}
