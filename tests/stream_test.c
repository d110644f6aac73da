/*
 * Sessions on byte streams, in this process: the loop runs in slices, and the peers are the other
 * ends of socket pairs.  What one peer does must not be felt by another.
 */
#include "server/runtime/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/serving.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define WAIT          (HARNESS_PATIENCE * 1000) /* milliseconds */
#define STALL         200 /* milliseconds that the machine may keep us waiting where time counts */
#define SMALL_SOCKET  16384
#define ADD_CALL      28 /* bytes, with its length in front */
#define ADD_REPLY     22
#define TARGET        1000 /* bytes that the link is long */
#define LINK_CALL     15
#define LINK_REPLY    (4 + 8 + 2 + 2 + TARGET)
#define DIGEST_REPLY  (4 + 8 + 2 + 8 + 32)
#define MANY          60000
#define DIGEST_FILE   ((size_t)256 << 10) /* bytes: some tenths of a millisecond to digest */

/* ---- a world of one loop, and peers in it ---- */

struct world {
	char directory[32]; /* the root: a link "l", a file "f" */
	struct limits limits;
	struct loop loop;
	struct serving serving;
	struct peers own_peers, *peers;
	struct sessions sessions;
};

struct far_end {
	int fd;
	struct buffer received;
	bool ended;
};

static void make_tree(struct world *world)
{
	char path[64], target[TARGET + 1], *content = calloc(1, DIGEST_FILE);
	FILE *file;

	strcpy(world->directory, "/tmp/stream-XXXXXX");
	if (!content || !harness_directory(world->directory))
		CU_FAIL_FATAL("no directory for the test");
	memset(target, 't', TARGET);
	target[TARGET] = '\0';
	snprintf(path, sizeof(path), "%s/l", world->directory);
	CHECK_INT(symlink(target, path), 0);
	snprintf(path, sizeof(path), "%s/f", world->directory);
	file = fopen(path, "w");
	CU_ASSERT_FATAL(file && fwrite(content, DIGEST_FILE, 1, file) == 1 && fclose(file) == 0);
	free(content);
}

static const struct limits no_limits = { .memory = SIZE_MAX / 2,
					 .peers = { UINT_MAX, UINT_MAX, UINT_MAX, false } };

/* Limits that are 0 are none, but for the message's.  `beside`: another world whose peers it
 * shares, as a worker does; or NULL. */
static void world_open_beside(struct world *world, struct limits limits, struct world *beside)
{
	signal(SIGPIPE, SIG_IGN);
	make_tree(world);
	world->limits = limits;
	if (!world->limits.message)
		world->limits.message = FRAMING_MAX_MESSAGE;
	if (!world->limits.memory)
		world->limits.memory = no_limits.memory;
	if (!world->limits.peers.connections)
		world->limits.peers = no_limits.peers;
	world->peers = beside ? beside->peers : &world->own_peers;
	if (!beside)
		CHECK_INT(peers_init(world->peers, 2), 0);
	CHECK_INT(loop_init(&world->loop), 0);
	serving_open(&world->serving, world->directory, 0);
	sessions_init(&world->sessions, &world->loop, &world->serving.served, NULL, &world->limits,
		      world->peers, beside ? &beside->sessions : NULL);
}

static void world_open(struct world *world, struct limits limits)
{
	world_open_beside(world, limits, NULL);
}

static void world_close(struct world *world)
{
	sessions_release(&world->sessions);
	counters_release(&world->sessions.counters);
	CHECK_INT(world->sessions.count, 0);
	CHECK_INT(list_is_empty(&world->sessions.all), true);
	if (world->peers == &world->own_peers) {
		CHECK_INT(world->peers->connections, 0);
		CHECK_INT(world->peers->descriptors, 0);
		CHECK_INT(world->peers->held, 0);
		peers_release(world->peers);
	}
	serving_close(&world->serving);
	loop_release(&world->loop);
	remove_tree(world->directory);
}

/* Serves a stream whose other end is a user of this number. */
static int serve(struct world *world, const struct protocol *protocol, int in, int out, uid_t user)
{
	const struct peer_id id = peer_of_user(user);
	const struct entrance entrance = { .protocol = protocol };
	const struct connection connection = { .in = in, .out = out };

	return stream_open(&world->sessions, &entrance, &connection, &id);
}

/* What a server does at its end, in the time that it has. */
static void drain(struct world *world, int64_t milliseconds)
{
	int64_t end = loop_clock() + milliseconds;

	sessions_finish(&world->sessions);
	while (!sessions_are_over(&world->sessions) && loop_clock() < end)
		CHECK_INT(loop_run(&world->loop, 10), 0);
	sessions_release(&world->sessions);
}

/* A peer whose session answers this protocol; `room`: bytes in each socket's buffer, 0: as is. */
static struct far_end peer_open(struct world *world, const struct protocol *protocol, int type,
				int room)
{
	int ends[2];

	if (socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		CU_FAIL_FATAL("no pair of sockets");
	for (int i = 0; room && i < 2; i++)
		setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	CHECK_INT(serve(world, protocol, ends[1], ends[1], 1), 0);
	return (struct far_end){ .fd = ends[0] };
}

static struct far_end raw_peer(struct world *world)
{
	return peer_open(world, &protocol_raw, SOCK_STREAM, 0);
}

static void peer_close(struct far_end *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	buffer_release(&peer->received);
	peer->fd = -1;
}

static void peer_send(struct far_end *peer, const void *bytes, size_t length)
{
	CHECK_INT(send(peer->fd, bytes, length, 0), length);
}

/* Takes what is there. */
static void peer_receive(struct far_end *peer)
{
	uint8_t bytes[65536];
	ssize_t n = 0;

	while (!peer->ended && (n = read(peer->fd, bytes, sizeof(bytes))) > 0)
		CHECK_INT(buffer_append(&peer->received, bytes, (size_t)n), 0);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		peer->ended = true;
}

static void run(struct world *world, int64_t milliseconds)
{
	CHECK_INT(loop_run(&world->loop, milliseconds), 0);
}

/* Runs the loop until the peer has `length` bytes, or has come to the stream's end. */
static void run_until(struct world *world, struct far_end *peer, size_t length)
{
	int64_t end = loop_clock() + WAIT;

	peer_receive(peer);
	while (peer->received.length < length && !peer->ended && loop_clock() < end) {
		run(world, 1);
		peer_receive(peer);
	}
}

static void run_until_end(struct world *world, struct far_end *peer)
{
	run_until(world, peer, SIZE_MAX);
	CHECK_INT(peer->ended, true);
}

static void put_u32(uint8_t *bytes, size_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* `count` copies of a raw call, each with its number as its id.  Free them. */
static uint8_t *numbered(const char *call, size_t count)
{
	uint8_t one[64];
	size_t length = bytes_from_hex(one, call);
	uint8_t *calls = malloc(length * count);

	CU_ASSERT_FATAL(calls != NULL);
	for (size_t i = 0; i < count; i++) {
		memcpy(calls + i * length, one, length);
		put_u32(calls + i * length + FRAMING_HEADER, i);
	}
	return calls;
}

static uint8_t *numbered_adds(size_t count)
{
	return numbered("00000018 00000000 0001 0001 0000000000000002 0000000000000003", count);
}

static uint8_t *numbered_links(size_t count)
{
	return numbered("0000000b 00000000 0001 0067 0001 6c", count);
}

/* Whether the replies are those to the calls 0, 1, 2 ..., whole and in order. */
static void check_replies(const struct far_end *peer, size_t count, const char *start, size_t size)
{
	uint8_t expected[32];
	size_t length = bytes_from_hex(expected, start), wrong = 0;

	CHECK_INT(peer->received.length, count * size);
	for (size_t i = 0; (i + 1) * size <= peer->received.length; i++) {
		put_u32(expected + FRAMING_HEADER, i);
		wrong += memcmp(peer->received.data + i * size, expected, length) != 0;
	}
	CHECK_INT(wrong, 0);
}

static void check_adds(const struct far_end *peer, size_t count)
{
	check_replies(peer, count, "00000012 00000000 8001 0000 0000 0000000000000005", ADD_REPLY);
}

static void check_links(const struct far_end *peer, size_t count)
{
	check_replies(peer, count, "000003f4 00000000 8067 0000 0000 03e8 7474", LINK_REPLY);
}

/* Another peer's call is answered. */
static void check_served(struct world *world, struct far_end *peer)
{
	uint8_t *call = numbered_adds(1);

	buffer_consume(&peer->received, peer->received.length);
	peer_send(peer, call, ADD_CALL);
	run_until(world, peer, ADD_REPLY);
	check_adds(peer, 1);
	free(call);
}

/* ---- how calls arrive ---- */

static const struct {
	const struct protocol *protocol;
	const char *call, *reply;
} talks[] = {
	{ &protocol_raw, "00000018 00000001 0001 0001 0000000000000002 0000000000000003",
	  "00000012 00000001 8001 0000 0000 0000000000000005" },
	{ &protocol_rpc,
	  "80000028 01020304 00000000 00000002 2ca1c000 00000001 00000000"
	  "00000000 00000000 00000000 00000000",
	  "80000018 01020304 00000001 00000000 00000000 00000000 00000000" },
	{ &protocol_rpc, /* in fragments, one of them empty */
	  "00000001 01 00000000 0000000b 020304 00000000 00000002 8000001c 2ca1c000 00000001"
	  "00000000 00000000 00000000 00000000 00000000",
	  "80000018 01020304 00000001 00000000 00000000 00000000 00000000" },
};

static void check_reply(const struct far_end *peer, size_t talk, size_t count)
{
	uint8_t reply[64];
	size_t length = bytes_from_hex(reply, talks[talk].reply);

	CHECK_INT(peer->received.length, count * length);
	for (size_t i = 0; i < count && (i + 1) * length <= peer->received.length; i++)
		CHECK_BYTES(peer->received.data + i * length, reply, length);
}

static void test_cut_anywhere(void)
{
	struct world world;
	uint8_t call[128];

	world_open(&world, (struct limits){ 0 });
	for (size_t i = 0; i < LENGTH(talks); i++) {
		struct far_end peer = peer_open(&world, talks[i].protocol, SOCK_STREAM, 0);
		size_t length = bytes_from_hex(call, talks[i].call);

		for (size_t cut = 1; cut < length; cut++) {
			peer_send(&peer, call, cut);
			run(&world, 1);
			peer_receive(&peer);
			CHECK_INT(peer.received.length, 0);
			peer_send(&peer, call + cut, length - cut);
			run_until(&world, &peer,
				  bytes_from_hex((uint8_t[64]){ 0 }, talks[i].reply));
			check_reply(&peer, i, 1);
			buffer_consume(&peer.received, peer.received.length);
		}
		peer_close(&peer);
	}
	world_close(&world);
}

/* Two calls, byte by byte: the first is answered before the second has begun. */
static void test_byte_by_byte(void)
{
	struct world world;
	uint8_t call[128];

	world_open(&world, (struct limits){ 0 });
	for (size_t i = 0; i < LENGTH(talks); i++) {
		struct far_end peer = peer_open(&world, talks[i].protocol, SOCK_STREAM, 0);
		size_t length = bytes_from_hex(call, talks[i].call);

		for (size_t at = 0; at < 2 * length; at++) {
			peer_receive(&peer);
			check_reply(&peer, i, at / length);
			peer_send(&peer, call + at % length, 1);
			run(&world, 1);
		}
		peer_receive(&peer);
		check_reply(&peer, i, 2);
		peer_close(&peer);
	}
	world_close(&world);
}

#define FEW_CALLS                                                                                  \
	12 /* so few that a turn ends before they do only on a machine that keeps us waiting */

/* Whether all the replies to one read come as one write, on a socket that keeps writes apart. */
static bool is_one_write(struct world *world, const uint8_t *calls)
{
	struct far_end peer = peer_open(world, &protocol_raw, SOCK_SEQPACKET, 0);
	uint8_t bytes[4096];
	ssize_t n, first = 0;

	peer_send(&peer, calls, (size_t)FEW_CALLS * ADD_CALL);
	run(world, 20);
	while ((n = recv(peer.fd, bytes, sizeof(bytes), 0)) > 0) {
		first = first ? first : n;
		CHECK_INT(buffer_append(&peer.received, bytes, (size_t)n), 0);
	}
	check_adds(&peer, FEW_CALLS);
	peer_close(&peer);
	return first == FEW_CALLS * ADD_REPLY;
}

static void test_one_write(void)
{
	uint8_t *calls = numbered_adds(FEW_CALLS);
	struct world world;
	bool is_one;

	world_open(&world, (struct limits){ 0 });
	AWAIT((is_one = is_one_write(&world, calls)));
	CU_ASSERT(is_one);
	free(calls);
	world_close(&world);
}

static void test_many_in_one_write(void)
{
	enum { CALLS = 5000 }; /* more than one read of the server's */
	uint8_t *calls = numbered_adds(CALLS);
	struct world world;
	struct far_end peer;

	world_open(&world, (struct limits){ 0 });
	peer = raw_peer(&world);
	peer_send(&peer, calls, (size_t)CALLS * ADD_CALL);
	run_until(&world, &peer, (size_t)CALLS * ADD_REPLY);
	check_adds(&peer, CALLS);
	check_served(&world, &peer);
	peer_close(&peer);
	free(calls);
	world_close(&world);
}

/* Standard input and output, as the pipe transport has them. */
static void test_two_descriptors(void)
{
	uint8_t *calls = numbered_adds(100);
	struct world world;
	struct far_end peer;
	int to[2], from[2];

	world_open(&world, (struct limits){ 0 });
	CHECK_INT(pipe2(to, O_NONBLOCK | O_CLOEXEC), 0);
	CHECK_INT(pipe2(from, O_NONBLOCK | O_CLOEXEC), 0);
	CHECK_INT(serve(&world, &protocol_raw, to[0], from[1], 1), 0);
	CHECK_INT(write(to[1], calls, (size_t)100 * ADD_CALL), 100 * ADD_CALL);
	peer = (struct far_end){ .fd = from[0] };
	run_until(&world, &peer, (size_t)100 * ADD_REPLY);
	check_adds(&peer, 100);
	close(to[1]);
	run_until_end(&world, &peer);
	CHECK_INT(world.sessions.count, 0);
	peer_close(&peer);
	free(calls);
	world_close(&world);
}

/* ---- how sessions end ---- */

static void test_half_closed(void)
{
	static const size_t counts[] = { 0, 1, 10, 2000 };
	struct world world;

	world_open(&world, (struct limits){ 0 });
	for (size_t i = 0; i < LENGTH(counts); i++)
		for (size_t extra = 0; extra < ADD_CALL; extra += 9) { /* bytes of one more call */
			uint8_t *calls = numbered_adds(counts[i] + 1);
			struct far_end peer = raw_peer(&world);

			peer_send(&peer, calls, counts[i] * ADD_CALL + extra);
			CHECK_INT(shutdown(peer.fd, SHUT_WR), 0);
			run_until_end(&world, &peer);
			check_adds(&peer, counts[i]);
			CHECK_INT(world.sessions.count, 0);
			peer_close(&peer);
			free(calls);
		}
	world_close(&world);
}

/* What ends a session, when three calls went before it and a fourth comes behind it. */
static const struct {
	const char *name;
	size_t talk;
	const char *bad;
} errors[] = {
	{ "raw: below the minimum", 0, "00000007 00000000000000" },
	{ "raw: empty", 0, "00000000" },
	{ "raw: limit + 1", 0, "00000101" },
	{ "raw: 4 GiB", 0, "ffffffff 0000" },
	{ "raw: a reply", 0, "00000012 00000001 8001 0000 0000 0000000000000005" },
	{ "raw: a reply that looks like add", 0,
	  "00000018 00000001 8001 0001 0000000000000002 0000000000000003" },
	{ "raw: a reply that looks like list", 0,
	  "00000016 00000001 8066 0066 0000 0000000000000000 00010000" },
	{ "rpc: empty", 1, "80000000" },
	{ "rpc: no header", 1, "80000010 00000001 00000000 00000002 2ca1c000" },
	{ "rpc: a reply", 1, "80000018 00000001 00000001 00000000 00000000 00000000 00000000" },
	{ "rpc: limit + 1", 1, "80000101 00" },
	{ "rpc: fragments of limit + 1", 1, "00000001 00 00000100 00" },
	{ "rpc: 2 GiB", 1, "7fffffff 00" },
};

static void test_protocol_errors(void)
{
	struct world world;

	world_open(&world, (struct limits){ .message = 256 });
	for (size_t i = 0; i < LENGTH(errors); i++) {
		size_t talk = errors[i].talk, length = 0;
		struct far_end peer = peer_open(&world, talks[talk].protocol, SOCK_STREAM, 0);
		uint8_t bytes[512];

		for (int calls = 0; calls < 3; calls++)
			length += bytes_from_hex(bytes + length, talks[talk].call);
		length += bytes_from_hex(bytes + length, errors[i].bad);
		length += bytes_from_hex(bytes + length, talks[talk].call);
		peer_send(&peer, bytes, length);
		run_until_end(&world, &peer);
		check_reply(&peer, talk, 3);
		CHECK_INT(world.sessions.count, 0);
		peer_close(&peer);
	}
	world_close(&world);
}

/* A message of exactly the limit is served. */
static void test_message_of_the_limit(void)
{
	uint8_t call[4 + 256];
	struct world world;
	struct far_end peer;

	world_open(&world, (struct limits){ .message = 256 });
	peer = raw_peer(&world);
	memset(call, '1', sizeof(call)); /* evaluate 111...1 */
	CHECK_INT(bytes_from_hex(call, "00000100 00000001 0001 0005 00f6"), 4 + 8 + 2);
	peer_send(&peer, call, sizeof(call));
	run_until(&world, &peer, ADD_REPLY);
	CHECK_INT(peer.received.length, 4 + 8 + 2 + 8);
	CHECK_INT(peer.ended, false);
	check_served(&world, &peer);
	peer_close(&peer);
	world_close(&world);
}

/* Peers that go: before a word, within a message, with replies under way. */
static void test_gone(void)
{
	static const size_t sent[] = { 0, 3, ADD_CALL - 1, ADD_CALL, (size_t)1000 * ADD_CALL };
	uint8_t *calls = numbered_adds(1000);
	struct world world;
	struct far_end other;

	world_open(&world, (struct limits){ 0 });
	other = raw_peer(&world);
	for (size_t i = 0; i < LENGTH(sent); i++) {
		struct far_end peer = raw_peer(&world);
		int64_t end = loop_clock() + WAIT;

		peer_send(&peer, calls, sent[i]);
		peer_close(&peer);
		while (world.sessions.count > 1 && loop_clock() < end)
			run(&world, 1);
		CHECK_INT(world.sessions.count, 1);
		check_served(&world, &other);
	}
	peer_close(&other);
	free(calls);
	world_close(&world);
}

/* ---- peers that do not read, and peers that ask too much ---- */

static size_t memory_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Sends until the session has stopped reading for good.  How many bytes that were. */
static size_t send_until_stuck(struct world *world, struct far_end *peer, const uint8_t *bytes,
			       size_t length)
{
	size_t sent = 0;

	for (int stalled = 0; stalled < 10 && sent < length;) {
		ssize_t n = send(peer->fd, bytes + sent, length - sent, 0);

		stalled = n > 0 ? 0 : stalled + 1;
		sent += n > 0 ? (size_t)n : 0;
		run(world, 2);
	}
	return sent;
}

static void test_peer_that_does_not_read(void)
{
	uint8_t *calls = numbered_links(MANY);
	size_t sent, count, rest, memory;
	struct world world;
	struct far_end deaf, other;

	world_open(&world, (struct limits){ .message_timeout = 60 });
	other = raw_peer(&world);
	deaf = peer_open(&world, &protocol_raw, SOCK_STREAM, SMALL_SOCKET);
	check_served(&world, &other);
	memory = memory_in_use();
	sent = send_until_stuck(&world, &deaf, calls, (size_t)MANY * LINK_CALL);
	CHECK_INT(sent < (size_t)256 << 10, true);
	CHECK_INT(memory_in_use() <= memory + ((size_t)512 << 10), true);
	for (int i = 0; i < 10; i++)
		check_served(&world, &other);
	/* It reads again, and finishes the call that was cut: all is answered, in order. */
	count = (sent + LINK_CALL - 1) / LINK_CALL;
	rest = count * LINK_CALL - sent;
	run_until(&world, &deaf, count * LINK_REPLY - (rest ? LINK_REPLY : 0));
	peer_send(&deaf, calls + sent, rest);
	run_until(&world, &deaf, count * LINK_REPLY);
	check_links(&deaf, count);
	CHECK_INT(deaf.ended, false);
	CHECK_INT(memory_in_use() <= memory + deaf.received.capacity + ((size_t)1 << 20), true);
	peer_close(&deaf);
	peer_close(&other);
	free(calls);
	world_close(&world);
}

/* A peer that is gone while its replies wait does not stay. */
static void test_peer_that_does_not_read_and_goes(void)
{
	uint8_t *calls = numbered_links(MANY);
	int64_t end = loop_clock() + WAIT;
	struct world world;
	struct far_end deaf;

	world_open(&world, (struct limits){ 0 });
	deaf = peer_open(&world, &protocol_raw, SOCK_STREAM, SMALL_SOCKET);
	send_until_stuck(&world, &deaf, calls, (size_t)MANY * LINK_CALL);
	CHECK_INT(world.sessions.count, 1);
	peer_close(&deaf);
	while (world.sessions.count && loop_clock() < end)
		run(&world, 1);
	CHECK_INT(world.sessions.count, 0);
	free(calls);
	world_close(&world);
}

/* Seconds of work that one peer asks for in one write: the other is served in between. */
static void test_peer_that_asks_a_lot(void)
{
	enum { CALLS = 4000 };
	uint8_t *calls = numbered("0000000b 00000000 0001 0068 0001 66", CALLS);
	struct world world;
	struct far_end greedy, other;

	world_open(&world, (struct limits){ 0 });
	other = raw_peer(&world);
	greedy = raw_peer(&world);
	peer_send(&greedy, calls, (size_t)CALLS * LINK_CALL);
	run_until(&world, &greedy, 1);
	for (int i = 0; i < 5; i++)
		check_served(&world, &other);
	peer_receive(&greedy);
	CHECK_INT(greedy.received.length < (size_t)CALLS * DIGEST_REPLY / 2, true);
	CHECK_INT(greedy.received.length % DIGEST_REPLY, 0);
	peer_close(&greedy);
	peer_close(&other);
	free(calls);
	world_close(&world);
}

/* ---- time ---- */

/* What a peer sends of an endless row of calls, and when its session ends.  All run at once. */
static const struct {
	const char *name;
	size_t first;  /* bytes at the start */
	int64_t every; /* milliseconds; then `then` bytes, so many times */
	size_t then;
	unsigned int times;
	bool flood;  /* sends as much as it can, and reads nothing */
	int64_t end; /* milliseconds; 0: it does not */
} patterns[] = {
	{ "half a length", 2, 0, 0, 0, false, 1000 },
	{ "half a message", 10, 0, 0, 0, false, 1000 },
	{ "a byte now and then", 1, 100, 1, 99, false, 1000 },
	{ "a call and half of one", ADD_CALL + 10, 0, 0, 0, false, 1000 },
	{ "a call, later half of one", ADD_CALL, 300, 10, 1, false, 1300 },
	{ "a call, later half a length", ADD_CALL, 500, 1, 1, false, 1500 },
	{ "halves of calls", 14, 300, 28, 99, false, 0 },
	{ "calls now and then", ADD_CALL, 300, ADD_CALL, 99, false, 0 },
	{ "many calls, now and then", 9 * ADD_CALL, 900, 9 * ADD_CALL, 99, false, 0 },
	{ "a slow call", 20, 600, 8, 1, false, 2600 },
	{ "nothing", 0, 0, 0, 0, false, 2000 },
	{ "one call", ADD_CALL, 0, 0, 0, false, 2000 },
	{ "no reading", 0, 0, 0, 0, true, 1000 },
};

struct run {
	struct far_end peer;
	size_t sent;
	unsigned int times;
	int64_t ended; /* 0: not yet */
};

static void run_pattern(struct run *run, size_t row, int64_t now, const uint8_t *calls)
{
	struct pollfd hang_up = { .fd = run->peer.fd };

	if (run->ended)
		return;
	if (patterns[row].flood) {
		ssize_t n = send(run->peer.fd, calls + run->sent, 4096, 0);

		run->sent += n > 0 ? (size_t)n : 0;
	} else {
		peer_receive(&run->peer);
	}
	if (poll(&hang_up, 1, 0) > 0 && hang_up.revents & POLLHUP) {
		run->ended = now;
	} else if (run->times < patterns[row].times &&
		   now >= (run->times + 1) * patterns[row].every) {
		run->times++;
		peer_send(&run->peer, calls + run->sent, patterns[row].then);
		run->sent += patterns[row].then;
	}
}

static void check_end(const struct run *run, size_t row)
{
	int64_t end = patterns[row].end;
	bool in_time = end ? run->ended >= end - 100 && run->ended <= end + 700 : !run->ended;

	if (!in_time) {
		CHECK_STR(patterns[row].name, "(ended in time)");
		CHECK_INT(run->ended, end);
	}
}

/* All patterns at once.  False when the machine kept us waiting meanwhile: then nothing is shown.
 */
static bool run_patterns(const uint8_t *adds, const uint8_t *links)
{
	struct world world;
	struct run runs[LENGTH(patterns)] = { 0 };
	int64_t start, now, last, longest = 0;

	world_open(&world, (struct limits){ .message_timeout = 1, .idle_timeout = 2 });
	run(&world, 1);
	start = last = loop_clock();
	for (size_t i = 0; i < LENGTH(patterns); i++) {
		runs[i].peer = peer_open(&world, &protocol_raw, SOCK_STREAM, SMALL_SOCKET);
		peer_send(&runs[i].peer, adds, patterns[i].first);
		runs[i].sent = patterns[i].first;
	}
	while ((now = loop_clock() - start) < 2800) {
		for (size_t i = 0; i < LENGTH(patterns); i++)
			run_pattern(&runs[i], i, now, patterns[i].flood ? links : adds);
		run(&world, 10);
		longest = loop_clock() - last > longest ? loop_clock() - last : longest;
		last = loop_clock();
	}
	for (size_t i = 0; i < LENGTH(patterns); i++) {
		if (longest <= STALL)
			check_end(&runs[i], i);
		peer_close(&runs[i].peer);
	}
	world_close(&world);
	return longest <= STALL;
}

static void test_time(void)
{
	uint8_t *links = numbered_links(MANY), *adds = numbered_adds(1000);
	bool shown;

	AWAIT((shown = run_patterns(adds, links)));
	if (!shown)
		harness_skip("the machine is too busy to see times");
	free(links);
	free(adds);
}

/* Idle for half of its time, then a lot of work.  False when the machine kept the session waiting
 * beyond its time: then nothing is shown. */
static bool work_after_idling(struct world *world, const uint8_t *calls, size_t count)
{
	int64_t opened = loop_clock();
	struct far_end peer = raw_peer(world);
	bool in_time;

	run(world, 500);
	in_time = world->sessions.count == 1;
	if (in_time) {
		peer_send(&peer, calls, count * LINK_CALL);
		run_until(world, &peer, 1);
		in_time = peer.received.length || loop_clock() - opened < 900;
	}
	if (in_time) {
		run_until(world, &peer, count * DIGEST_REPLY);
		check_replies(&peer, count, "00000032 00000000 8068 0000 0000", DIGEST_REPLY);
	}
	peer_close(&peer);
	run(world, 1);
	return in_time;
}

/* No time runs out while the server works: a peer that was idle for long then asks for a lot. */
static void test_time_of_work(void)
{
	enum { CALLS = 4000 };
	uint8_t *calls = numbered("0000000b 00000000 0001 0068 0001 66", CALLS);
	struct world world;
	bool shown;

	world_open(&world, (struct limits){ .message_timeout = 1, .idle_timeout = 1 });
	AWAIT((shown = work_after_idling(&world, calls, CALLS)));
	if (!shown)
		harness_skip("the machine is too busy to see times");
	free(calls);
	world_close(&world);
}

/* ---- the end of all sessions ---- */

static void test_drain(void)
{
	enum { CALLS = 200 };
	uint8_t *calls = numbered_adds(CALLS + 1);
	int64_t start = loop_clock();
	struct world world;
	struct far_end asking, idle, half;

	world_open(&world, (struct limits){ 0 });
	asking = raw_peer(&world);
	idle = raw_peer(&world);
	half = raw_peer(&world);
	peer_send(&asking, calls, (size_t)CALLS * ADD_CALL);
	peer_send(&half, calls, (size_t)CALLS * ADD_CALL + 5);
	drain(&world, WAIT);
	CHECK_INT(world.sessions.count, 0);
	CHECK_INT(loop_clock() - start < WAIT, true); /* nobody had to be waited for */
	for (struct far_end *const *p = (struct far_end *const[]){ &asking, &idle, &half, NULL };
	     *p; p++) {
		peer_receive(*p);
		CHECK_INT((*p)->ended, true);
		check_adds(*p, *p == &idle ? 0 : CALLS);
		peer_close(*p);
	}
	free(calls);
	world_close(&world);
}

/* A peer that does not read is not waited for longer than that. */
static void test_drain_without_reader(void)
{
	uint8_t *calls = numbered_links(MANY);
	struct world world;
	struct far_end deaf;
	int64_t start;

	world_open(&world, (struct limits){ .message_timeout = 60 });
	deaf = peer_open(&world, &protocol_raw, SOCK_STREAM, SMALL_SOCKET);
	send_until_stuck(&world, &deaf, calls, (size_t)MANY * LINK_CALL);
	start = loop_clock();
	drain(&world, 100);
	CHECK_INT(loop_clock() - start >= 100, true);
	CHECK_INT(loop_clock() - start < WAIT, true);
	CHECK_INT(world.sessions.count, 0);
	peer_close(&deaf);
	free(calls);
	world_close(&world);
}

/* Reads until the end, in its own thread. */
static void *read_all(void *context)
{
	struct far_end *peer = context;
	struct pollfd readable = { .fd = peer->fd, .events = POLLIN };

	while (!peer->ended && poll(&readable, 1, WAIT) > 0)
		peer_receive(peer);
	return NULL;
}

/* Replies that do not fit into the socket at once are waited for. */
static void test_drain_with_reader(void)
{
	enum { CALLS = 500 };
	uint8_t *calls = numbered_links(CALLS);
	struct world world;
	struct far_end peer;
	pthread_t reader;

	world_open(&world, (struct limits){ .message_timeout = 60 });
	peer = peer_open(&world, &protocol_raw, SOCK_STREAM, SMALL_SOCKET);
	peer_send(&peer, calls, (size_t)CALLS * LINK_CALL);
	run(&world, 5);
	CHECK_INT(pthread_create(&reader, NULL, read_all, &peer), 0);
	drain(&world, WAIT);
	pthread_join(reader, NULL);
	CHECK_INT(peer.ended, true);
	check_links(&peer, CALLS);
	peer_close(&peer);
	free(calls);
	world_close(&world);
}

/* ---- memory that the sessions of several workers share ---- */

#define MOST_HELD ((size_t)600 << 10) /* bytes */

static void open_two(struct world worlds[2])
{
	const struct limits limits = { .peers = { 10, 10, 10, false }, .memory = MOST_HELD };

	world_open(&worlds[0], limits);
	world_open_beside(&worlds[1], limits, &worlds[0]);
}

static void close_two(struct world worlds[2])
{
	world_close(&worlds[1]);
	world_close(&worlds[0]);
}

static struct far_end user_peer(struct world *world, uid_t user)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		CU_FAIL_FATAL("no pair of sockets");
	CHECK_INT(serve(world, &protocol_raw, ends[1], ends[1], user), 0);
	return (struct far_end){ .fd = ends[0] };
}

/* Whether the other end has yet to read something. */
static bool is_unread(int fd)
{
	int left = 0;

	CHECK_INT(ioctl(fd, SIOCOUTQ, &left), 0);
	return left > 0;
}

/* So many bytes of a message of a megabyte: the session keeps them. */
static struct far_end half_sent(struct world *world, size_t length, uid_t user)
{
	static uint8_t bytes[MOST_HELD] = { 0, 0x0f, 0, 0 };
	struct far_end peer = user_peer(world, user);
	int64_t end = loop_clock() + WAIT;

	for (size_t sent = 0; sent < length && loop_clock() < end;) {
		ssize_t n = send(peer.fd, bytes + sent, length - sent, 0);

		sent += n > 0 ? (size_t)n : 0;
		run(world, 1);
	}
	while (is_unread(peer.fd) && loop_clock() < end)
		run(world, 1);
	return peer;
}

/* Too much is held, by others: who makes small calls has no part in it. */
static void test_memory_of_others(void)
{
	struct world worlds[2];
	struct far_end peer;

	open_two(worlds);
	peer = raw_peer(&worlds[0]);
	atomic_fetch_add(&worlds[0].peers->held,
			 2 * MOST_HELD); /* which is just being freed, say */
	for (int i = 0; i < 10; i++)
		check_served(&worlds[0], &peer);
	CHECK_INT(worlds[0].sessions.count, 1);
	atomic_fetch_sub(&worlds[0].peers->held, 2 * MOST_HELD);
	CHECK_INT(worlds[0].peers->held, 0);
	peer_close(&peer);
	close_two(worlds);
}

/* Who makes it too much stays, when another peer holds more, at another worker. */
static void test_largest_of_all(void)
{
	struct far_end large, small, honest;
	struct world worlds[2];

	open_two(worlds);
	large = half_sent(&worlds[0], MOST_HELD / 2, 1);
	CHECK_INT(worlds[0].sessions.count, 1);
	honest = user_peer(&worlds[1], 2);
	small = half_sent(&worlds[1], MOST_HELD / 5, 2);
	CHECK_INT(atomic_load(&worlds[0].peers->held) > MOST_HELD, true);
	run_until_end(&worlds[0], &large);
	CHECK_INT(worlds[0].sessions.count, 0);
	check_served(&worlds[1], &honest);
	CHECK_INT(worlds[1].sessions.count, 2);
	CHECK_INT(atomic_load(&worlds[0].peers->held) <= MOST_HELD, true);
	peer_close(&large);
	peer_close(&small);
	peer_close(&honest);
	close_two(worlds);
}

/* Many small ones of one peer hold more than the large one of another: of the peer that has most
 * the one ends that has made no progress for longest. */
static void test_most_by_peer(void)
{
	enum { SMALL = 8 }; /* of 64 KiB, with what they keep in front of it */
	struct far_end small[SMALL], large;
	struct world worlds[2];

	open_two(worlds);
	for (int i = 0; i < SMALL; i++)
		small[i] = half_sent(&worlds[0], 60000, 1);
	CHECK_INT(worlds[0].sessions.count, SMALL);
	large = half_sent(&worlds[0], 120000, 2);
	run_until_end(&worlds[0], &small[0]);
	CHECK_INT(atomic_load(&worlds[0].peers->held) <= MOST_HELD, true);
	run(&worlds[0], 5);
	peer_receive(&large);
	CHECK_INT(large.ended, false);
	for (int i = 0; i < SMALL; i++)
		peer_close(&small[i]);
	peer_close(&large);
	close_two(worlds);
}

int main(void)
{
	static const struct test tests[] = {
		{ "cut anywhere", test_cut_anywhere },
		{ "byte by byte", test_byte_by_byte },
		{ "replies of one read in one write", test_one_write },
		{ "many in one write", test_many_in_one_write },
		{ "two descriptors", test_two_descriptors },
		{ "half-closed", test_half_closed },
		{ "protocol errors", test_protocol_errors },
		{ "a message of the limit", test_message_of_the_limit },
		{ "peers that go", test_gone },
		{ "a peer that does not read", test_peer_that_does_not_read },
		{ "a peer that does not read, and goes", test_peer_that_does_not_read_and_goes },
		{ "a peer that asks a lot", test_peer_that_asks_a_lot },
		{ "time", test_time },
		{ "time: none runs out during work", test_time_of_work },
		{ "drain", test_drain },
		{ "drain: a peer that does not read", test_drain_without_reader },
		{ "drain: a peer that reads", test_drain_with_reader },
		{ "memory: others hold too much", test_memory_of_others },
		{ "memory: the largest of all workers ends", test_largest_of_all },
		{ "memory: it is the peer that counts", test_most_by_peer },
		{ 0 },
	};

	return harness_run("stream", tests);
}
