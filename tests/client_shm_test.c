/* The shm transport, the client's end: rings that are full, a server that waits for room, one that
 * is gone, and what is left behind. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/transports/all.h"
#include "compare/lab/wire.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define PATIENT (20 * SECOND)
#define MESSAGE ((size_t)1000)
#define MANY    100 /* messages: more than a ring of the server's holds */

/* A server by hand, and the client's channel to it. */
struct pair {
	char directory[32];
	struct endpoint endpoint;
	int listener;
	struct wire server;
	struct channel *channel;
	pthread_t thread;
};

static void *accept_one(void *argument)
{
	struct pair *pair = argument;

	CU_ASSERT(wire_accept(&pair->server, &pair->endpoint, pair->listener));
	return NULL;
}

static void pair_open(struct pair *pair)
{
	struct failure failure = { .why = "" };
	char text[64];

	snprintf(pair->directory, sizeof(pair->directory), "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(pair->directory));
	snprintf(text, sizeof(text), "raw+shm:%s/s", pair->directory);
	pair->endpoint = call_endpoint(text);
	pair->listener = wire_listen(&pair->endpoint);
	CU_ASSERT_FATAL(pair->listener >= 0);
	CU_ASSERT_FATAL(pthread_create(&pair->thread, NULL, accept_one, pair) == 0);
	CHECK_THAT(channel_open(&pair->channel, &pair->endpoint, clock_now() + PATIENT, &failure) ==
			   0,
		   "%s", failure.why);
	pthread_join(pair->thread, NULL);
}

static void pair_close(struct pair *pair)
{
	channel_close(pair->channel);
	wire_close(&pair->server);
	close(pair->listener);
	remove_tree(pair->directory);
}

static int send_one(struct pair *pair, size_t number, int64_t time)
{
	uint8_t message[MESSAGE];

	memset(message, (int)number, sizeof(message));
	return channel_send(pair->channel, message, sizeof(message), clock_now() + time);
}

/* Until there is no more room.  How many were taken. */
static size_t fill_calls(struct pair *pair)
{
	size_t count = 0;
	int r = 0;

	pair->channel->corked = true;
	while (count < MANY && (r = send_one(pair, count, PATIENT)) == 0)
		count++;
	CHECK_INT(r, -EAGAIN);
	pair->channel->corked = false;
	return count;
}

/* Until there is no more room for replies: the server says that it waits for some. */
static size_t fill_replies(struct pair *pair)
{
	uint8_t message[MESSAGE] = { 0 };
	size_t count = 0;

	while (count < MANY && ring_write(&pair->server.writer, message, sizeof(message)) == 1)
		count++;
	CU_ASSERT(count > 2 && count < MANY);
	ring_sleep(&pair->server.writer, RING_POLLING);
	CU_ASSERT(!ring_ready(&pair->server.writer, sizeof(message)));
	return count;
}

/* ---- what is left behind ---- */

/* Descriptors that are open, and memory that is mapped. */
static size_t count_held(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	size_t count = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		count += strstr(line, "memfd:") != NULL;
	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	fclose(maps);
	return count;
}

static void test_nothing_is_left(void)
{
	size_t before = count_held();
	struct pair pair;

	pair_open(&pair);
	/* Of the memory itself no descriptor is kept: beside ours two sockets, and its own. */
	CHECK_INT(count_held() - before, 2 + 1 + 2 + 1); /* with both mappings, and who listens */
	pair_close(&pair);
	CHECK_INT(count_held(), before);
}

/* ---- rings that are full ---- */

/* Corked, sending never waits; else it waits for room, and no longer than it may. */
static void test_no_room(void)
{
	struct pair pair;
	size_t count;

	pair_open(&pair);
	count = fill_calls(&pair);
	CU_ASSERT(count > 2);
	CHECK_INT(send_one(&pair, count, SECOND / 20), -ETIMEDOUT);
	for (size_t i = 0; i < count; i++) {
		uint8_t bytes[2 * MESSAGE];

		CHECK_INT(wire_receive(&pair.server, bytes, sizeof(bytes)), MESSAGE);
		CHECK_INT(bytes[0], i);
	}
	CHECK_INT(send_one(&pair, count, PATIENT), 0);
	pair_close(&pair);
}

/* A server that waits for room is woken as soon as a reply was taken. */
static void test_server_waits_for_room(void)
{
	struct message message;
	struct pollfd woken;
	struct pair pair;
	char byte;

	pair_open(&pair);
	fill_replies(&pair);
	woken = (struct pollfd){ .fd = pair.server.in, .events = POLLIN };
	CHECK_INT(poll(&woken, 1, 0), 0);
	CHECK_INT(channel_receive(pair.channel, &message, clock_now() + PATIENT), 1);
	CHECK_INT(message.length, MESSAGE);
	CHECK_INT(poll(&woken, 1, 10000), 1);
	CHECK_INT(recv(pair.server.in, &byte, 1, MSG_DONTWAIT), 1);
	pair_close(&pair);
}

/* ---- a server that is gone ---- */

/* Its last replies are received; then it is gone, for who receives and for who waits for room. */
static void test_gone(void)
{
	struct message message;
	struct pair pair;
	size_t count;
	int r;

	pair_open(&pair);
	fill_calls(&pair);
	count = fill_replies(&pair);
	shutdown(pair.server.in, SHUT_RDWR);
	for (size_t i = 0; i < count; i++)
		CHECK_INT(channel_receive(pair.channel, &message, clock_now() + PATIENT), 1);
	CHECK_INT(channel_receive(pair.channel, &message, CHANNEL_NOW), 0);
	r = channel_receive(pair.channel, &message, clock_now() + PATIENT);
	CHECK_INT(r, 0);
	CHECK_INT(send_one(&pair, 0, PATIENT), -ECONNRESET);
	pair_close(&pair);
}

/* ---- a server that does not let it wait ---- */

/* There is always another message; whoever wants none of these stops at his deadline all the same.
 */
static void test_flooded(void)
{
	struct message message;
	struct pair pair;

	pair_open(&pair);
	fill_replies(&pair);
	CHECK_INT(channel_receive(pair.channel, &message, clock_now() - 1), -ETIMEDOUT);
	CHECK_INT(channel_receive(pair.channel, &message, clock_now() + PATIENT), 1);
	CHECK_INT(channel_receive(pair.channel, &message, CHANNEL_ARRIVED), 1);
	CHECK_INT(channel_receive(pair.channel, &message, CHANNEL_NOW), 1);
	pair_close(&pair);
}

int main(void)
{
	static const struct test tests[] = {
		{ "what is left behind", test_nothing_is_left },
		{ "no room for calls", test_no_room },
		{ "a server that waits for room", test_server_waits_for_room },
		{ "a server that is gone", test_gone },
		{ "a server that floods", test_flooded },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	alarm(120 * HARNESS_SLOWNESS); /* whoever waits for ever is wrong, too */
	return harness_run("client_shm", tests);
}
