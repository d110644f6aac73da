/* Sessions on byte streams: the messages in what arrives, answers, and sending the replies. */
#include "server/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/container.h"
#include "server/log.h"

#define READ_SIZE ((size_t)64 << 10) /* bytes a turn reads at most */
#define MAX_WORKS 4                  /* calls of one session in the pool; then it waits */
#define DISCARDS  64                 /* reads of what a session that is lost still sent */

struct stream {
	struct session session; /* first: all that others see */
	struct watch out;       /* used only when its descriptor is another than `in` */
	struct framing_reader reader;
	struct buffer input;  /* what arrived and is not answered yet */
	struct buffer output; /* what is not sent yet, from `sent` on */
	size_t sent;
	bool arriving; /* a message is here in part, and its time runs */
	bool lost;     /* what it sends is no call any more */
	bool halved;   /* the peer closed its side, or both, behind calls not yet read */
};

static bool all_sent(const struct stream *stream)
{
	return stream->output.length == 0;
}

static void hold(struct stream *stream)
{
	session_hold(&stream->session, stream->input.capacity + stream->output.capacity);
}

/* ---- a session's end ---- */

/* Takes what is there from the peer, unread: to close before that would send it a reset, which may
 * overtake the replies that it has not read yet. */
static void discard(int fd)
{
	char bytes[4096];

	for (int i = 0; i < DISCARDS && read(fd, bytes, sizeof(bytes)) > 0; i++)
		;
}

static void stream_close(struct session *session)
{
	struct stream *stream = (struct stream *)session; /* its first member */

	if (session->closed)
		return;
	if (stream->lost)
		discard(session->in.fd);
	loop_watch(session->owner->loop, &stream->out, 0);
	if (stream->out.fd != session->in.fd)
		close(stream->out.fd);
	session_end(session);
	/* It may be long until it is over, when its calls are in the pool. */
	buffer_release(&stream->input);
	buffer_release(&stream->output);
}

/* ---- a session's turn: read, answer, send ---- */

/* Reads once what is there.  0, or -errno when the session cannot go on. */
static int stream_read(struct stream *stream)
{
	struct buffer *input = &stream->input;
	ssize_t n;

	if (buffer_reserve(input, READ_SIZE) < 0)
		return -ENOMEM;
	n = read(stream->session.in.fd, input->data + input->length, READ_SIZE);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		stream->session.ending = true;
	input->length += (size_t)n;
	return 0;
}

/* Puts a reply's mark in front of it: it stands behind the room for one, at `start`.  No reply
 * needs no mark. */
static void mark_reply(const struct stream *stream, struct buffer *output, size_t start)
{
	if (output->length == start + FRAMING_HEADER)
		output->length = start;
	else
		framing_mark(stream->session.protocol->framing, output->data + start,
			     output->length - start - FRAMING_HEADER);
}

/* Answers one message; its reply, if there is one, gets its mark in front.  0 or -errno. */
static int answer(struct stream *stream, const struct framing_message *call)
{
	const struct sessions *owner = stream->session.owner;
	struct buffer *output = &stream->output;
	size_t start = output->length;
	int r = buffer_reserve(output, FRAMING_HEADER);

	if (r < 0)
		return r;
	output->length += FRAMING_HEADER;
	r = stream->session.protocol->answer(owner->service, call->bytes, call->length, output,
					     owner->limits->message);
	if (r < 0)
		output->length = start;
	else
		mark_reply(stream, output, start);
	return r;
}

static int answer_or_submit(struct stream *stream, const struct framing_message *call)
{
	int r = session_submit(&stream->session, call->bytes, call->length,
			       stream->session.owner->limits->message, FRAMING_HEADER);

	return r == 0 ? answer(stream, call) : r;
}

/* Answers the messages that have arrived.  Returns how many there were, with *more set when the
 * turn ended before they did, or -errno when the stream cannot go on. */
static int answer_all(struct stream *stream, bool *more)
{
	struct buffer *input = &stream->input;
	struct framing_message call;
	size_t done = 0, left = input->length;
	int64_t start = loop_tick();
	int r = 0, calls = 0;

	*more = false;
	while (!*more && stream->session.works.count < MAX_WORKS) {
		r = framing_next(&stream->reader, input->data + done, &left, &call);
		input->length = done + left;
		if (r <= 0)
			break;
		r = answer_or_submit(stream, &call);
		if (r < 0)
			break;
		done += call.consumed;
		left -= call.consumed;
		calls++;
		*more = session_turn_is_over(&stream->session, start, stream->output.length);
	}
	buffer_consume(input, done);
	return r < 0 ? r : calls;
}

/* Sends what the peer takes now.  0 (also when some is left), or -errno. */
static int stream_send(struct stream *stream)
{
	struct buffer *output = &stream->output;

	while (stream->sent < output->length) {
		ssize_t n = write(stream->out.fd, output->data + stream->sent,
				  output->length - stream->sent);

		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		stream->sent += n > 0 ? (size_t)n : 0;
	}
	output->length = stream->sent = 0;
	return 0;
}

/* Starts the time that the session has for what it waits for. */
static void start_timer(struct stream *stream, bool progress)
{
	struct session *session = &stream->session;
	struct sessions *owner = session->owner;
	unsigned int works = session->works.count;

	if (!all_sent(stream))
		timer_start(owner->loop, &owner->sending, &session->timer);
	else if (works && (session->ending || stream->halved))
		timer_start(owner->loop, &owner->sending, &session->timer); /* is it there? */
	else if (works == MAX_WORKS || (works && !stream->input.length))
		timer_stop(&session->timer); /* it is we who are slow */
	else if (!stream->input.length)
		timer_start(owner->loop, &owner->idle, &session->timer);
	else if (progress || !stream->arriving)
		timer_start(owner->loop, &owner->arriving, &session->timer);
}

/* Waits for what the session needs next, with the time it has for it. */
static int stream_wait(struct stream *stream, bool progress)
{
	struct session *session = &stream->session;
	struct loop *loop = session->owner->loop;
	bool sending = !all_sent(stream), full = session->works.count == MAX_WORKS;
	uint32_t input = sending || full || session->ending ? 0 : EPOLLIN;
	uint32_t none = stream->halved || session->ending ? EPOLLERR : EPOLLRDHUP;
	int r;

	start_timer(stream, progress);
	stream->arriving = input && stream->input.length;
	if (session->in.fd == stream->out.fd)
		return loop_watch(loop, &session->in, sending ? EPOLLOUT : input ? input : none);
	/* A pipe tells its writer that the reader has gone: that is waited for at any time. */
	r = loop_watch(loop, &stream->out, sending ? EPOLLOUT : EPOLLERR);
	return r < 0 ? r : loop_watch(loop, &session->in, input);
}

/* Sends, then says what comes next: more answers at once, waiting, or the end. */
static int stream_continue(struct stream *stream, bool more, bool progress)
{
	struct session *session = &stream->session;
	int r = stream_send(stream);

	if (r < 0)
		return r;
	if (all_sent(stream) && more) {
		/* It is the server that takes its time now. */
		timer_stop(&session->timer);
		stream->arriving = false;
		loop_defer(session->owner->loop, &session->again);
		return 0;
	}
	if (all_sent(stream) && session->ending && !session->works.count)
		return -ESHUTDOWN;
	return stream_wait(stream, progress);
}

/* Answers what is here.  Should the stream be lost, what was asked before is still answered.
 * Returns whether anything was, with *more as of answer_all(). */
static bool answer_or_lose(struct stream *stream, bool *more)
{
	int calls = answer_all(stream, more);

	if (calls < 0) {
		session_log_end(&stream->session, calls);
		stream->session.ending = stream->lost = true;
		stream->input.length = stream->reader.gathered = stream->reader.parsed = 0;
	}
	return calls > 0;
}

/* One turn: everything a session does between two waits. */
static void stream_turn(struct stream *stream, bool readable)
{
	struct session *session = &stream->session;
	struct sessions *owner = session->owner;
	bool more, progress;
	int r = session_lend(&owner->input, &stream->input, READ_SIZE);

	if (r == 0 && readable && !session->ending)
		r = stream_read(stream);
	if (r == 0)
		r = session_lend(&owner->output, &stream->output, READ_SIZE);
	if (r == 0) {
		progress = answer_or_lose(stream, &more);
		r = stream_continue(stream, more, progress);
	}
	if (session_give_back(&owner->input, &stream->input) < 0 ||
	    session_give_back(&owner->output, &stream->output) < 0)
		r = -ENOMEM;
	if (r < 0) {
		session_log_end(session, r);
		stream_close(session);
	} else {
		hold(stream);
	}
}

/* ---- what the loop calls ---- */

static void stream_ready(struct stream *stream)
{
	struct session *session = &stream->session;

	/* A session that has more to answer than it had time for does not read yet more. */
	if (session->closed || session->again.queued)
		return;
	if (all_sent(stream)) {
		stream_turn(stream, true);
	} else if (stream_send(stream) < 0) {
		stream_close(session);
	} else if (all_sent(stream)) {
		/* What arrived before and had to wait is next. */
		buffer_release(&stream->output);
		stream_turn(stream, false);
	}
	/* Or else its time to read goes on: bytes that drip do not lengthen it. */
}

/* The peer closed its side while its calls are in the pool; it may be gone altogether. */
static void halve(struct stream *stream)
{
	stream->halved = true;
	if (stream_wait(stream, false) < 0)
		stream_close(&stream->session);
}

static void in_ready(struct watch *watch, uint32_t events)
{
	struct stream *stream = container_of(watch, struct stream, session.in);

	if (stream->session.closed)
		return;
	/* What was not waited for is the peer's end, in both directions. */
	if ((watch->events & EPOLLIN) || (events & EPOLLOUT))
		stream_ready(stream);
	else if (!(events & (EPOLLERR | EPOLLHUP)))
		halve(stream);
	else
		stream_close(&stream->session);
}

static void out_ready(struct watch *watch, uint32_t events)
{
	struct stream *stream = container_of(watch, struct stream, out);

	if (events & EPOLLERR)
		stream_close(&stream->session);
	else
		stream_ready(stream);
}

static void run_again(struct deferred *again)
{
	struct stream *stream = container_of(again, struct stream, session.again);

	if (!stream->session.closed)
		stream_turn(stream, false);
	else if (session_is_over(&stream->session))
		free(stream);
}

/* Appends `more`, which is not needed any more: where there is nothing, it is moved. */
static int take_over(struct buffer *output, struct buffer *more)
{
	struct buffer empty = *output;

	if (output->length || more->length < READ_SIZE)
		return buffer_append(output, more->data, more->length);
	*output = *more;
	*more = empty;
	return 0;
}

/* Back from the pool: the reply goes behind what the session has to send. */
static void answered(struct works *works, struct work *work)
{
	struct stream *stream = container_of(works, struct stream, session.works);
	struct session *session = &stream->session;
	bool waiting = !all_sent(stream);
	int r = work->result;

	if (session->closed) {
		if (session_is_over(session))
			free(stream);
		return;
	}
	if (r == 0) {
		mark_reply(stream, &work->reply, 0);
		r = take_over(&stream->output, &work->reply);
	}
	if (r < 0) {
		stream_close(session);
		return;
	}
	if (!waiting)
		loop_defer(session->owner->loop, &session->again); /* its next turn sends */
	hold(stream);
}

static void finish(struct session *session)
{
	struct stream *stream = (struct stream *)session; /* its first member */

	if (all_sent(stream))
		stream_turn(stream, true);
	session->ending = true;
	if (all_sent(stream) && !session->again.queued && !session->works.count)
		stream_close(session);
}

static const struct session_operations operations = {
	.ready = in_ready,
	.again = run_again,
	.answered = answered,
	.finish = finish,
	.close = stream_close,
};

int stream_open(struct sessions *sessions, const struct protocol *protocol, int in, int out)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int r = -ENOMEM;

	if (stream)
		r = session_begin(&stream->session, sessions, protocol, &operations, in);
	if (r < 0) {
		free(stream);
		close(in);
		if (out != in)
			close(out);
		return r;
	}
	stream->reader.framing = protocol->framing;
	stream->reader.limit = sessions->limits->message;
	stream->out = (struct watch){ .fd = out, .ready = out_ready };
	r = stream_wait(stream, true);
	if (r < 0)
		stream_close(&stream->session);
	return r;
}
