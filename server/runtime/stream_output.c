/* Sessions on byte streams: what they send, and what they wait for then. */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "server/runtime/stream_internal.h"
#include "server/runtime/stream_write.h"

void stream_mark_reply(const struct stream *stream, struct buffer *output, size_t start)
{
	if (output->length == start + FRAMING_HEADER)
		output->length = start;
	else
		framing_mark(stream->session.protocol->framing, output->data + start,
			     output->length - start - FRAMING_HEADER);
}

int stream_send_until(struct stream *stream, size_t end)
{
	const struct buffer *output = &stream->output;

	while (stream->sent < end) {
		ssize_t n = stream_write(stream->out.fd, stream_is_socket(stream),
					 output->data + stream->sent, end - stream->sent);

		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		stream->sent += n > 0 ? (size_t)n : 0;
		stream->session.moved = true;
	}
	return 0;
}

int stream_send(struct stream *stream)
{
	int r = stream->torn ? -EPIPE : stream_send_until(stream, stream->output.length);

	if (r == 0 && stream->sent == stream->output.length)
		stream->output.length = stream->sent = 0;
	return r;
}

/* Starts the time that the session has for what it waits for. */
static void start_timer(struct stream *stream, bool progress)
{
	struct session *session = &stream->session;
	struct sessions *owner = session->owner;
	unsigned int waiting = session->slow_calls.count;

	if (!stream_all_sent(stream))
		session_start_timer(session, &owner->sending);
	else if (waiting && (stream_is_ending(stream) || stream->peer_half_closed))
		session_start_timer(session, &owner->sending); /* is it there? */
	else if (stream_is_full(stream) || (waiting && !stream->input.length))
		session_stop_timer(session); /* it is we who are slow */
	else if (!stream->input.length)
		session_start_timer(session, &owner->idle);
	else if (progress || !stream->arriving)
		session_start_timer(session, &owner->arriving);
}

int stream_wait(struct stream *stream, bool progress)
{
	struct session *session = &stream->session;
	struct loop *loop = session->owner->loop;
	bool sending = !stream_all_sent(stream);
	uint32_t input = sending || stream_is_full(stream) || stream_is_ending(stream) ? 0
										       : EPOLLIN;
	uint32_t none = stream->peer_half_closed || stream_is_ending(stream) ? EPOLLERR
									     : EPOLLRDHUP;
	int r;

	start_timer(stream, progress);
	stream->arriving = input && stream->input.length;
	stream->sending = sending;
	if (stream_is_socket(stream))
		return loop_watch(loop, &session->in, sending ? EPOLLOUT : input ? input : none);
	/* A pipe tells its writer that the reader has gone: that is waited for at any time. */
	r = loop_watch(loop, &stream->out, sending ? EPOLLOUT : EPOLLERR);
	return r < 0 ? r : loop_watch(loop, &session->in, input);
}

void stream_close(struct session *session)
{
	struct stream *stream = (struct stream *)session; /* its first member */

	if (session->state == SESSION_CLOSED)
		return;
	loop_watch(session->owner->loop, &stream->out, 0);
	if (!stream_is_socket(stream))
		close(stream->out.fd);
	session_end(session);
	/* It may be long until it is over, when its calls are in the pool. */
	buffer_release(&stream->input);
	buffer_release(&stream->output);
}
