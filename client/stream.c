/* Channels on byte streams: the mark in front of each message. */
#include "client/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define READ_SIZE ((size_t)64 << 10) /* bytes */

struct stream {
	struct channel channel; /* first: all that its users see */
	int in, out;
	bool broken; /* a message was sent by half: nothing can follow it */
	bool late;   /* the last wait for the peer ended at its deadline */
	struct framing_reader reader;
	struct buffer input;
	pid_t child; /* behind a pipe; then `closed` sees to it */
	void (*closed)(pid_t child, bool late);
	size_t taken; /* bytes at the input's front that the last message had */
};

static struct stream *stream_of(struct channel *channel)
{
	return (struct stream *)channel;
}

/* Drops the first n bytes of what is to be written. */
static void advance(struct iovec parts[2], size_t n)
{
	for (int i = 0; i < 2; i++) {
		size_t part = n < parts[i].iov_len ? n : parts[i].iov_len;

		parts[i].iov_base = (char *)parts[i].iov_base + part;
		parts[i].iov_len -= part;
		n -= part;
	}
}

/* A server that is gone is an error code, not a death; a pipe has no flag that says so. */
static ssize_t write_parts(const struct stream *stream, struct iovec parts[2])
{
	const struct msghdr both = { .msg_iov = parts, .msg_iovlen = 2 };

	if (stream->in != stream->out)
		return writev(stream->out, parts, 2);
	return sendmsg(stream->out, &both, MSG_NOSIGNAL);
}

/* Waits until a descriptor is ready, and remembers whether it was in time.  0 or -errno. */
static int wait_for_peer(struct stream *stream, int fd, short events, int64_t deadline)
{
	int r = channel_wait(fd, events, deadline);

	stream->late = r == -ETIMEDOUT;
	return r;
}

static int stream_send(struct channel *channel, const void *message, size_t length,
		       int64_t deadline)
{
	struct stream *stream = stream_of(channel);
	uint8_t mark[FRAMING_HEADER];
	struct iovec parts[2] = { { mark, sizeof(mark) }, { (void *)message, length } };

	if (stream->broken)
		return -EPIPE;
	framing_mark(stream->reader.framing, mark, length);
	stream->broken = true;
	while (parts[0].iov_len + parts[1].iov_len) {
		ssize_t n = write_parts(stream, parts);
		int r = n >= 0 || errno == EINTR ? 0
			: errno == EAGAIN ? wait_for_peer(stream, stream->out, POLLOUT, deadline)
					  : -errno;

		if (r < 0)
			return r;
		if (n > 0) {
			channel->sent += (uint64_t)n;
			advance(parts, (size_t)n);
		}
	}
	stream->broken = false;
	channel->marks.length = 0;
	return channel->observer ? buffer_append(&channel->marks, mark, sizeof(mark)) : 0;
}

/* Reads what has arrived.  1, 0 at the end of the stream, or -errno. */
static int read_more(struct stream *stream, int64_t deadline)
{
	struct buffer *input = &stream->input;
	int r = wait_for_peer(stream, stream->in, POLLIN, deadline);
	ssize_t n;

	if (r < 0)
		return r;
	if (buffer_reserve(input, READ_SIZE) < 0)
		return -ENOMEM;
	n = read(stream->in, input->data + input->length, READ_SIZE);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -errno;
	input->length += (size_t)n;
	stream->channel.received += (uint64_t)n;
	return n > 0;
}

static int stream_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	struct stream *stream = stream_of(channel);
	struct framing_message found;
	int r;

	buffer_consume(&stream->input, stream->taken);
	stream->taken = 0;
	stream->reader.marks = channel->observer ? &channel->marks : NULL;
	for (;;) {
		r = framing_next(&stream->reader, stream->input.data, &stream->input.length,
				 &found);
		if (r != 0)
			break;
		r = read_more(stream, deadline);
		if (r <= 0)
			return r;
	}
	if (r < 0)
		return r;
	stream->taken = found.consumed;
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
	if (stream->closed)
		stream->closed(stream->child, stream->late);
	free(stream);
}

static const struct channel_operations stream_operations = {
	.send = stream_send,
	.receive = stream_receive,
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
	stream->reader = (struct framing_reader){ .framing = framing,
						  .limit = FRAMING_MAX_MESSAGE };
	return &stream->channel;
}

void stream_set_child(struct channel *channel, pid_t child, void (*closed)(pid_t child, bool late))
{
	struct stream *stream = stream_of(channel);

	stream->child = child;
	stream->closed = closed;
}
