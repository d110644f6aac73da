/* Channels on byte streams: the mark in front of each message. */
#include "client/runtime/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/socket.h"

#define READ_SIZE     ((size_t)64 << 10)  /* bytes */
#define OUTPUT_ENOUGH ((size_t)256 << 10) /* bytes taken and not sent; then there is no room */

struct stream {
	struct channel channel; /* first: all that its users see */
	int in, out;
	bool is_socket; /* `in` and `out` are one, and `socket` is it */
	struct timed_socket socket;
	bool broken; /* what was sent ends within a message: nothing can follow it */
	bool late;   /* the last wait ended at its deadline */
	struct framing_reader reader;
	struct buffer input;  /* what has arrived, */
	size_t taken;         /* of which the messages until now had so many bytes */
	struct buffer output; /* what is to be sent, */
	size_t sent;          /* of which so many bytes are */
	pid_t child;          /* behind a pipe; then `closed` sees to it */
	void (*closed)(pid_t child, bool late);
};

static struct stream *stream_of(struct channel *channel)
{
	return (struct stream *)channel;
}

static bool all_sent(const struct stream *stream)
{
	return stream->sent == stream->output.length;
}

/* ---- sending ---- */

/* Sends what the peer takes now.  0, also when some is left; or -errno, and nothing is left. */
static int push_output(struct stream *stream)
{
	struct buffer *output = &stream->output;

	while (!all_sent(stream)) {
		const uint8_t *bytes = output->data + stream->sent;
		size_t left = output->length - stream->sent;
		/* A server that is gone is an error code, not a death; a pipe has no flag that says
		 * so. */
		ssize_t n = stream->is_socket
				    ? send(stream->out, bytes, left, MSG_NOSIGNAL | MSG_DONTWAIT)
				    : write(stream->out, bytes, left);

		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno != EINTR) {
			stream->broken = true;
			output->length = stream->sent = 0;
			return -errno;
		}
		stream->sent += n > 0 ? (size_t)n : 0;
		stream->channel.sent += n > 0 ? (uint64_t)n : 0;
	}
	output->length = stream->sent = 0;
	return 0;
}

static int push_all(struct stream *stream, int64_t deadline)
{
	int r = push_output(stream);

	while (r == 0 && !all_sent(stream)) {
		r = clock_wait(stream->out, POLLOUT, deadline);
		stream->late = r == -ETIMEDOUT;
		if (r == 0)
			r = push_output(stream);
	}
	/* A part of it may be on its way: the rest would be taken for something else. */
	stream->broken = r < 0;
	return r;
}

/* Drops what is sent when there is enough of it, and looks whether there is room. */
static bool has_room(struct stream *stream)
{
	if (stream->output.length < OUTPUT_ENOUGH)
		return true;
	push_output(stream);
	buffer_consume(&stream->output, stream->sent);
	stream->sent = 0;
	return stream->output.length < OUTPUT_ENOUGH;
}

static int stream_send(struct channel *channel, const void *message, size_t length,
		       int64_t deadline)
{
	struct stream *stream = stream_of(channel);
	uint8_t mark[FRAMING_HEADER];

	if (channel->corked && !has_room(stream))
		return -EAGAIN;
	if (stream->broken)
		return -EPIPE;
	framing_mark(stream->reader.framing, mark, length);
	if (buffer_reserve(&stream->output, sizeof(mark) + length) < 0)
		return -ENOMEM;
	buffer_append(&stream->output, mark, sizeof(mark));
	buffer_append(&stream->output, message, length);
	channel->marks.length = 0;
	if (channel->observer && buffer_append(&channel->marks, mark, sizeof(mark)) < 0)
		return -ENOMEM;
	return channel->corked ? 0 : push_all(stream, deadline);
}

/* ---- receiving ---- */

static int stream_await(struct channel *channel, struct pollfd waiting[2])
{
	struct stream *stream = stream_of(channel);
	short sending = all_sent(stream) ? 0 : POLLOUT;

	waiting[0] = (struct pollfd){ .fd = stream->in, .events = POLLIN };
	waiting[1] = (struct pollfd){ .fd = -1 };
	if (stream->is_socket)
		waiting[0].events |= sending;
	else if (sending)
		waiting[1] = (struct pollfd){ .fd = stream->out, .events = POLLOUT };
	return 0;
}

/* Waits until something arrives, and sends meanwhile.  0 or -errno. */
static int wait_and_push(struct stream *stream, int64_t deadline)
{
	struct pollfd waiting[2];

	for (;;) {
		int r;

		stream_await(&stream->channel, waiting);
		r = clock_wait_any(waiting, 2, deadline);
		if (r < 0 || (waiting[0].revents & ~POLLOUT))
			return r;
		push_output(stream); /* whether that went well is seen by what arrives */
	}
}

/* Reads once, into the room behind the input.  As socket_receive(). */
static ssize_t read_once(struct stream *stream, int64_t deadline)
{
	uint8_t *room = stream->input.data + stream->input.length;
	int r = 0;
	ssize_t n;

	push_output(stream);
	if (deadline == CHANNEL_ARRIVED)
		return -ETIMEDOUT;
	if (deadline != CHANNEL_NOW && !(stream->is_socket && all_sent(stream)))
		r = wait_and_push(stream, deadline);
	if (r < 0)
		return r;
	if (stream->is_socket)
		return socket_receive(&stream->socket, room, READ_SIZE, deadline);
	n = read(stream->in, room, READ_SIZE);
	return n >= 0 ? n : errno == EAGAIN ? -ETIMEDOUT : -errno;
}

/* Reads what has arrived.  1, 0 at the end of the stream, or -errno. */
static int read_more(struct stream *stream, int64_t deadline)
{
	struct buffer *input = &stream->input;
	ssize_t n;

	buffer_consume(input, stream->taken);
	stream->taken = 0;
	if (buffer_reserve(input, READ_SIZE) < 0)
		return -ENOMEM;
	n = read_once(stream, deadline);
	stream->late = n == -ETIMEDOUT;
	if (n < 0)
		return n == -EINTR ? 1 : (int)n;
	input->length += (size_t)n;
	stream->channel.received += (uint64_t)n;
	return n > 0;
}

static int stream_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	struct stream *stream = stream_of(channel);
	struct buffer *input = &stream->input;
	struct framing_message found;
	int r;

	stream->reader.marks = channel->observer ? &channel->marks : NULL;
	for (;;) {
		size_t left = input->length - stream->taken;

		r = framing_next(&stream->reader, buffer_at(input, stream->taken), &left, &found);
		input->length = stream->taken + left;
		if (r != 0)
			break;
		r = read_more(stream, deadline);
		if (r <= 0)
			return r;
	}
	if (r < 0)
		return r;
	stream->taken += found.consumed;
	*message = (struct message){ found.bytes, found.length };
	return 1;
}

static void stream_close(struct channel *channel)
{
	struct stream *stream = stream_of(channel);

	close(stream->in);
	if (stream->out != stream->in)
		close(stream->out);
	buffer_release(&stream->input);
	buffer_release(&stream->output);
	if (stream->closed)
		stream->closed(stream->child, stream->late);
	free(stream);
}

static const struct channel_operations stream_operations = {
	.send = stream_send,
	.receive = stream_receive,
	.await = stream_await,
	.close = stream_close,
};

struct channel *stream_channel(int in, int out, const struct framing *framing)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream) {
		close(in);
		if (out != in)
			close(out);
		return NULL;
	}
	stream->channel.operations = &stream_operations;
	stream->in = in;
	stream->out = out;
	stream->is_socket = in == out;
	if (stream->is_socket)
		socket_init(&stream->socket, in);
	stream->reader = (struct framing_reader){ .framing = framing,
						  .limit = FRAMING_MAX_MESSAGE };
	return &stream->channel;
}

void stream_rest(const struct channel *channel, struct message *rest)
{
	const struct stream *stream = (const struct stream *)channel;

	rest->length = stream->input.length - stream->taken;
	rest->bytes = rest->length ? stream->input.data + stream->taken : NULL;
}

void stream_set_child(struct channel *channel, pid_t child, void (*closed)(pid_t child, bool late))
{
	struct stream *stream = stream_of(channel);

	stream->child = child;
	stream->closed = closed;
}
