/*
 * Sessions on byte streams for programs that know libtirpc's transports: they reply when a call is
 * over, fork and end behind a reply, and destroy their transport.
 */
#include <errno.h>
#include <poll.h>

#include "common/container.h"
#include "server/runtime/stream_internal.h"
#include "server/runtime/stream_write.h"

static struct stream *stream_of(struct way *way)
{
	return container_of(way, struct stream, session.way);
}

/* Where ends what can be sent: a call at hand that has no reply yet has room for its mark. */
static size_t end_of_replies(struct stream *stream)
{
	struct buffer *output = &stream->output;
	bool at_hand = stream->session.owner->execution.way == &stream->session.way;

	if (!at_hand || stream->marked || !output->length)
		return output->length;
	stream->marked = output->length > stream->start + FRAMING_HEADER;
	if (!stream->marked)
		return stream->start;
	stream_mark_reply(stream, output, stream->start);
	return output->length;
}

/* What goes wrong here is seen at the turn's end. */
static void flush_replies(struct way *way)
{
	struct stream *stream = stream_of(way);

	if (!stream->more && !stream->marked)
		stream_send_until(stream, end_of_replies(stream));
}

static bool deliver_replies(struct way *way, int milliseconds)
{
	struct stream *stream = stream_of(way);
	int64_t end = loop_clock() + milliseconds;
	struct pollfd room = { .fd = stream->out.fd, .events = POLLOUT };
	size_t last = end_of_replies(stream);

	while (!stream->torn && stream_send_until(stream, last) == 0 && stream->sent < last) {
		int64_t left = end - loop_clock();

		if (left <= 0 || (poll(&room, 1, (int)left) < 0 && errno != EINTR))
			break;
	}
	stream->torn |= stream->sent < last;
	return !stream->torn;
}

/* A turn, or new times: outside of a pass nobody would look for them. */
static void ask_outside(struct stream *stream)
{
	session_ask(&stream->session);
	loop_wake(stream->session.owner->loop);
}

static int send_apart(struct way *way, const uint8_t *bytes, size_t length)
{
	struct stream *stream = stream_of(way);
	const struct sessions *owner = stream->session.owner;
	uint8_t mark[FRAMING_HEADER];
	int r;

	framing_mark(stream->session.protocol->framing, mark, length);
	if (stream->torn)
		return -EPIPE;
	if (owner->served->compat->in_child)
		return write_marked(stream->out.fd, mark, bytes, length,
				    (int)owner->limits->message_timeout * 1000);
	if (stream_is_ending(stream))
		return -EPIPE; /* it may be over already */
	r = buffer_append(&stream->output, mark, sizeof(mark));
	if (r == 0)
		r = buffer_append(&stream->output, bytes, length);
	if (r == 0)
		r = stream_send(stream);
	if (r == 0)
		r = stream_wait(stream, true);
	if (r < 0)
		stream_close(&stream->session);
	loop_wake(owner->loop);
	return r;
}

static void close_way(struct way *way)
{
	struct stream *stream = stream_of(way);

	if (!stream_is_ending(stream))
		stream->session.state = SESSION_ENDING;
	stream->destroyed = true;
	ask_outside(stream);
}

void stream_way_init(struct way *way)
{
	way->flush = flush_replies;
	way->deliver = deliver_replies;
	way->send = send_apart;
	way->close = close_way;
}
