/* A client's byte stream whose peer reads late, or not at all, or is gone: what was taken to be
 * sent is sent, in order, is bounded, and fails once and for all. */
#include "client/runtime/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/channel.h"
#include "common/duration.h"
#include "tests/kit/harness.h"

#define PATIENT (20 * SECOND)
#define MESSAGE ((size_t)10000)   /* bytes of each */
#define TAKEN   ((size_t)4 << 20) /* bytes that a stream takes at most, with the kernel's */
#define FRAMED  (MESSAGE + FRAMING_HEADER)

/* A channel, and the other ends of what it goes over. */
struct held_signals {
	struct channel *channel;
	int in, out;
};

static void ends_open(struct held_signals *ends, bool is_socket)
{
	int calls[2], replies[2];

	if (is_socket) {
		CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, calls) == 0);
		ends->channel = stream_channel(calls[0], calls[0], &framing_length_prefix);
		ends->in = ends->out = calls[1];
	} else {
		CU_ASSERT_FATAL(pipe2(calls, O_CLOEXEC) == 0 && pipe2(replies, O_CLOEXEC) == 0);
		fcntl(calls[1], F_SETFL, O_NONBLOCK);
		fcntl(replies[0], F_SETFL, O_NONBLOCK);
		ends->channel = stream_channel(replies[0], calls[1], &framing_length_prefix);
		ends->in = calls[0];
		ends->out = replies[1];
	}
	ends->channel->max_message = FRAMING_MAX_MESSAGE;
}

static void close_peer(struct held_signals *ends)
{
	close(ends->in);
	if (ends->out != ends->in)
		close(ends->out);
	ends->in = ends->out = -1;
}

static void ends_close(struct held_signals *ends)
{
	channel_close(ends->channel);
	if (ends->in >= 0)
		close_peer(ends);
}

/* Each message says which it is, in each of its bytes. */
static int send_within(struct held_signals *ends, size_t number, int64_t time)
{
	uint8_t message[MESSAGE];

	memset(message, (int)(number & 255), sizeof(message));
	return channel_send(ends->channel, message, sizeof(message), clock_now() + time);
}

static int send_numbered(struct held_signals *ends, size_t number)
{
	return send_within(ends, number, PATIENT);
}

/* Sends until there is no more room.  How many messages were taken in all. */
static size_t fill(struct held_signals *ends, size_t count)
{
	int r = 0;

	while (count < TAKEN / MESSAGE && (r = send_numbered(ends, count)) == 0)
		count++;
	CHECK_INT(r, -EAGAIN);
	return count;
}

/* The bytes are those of these messages, as far as they go. */
static void check_bytes(const uint8_t *bytes, size_t length, size_t at)
{
	static const uint8_t mark[FRAMING_HEADER] = { 0, 0, MESSAGE >> 8, MESSAGE & 255 };
	unsigned int wrong = 0;

	for (size_t i = 0; i < length; i++, at++) {
		size_t inside = at % FRAMED;

		wrong += bytes[i] !=
			 (inside < FRAMING_HEADER ? mark[inside] : (uint8_t)(at / FRAMED));
	}
	CHECK_INT(wrong, 0);
}

/* Reads what there is now, from that place on.  How many bytes. */
static size_t drain(const struct held_signals *ends, size_t at)
{
	struct pollfd waiting = { .fd = ends->in, .events = POLLIN };
	size_t length = 0;
	uint8_t bytes[65536];

	while (poll(&waiting, 1, 0) > 0) {
		ssize_t n = read(ends->in, bytes, sizeof(bytes));

		if (n <= 0)
			break;
		check_bytes(bytes, (size_t)n, at + length);
		length += (size_t)n;
	}
	return length;
}

/* ---- a peer that reads late ---- */

/* Corked, it takes what there is room for, and no more; and more as soon as the peer reads. */
static void check_room(bool is_socket)
{
	struct held_signals ends;
	size_t count, more, read_bytes = 0;
	struct message message;

	ends_open(&ends, is_socket);
	ends.channel->corked = true;
	count = fill(&ends, 0);
	CU_ASSERT(count > 10 && count < TAKEN / MESSAGE);
	CHECK_INT(send_numbered(&ends, count), -EAGAIN);
	read_bytes += drain(&ends, read_bytes);
	more = fill(&ends, count);
	CU_ASSERT(more > count); /* nothing was received meanwhile */
	while (read_bytes < more * FRAMED) {
		size_t n = drain(&ends, read_bytes);

		read_bytes += n;
		CHECK_INT(channel_receive(ends.channel, &message, CHANNEL_ARRIVED), -ETIMEDOUT);
		if (!n && !drain(&ends, read_bytes))
			break;
	}
	CHECK_INT(read_bytes, more * FRAMED);
	CHECK_INT(ends.channel->sent, more * FRAMED);
	ends_close(&ends);
}

static void test_room(void)
{
	check_room(true);
	check_room(false);
}

/* What is to be waited for by others: that something arrives, and that what was taken can leave. */
static void check_await(bool is_socket)
{
	struct pollfd waiting[2];
	struct held_signals ends;

	ends_open(&ends, is_socket);
	ends.channel->corked = true;
	CHECK_INT(ends.channel->operations->await(ends.channel, waiting), 0);
	CHECK_INT(waiting[0].events, POLLIN);
	CHECK_INT(waiting[1].fd, -1);
	fill(&ends, 0);
	CHECK_INT(ends.channel->operations->await(ends.channel, waiting), 0);
	CHECK_INT(waiting[0].events, is_socket ? POLLIN | POLLOUT : POLLIN);
	CU_ASSERT(is_socket ? waiting[1].fd == -1 : waiting[1].fd >= 0);
	CHECK_INT(is_socket ? POLLOUT : waiting[1].events, POLLOUT);
	ends_close(&ends);
}

static void test_await(void)
{
	check_await(true);
	check_await(false);
}

/* A peer that answers when it has read all of so many bytes. */
struct reader {
	const struct held_signals *ends;
	size_t expected;
	pthread_t thread;
};

static void *read_all_then_answer(void *argument)
{
	static const uint8_t reply[FRAMING_HEADER + 8] = {
		0, 0, 0, 8, 'a', 'n', 's', 'w', 'e', 'r'
	};
	struct reader *reader = argument;
	uint8_t bytes[65536];
	size_t at = 0;

	while (at < reader->expected) {
		ssize_t n = read(reader->ends->in, bytes, sizeof(bytes));

		if (n <= 0)
			return NULL;
		check_bytes(bytes, (size_t)n, at);
		at += (size_t)n;
	}
	CHECK_INT(write(reader->ends->out, reply, sizeof(reply)), sizeof(reply));
	return NULL;
}

/* Whoever waits for a reply sends what was taken meanwhile, all of it. */
static void check_sends_while_it_waits(bool is_socket)
{
	struct message message = { NULL, 0 };
	struct reader reader;
	struct held_signals ends;

	ends_open(&ends, is_socket);
	ends.channel->corked = true;
	reader = (struct reader){ .ends = &ends, .expected = fill(&ends, 0) * FRAMED };
	CU_ASSERT_FATAL(pthread_create(&reader.thread, NULL, read_all_then_answer, &reader) == 0);
	CHECK_INT(channel_receive(ends.channel, &message, clock_now() + PATIENT), 1);
	CHECK_INT(message.length, 8);
	channel_close(ends.channel); /* which ends the peer's reading, where it still does */
	pthread_join(reader.thread, NULL);
	close_peer(&ends);
}

static void test_sends_while_it_waits(void)
{
	check_sends_while_it_waits(true);
	check_sends_while_it_waits(false);
}

/* ---- a peer that is gone ---- */

/* What was sent ends within a message, maybe: nothing follows it, corked or not, and no signal
 * comes of it. */
static void check_gone(bool is_socket, bool corked)
{
	struct message message;
	struct held_signals ends;
	int r;

	ends_open(&ends, is_socket);
	ends.channel->corked = corked;
	close_peer(&ends);
	r = send_numbered(&ends, 0);
	CHECK_INT(r, corked ? 0 : -EPIPE); /* taken, or refused */
	r = channel_receive(ends.channel, &message, clock_now() + PATIENT);
	CU_ASSERT(r == 0 || r == -ECONNRESET);
	CHECK_INT(send_numbered(&ends, 1), -EPIPE);
	ends.channel->corked = !corked;
	CHECK_INT(send_numbered(&ends, 2), -EPIPE);
	CHECK_INT(ends.channel->sent, 0);
	ends_close(&ends);
}

static void test_gone(void)
{
	for (int i = 0; i < 4; i++)
		check_gone(i & 1, i & 2);
}

/* A message that left in part when its time was over is the last one. */
static void check_half_sent(bool is_socket)
{
	struct held_signals ends;
	int r = 0;

	ends_open(&ends, is_socket);
	for (size_t i = 0; i < TAKEN / MESSAGE && r == 0; i++)
		r = send_within(&ends, i, SECOND / 20);
	CHECK_INT(r, -ETIMEDOUT);
	drain(&ends, 0);
	CHECK_INT(send_numbered(&ends, 1), -EPIPE);
	ends_close(&ends);
}

static void test_half_sent(void)
{
	check_half_sent(true);
	check_half_sent(false);
}

/* Both ends of the peer see that the channel is closed. */
static void test_closed(void)
{
	for (int is_socket = 0; is_socket < 2; is_socket++) {
		struct held_signals ends;
		char byte;

		ends_open(&ends, is_socket);
		channel_close(ends.channel);
		CHECK_INT(read(ends.in, &byte, 1), 0);
		CHECK_INT(write(ends.out, "x", 1), -1);
		CHECK_INT(errno, EPIPE);
		close_peer(&ends);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "a peer that reads late", test_room },
		{ "what to wait for", test_await },
		{ "sending while waiting", test_sends_while_it_waits },
		{ "a peer that is gone", test_gone },
		{ "a message that left in part", test_half_sent },
		{ "closing", test_closed },
		{ NULL, NULL },
	};

	signal(SIGPIPE,
	       SIG_IGN); /* pipes have no flag; sockets are to do without: see client_test */
	return harness_run("client_stream", tests);
}
