/* What all channels have in common, on one that does as it is told; and channels on streams. */
#include "client/runtime/channel.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "client/arguments.h"
#include "client/client.h"
#include "client/runtime/stream.h"
#include "common/duration.h"
#include "tests/kit/harness.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define MANY          100
#define FIRST_ID      7U
#define CALLS_MADE    3U /* 7, 8 and 9, of which 9 is waited for */
#define SENDING_FAILS (-EMSGSIZE)

/* ---- a channel that does as it is told ---- */

/* What is received next: a message that begins with this id, or a result. */
struct event {
	int result;
	uint32_t id;
	size_t length;
};

struct obedient {
	struct channel channel; /* first */
	const struct event *events;
	size_t count, next;
	bool cannot_send;
	int sent, seen;       /* messages: that left, that the observer saw leave */
	int64_t untils[MANY]; /* how long was waited for each */
	uint8_t bytes[16];
	struct channel_observer observer;
};

static int obedient_send(struct channel *channel, const void *message, size_t length,
			 int64_t deadline)
{
	struct obedient *obedient = (struct obedient *)channel;

	(void)message;
	(void)length;
	(void)deadline;
	if (obedient->cannot_send)
		return SENDING_FAILS;
	obedient->sent++;
	return 0;
}

static int obedient_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	struct obedient *obedient = (struct obedient *)channel;
	const struct event *event;
	uint32_t id;

	if (obedient->next == obedient->count || obedient->next == MANY)
		return -EBADF; /* this is not expected to be asked for */
	event = &obedient->events[obedient->next];
	obedient->untils[obedient->next++] = deadline;
	if (event->result <= 0)
		return event->result;
	id = htobe32(event->id);
	memcpy(obedient->bytes, &id, sizeof(id));
	*message = (struct message){ obedient->bytes, event->length };
	return 1;
}

static const struct channel_operations obedient_operations = {
	.send = obedient_send,
	.receive = obedient_receive,
};

static void observe(struct channel_observer *observer, const struct channel *channel, bool sent,
		    const void *message, size_t length)
{
	struct obedient *obedient = (struct obedient *)channel;

	(void)observer;
	(void)message;
	(void)length;
	obedient->seen += sent;
}

static struct obedient *obedient_open(bool datagrams, const struct event *events, size_t count)
{
	struct obedient *obedient = calloc(1, sizeof(*obedient));

	CU_ASSERT_FATAL(obedient != NULL);
	obedient->channel = (struct channel){ .operations = &obedient_operations,
					      .datagrams = datagrams,
					      .first_id = FIRST_ID,
					      .next_id = FIRST_ID };
	obedient->observer.message = observe;
	obedient->channel.observer = &obedient->observer;
	obedient->events = events;
	obedient->count = count;
	for (unsigned int i = 0; i < CALLS_MADE; i++)
		channel_next_id(&obedient->channel);
	return obedient;
}

static int exchange(struct obedient *obedient, int64_t time, bool *sent)
{
	const uint32_t call = htobe32(FIRST_ID + CALLS_MADE - 1);
	struct message reply;

	return channel_exchange(&obedient->channel, &call, sizeof(call), &reply, clock_now() + time,
				sent);
}

/* ---- whose reply it is ---- */

static const struct {
	const char *name;
	struct event first; /* before the reply */
	int stream, datagram;
} replies[] = {
	{ "another call's, made before", { 1, FIRST_ID, 8 }, 0, 0 },
	{ "a call's that was never made", { 1, FIRST_ID - 1, 8 }, -EPROTO, 0 },
	{ "a call's to be made next", { 1, FIRST_ID + CALLS_MADE, 8 }, -EPROTO, 0 },
	{ "too short to say whose", { 1, FIRST_ID, 3 }, -EPROTO, 0 },
	{ "nothing", { 1, FIRST_ID, 0 }, -EPROTO, 0 },
	{ "its own", { 1, FIRST_ID + CALLS_MADE - 1, 4 }, 0, 0 },
	{ "the end", { 0, 0, 0 }, -ECONNRESET, -ECONNRESET },
	{ "an error", { -ECONNREFUSED, 0, 0 }, -ECONNREFUSED, -ECONNREFUSED },
};

static void test_whose_reply(void)
{
	for (size_t i = 0; i < COUNT(replies); i++)
		for (int datagrams = 0; datagrams < 2; datagrams++) {
			const struct event events[] = { replies[i].first,
							{ 1, FIRST_ID + CALLS_MADE - 1, 4 } };
			struct obedient *obedient = obedient_open(datagrams, events, 2);
			int expected = datagrams ? replies[i].datagram : replies[i].stream;
			bool sent = false;
			int r = exchange(obedient, 60 * SECOND, &sent);

			CHECK_THAT(r == expected, "%s, %s: %d, not %d", replies[i].name,
				   datagrams ? "datagrams" : "stream", r, expected);
			CU_ASSERT(sent);
			CHECK_INT(obedient->sent, 1);
			free(obedient);
		}
}

/* Ids begin anywhere, and go round. */
static void test_ids_wrap(void)
{
	struct channel channel = { .first_id = UINT32_MAX - 1, .next_id = UINT32_MAX - 1 };

	CU_ASSERT(!channel_has_named(&channel, UINT32_MAX - 1));
	for (int i = 0; i < 4; i++)
		CHECK_INT(channel_next_id(&channel), UINT32_MAX - 1 + (uint32_t)i);
	CU_ASSERT(!channel_has_named(&channel, UINT32_MAX - 2));
	CU_ASSERT(channel_has_named(&channel, UINT32_MAX - 1));
	CU_ASSERT(channel_has_named(&channel, 1));
	CU_ASSERT(!channel_has_named(&channel, 2));
}

/* What did not leave was not sent: neither for the caller nor for who looks. */
static void test_cannot_send(void)
{
	struct obedient *obedient = obedient_open(false, NULL, 0);
	bool sent = true;

	obedient->cannot_send = true;
	CHECK_INT(exchange(obedient, 60 * SECOND, &sent), SENDING_FAILS);
	CU_ASSERT(!sent);
	CHECK_INT(obedient->seen, 0);
	obedient->cannot_send = false;
	CHECK_INT(exchange(obedient, 60 * SECOND, &sent), -EBADF);
	CU_ASSERT(sent);
	CHECK_INT(obedient->seen, 1);
	free(obedient);
}

/* ---- calls that get lost ---- */

/* Time stands still here: each wait is over at once.  The intervals are 0.1, 0.2, 0.4 and so on up
 * to 51.2 seconds, and then what is left of 60. */
static void test_back_off(void)
{
	struct event lost[MANY] = { 0 };
	struct obedient *obedient = obedient_open(true, lost, MANY);
	bool sent;

	for (size_t i = 0; i < MANY; i++)
		lost[i] = (struct event){ .result = -ETIMEDOUT };
	CHECK_INT(exchange(obedient, 60 * SECOND, &sent), -ETIMEDOUT);
	CU_ASSERT(obedient->sent > 3 && obedient->sent <= 11);
	/* A machine that is slow only makes them longer. */
	for (size_t i = 1; i + 1 < obedient->next; i++)
		CU_ASSERT(obedient->untils[i] - obedient->untils[i - 1] >= (100 * MILLISECOND)
										   << (i - 1));
	free(obedient);
}

/* What does not get lost is sent once, and waited for to the end. */
static void test_once(void)
{
	static const struct event events[] = { { .result = -ETIMEDOUT },
					       { 1, FIRST_ID + CALLS_MADE - 1, 4 } };
	struct obedient *obedient = obedient_open(false, events, COUNT(events));
	bool sent;

	CHECK_INT(exchange(obedient, 60 * SECOND, &sent), -ETIMEDOUT);
	CHECK_INT(obedient->sent, 1);
	CU_ASSERT(obedient->untils[0] > clock_now() + 30 * SECOND);
	free(obedient);
}

/* ---- waiting ---- */

static void ignore(int number)
{
	(void)number;
}

/* A signal is nothing to wait for. */
static void test_signals(void)
{
	const struct sigaction action = { .sa_handler = ignore };
	const struct itimerval often = { { .tv_usec = 2000 }, { .tv_usec = 2000 } };
	const struct itimerval never = { { 0 }, { 0 } };
	int64_t deadline = clock_now() + 60 * MILLISECOND;
	struct sigaction before;
	int ends[2];

	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &often, NULL);
	CHECK_INT(clock_wait(ends[0], POLLIN, deadline), -ETIMEDOUT);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &before, NULL);
	CU_ASSERT(clock_now() >= deadline);
	CHECK_INT(clock_wait(ends[0], POLLOUT, clock_now() + SECOND), 0);
	CHECK_INT(clock_wait(ends[0], POLLOUT, clock_now() - 1), -ETIMEDOUT);
	close(ends[0]);
	close(ends[1]);
}

/* ---- streams ---- */

static struct channel *stream_open(int ends[2])
{
	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	return stream_channel(ends[0], ends[0], &framing_length_prefix);
}

/* What is behind half of a message would be taken for the rest of it. */
static void test_half_sent(void)
{
	static const uint8_t large[FRAMING_MAX_MESSAGE];
	const uint8_t small[8] = { 0 };
	int ends[2];
	struct channel *channel = stream_open(ends);

	CHECK_INT(channel_send(channel, large, sizeof(large), clock_now() + 20 * MILLISECOND),
		  -ETIMEDOUT);
	CHECK_INT(channel_send(channel, small, sizeof(small), clock_now() + 20 * MILLISECOND),
		  -EPIPE);
	channel_close(channel);
	close(ends[1]);
}

static void test_nobody_reads(void)
{
	const uint8_t small[8] = { 0 };
	int ends[2], pipes[4];
	struct channel *channel = stream_open(ends);

	close(ends[1]);
	CHECK_INT(channel_send(channel, small, sizeof(small), clock_now() + SECOND), -EPIPE);
	CHECK_INT(channel_send(channel, small, sizeof(small), clock_now() + SECOND), -EPIPE);
	channel_close(channel);

	CU_ASSERT_FATAL(pipe2(pipes, O_NONBLOCK) == 0 && pipe2(pipes + 2, O_NONBLOCK) == 0);
	channel = stream_channel(pipes[0], pipes[3], &framing_length_prefix);
	close(pipes[2]);
	CHECK_INT(channel_send(channel, small, sizeof(small), clock_now() + SECOND), -EPIPE);
	/* Both directions go with the channel. */
	channel_close(channel);
	CU_ASSERT(fcntl(pipes[0], F_GETFD) < 0);
	CU_ASSERT(fcntl(pipes[3], F_GETFD) < 0);
	close(pipes[1]);
}

/* ---- corked streams ---- */

#define PARTS      3000
#define PART       1000              /* bytes */
#define MOST_TAKEN ((size_t)2 << 20) /* bytes, with what the kernel takes: not nearly all */

/* Takes what has come, and counts the messages that are as they were sent. */
static void take_parts(int fd, struct buffer *input, struct framing_reader *reader, uint32_t *right)
{
	struct framing_message message;
	size_t length;
	ssize_t n;

	do {
		buffer_reserve(input, 65536);
		n = recv(fd, input->data + input->length, 65536, MSG_DONTWAIT);
		input->length += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	for (length = input->length; framing_next(reader, input->data, &length, &message) == 1;
	     length = input->length) {
		*right += message.length == PART && channel_id_of(message.bytes) == *right &&
			  message.bytes[PART - 1] == (uint8_t)*right;
		buffer_consume(input, message.consumed);
	}
	input->length = length;
}

/* To send never waits: what has no room is not taken, and what was taken arrives, once. */
static void test_corked(void)
{
	struct framing_reader reader = { .framing = &framing_length_prefix,
					 .limit = FRAMING_MAX_MESSAGE };
	struct buffer input = { 0 };
	uint32_t sent = 0, right = 0, refused = 0;
	int64_t end = clock_now() + 20 * SECOND;
	struct message message;
	int ends[2];
	struct channel *channel = stream_open(ends);

	channel->corked = true;
	while (right < PARTS && clock_now() < end) {
		uint8_t part[PART] = { 0 };
		uint32_t number = htobe32(sent);
		int r;

		memcpy(part, &number, sizeof(number));
		part[PART - 1] = (uint8_t)sent;
		r = sent < PARTS ? channel_send(channel, part, PART, CHANNEL_NOW) : -EAGAIN;
		sent += r == 0;
		if (r == 0)
			continue;
		CHECK_INT(r, -EAGAIN);
		CU_ASSERT((size_t)(sent - right) * PART < MOST_TAKEN);
		refused++;
		take_parts(ends[1], &input, &reader, &right);
		CHECK_INT(channel_receive(channel, &message, CHANNEL_NOW), -ETIMEDOUT);
	}
	CHECK_INT(right, PARTS);
	CU_ASSERT(refused > 1);
	CHECK_INT(channel->sent, PARTS * (PART + FRAMING_HEADER));
	buffer_release(&input);
	channel_close(channel);
	close(ends[1]);
}

/* ---- pages of a directory ---- */

/* A page and its header have room in the longest message, whatever they are encoded as. */
static void test_pages(void)
{
	static const struct {
		size_t max_message;
		bool datagrams;
		uint32_t page;
	} cases[] = {
		{ FRAMING_MAX_MESSAGE, false, LIST_PAGE_BYTES },
		{ 2 * LIST_PAGE_BYTES, false, LIST_PAGE_BYTES },
		{ 2 * LIST_PAGE_BYTES - 2, false, LIST_PAGE_BYTES - 1 },
		{ LIST_PAGE_BYTES, false, LIST_PAGE_BYTES / 2 },
		{ 4092, false, 2046 },
		{ 65507, true, LIST_DATAGRAM_BYTES },
	};
	struct client client = { .endpoint.transport = ENDPOINT_TCP };

	CHECK_INT(arguments_page_bytes(&client), LIST_PAGE_BYTES);
	client.endpoint.transport = ENDPOINT_UDP;
	CHECK_INT(arguments_page_bytes(&client), LIST_DATAGRAM_BYTES);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct channel channel = { .max_message = cases[i].max_message,
					   .datagrams = cases[i].datagrams };

		client.channel = &channel;
		CHECK_INT(arguments_page_bytes(&client), cases[i].page);
	}
}

static const struct test tests[] = {
	{ "whose reply it is", test_whose_reply },
	{ "ids go round", test_ids_wrap },
	{ "what cannot be sent", test_cannot_send },
	{ "back-off", test_back_off },
	{ "what does not get lost is sent once", test_once },
	{ "signals", test_signals },
	{ "half of a message", test_half_sent },
	{ "nobody reads", test_nobody_reads },
	{ "corked", test_corked },
	{ "pages of a directory", test_pages },
	{ NULL, NULL },
};

int main(void)
{
	signal(SIGPIPE, SIG_IGN); /* as the program does */
	return harness_run("channel", tests);
}
