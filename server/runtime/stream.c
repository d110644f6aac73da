/* Sessions on byte streams: the messages in what arrives, answers, and sending the replies. */
#include "server/runtime/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/container.h"
#include "server/runtime/access.h"
#include "server/runtime/log.h"
#include "server/runtime/stream_internal.h"

#define READ_SIZE  ((size_t)64 << 10) /* bytes a turn reads at most */
#define LAST_READ  ((size_t)8 << 20)  /* bytes after the server began to stop: two socket buffers */
#define LAST_QUIET 500  /* milliseconds in which TCP would have sent again what was lost */
#define LAST_TIME  1000 /* milliseconds after which what comes was asked later */

/* ---- a session's end ---- */

/*
 * Everything is answered and sent.  To close while the peer sends more would send it a reset, which
 * may overtake replies that it has not read yet; so it is told that no more comes, and what it
 * sends is read and forgotten until it closes, too, or its time is over.  -ESHUTDOWN when there is
 * no need for that: its side is closed, it has everything, or it is a pipe.
 */
static int part_from_peer(struct stream *stream)
{
	struct session *session = &stream->session;

	if (!stream->cut || session_is_delivered(session))
		return -ESHUTDOWN;
	if (!stream_is_socket(stream) || shutdown(stream->out.fd, SHUT_WR) < 0)
		return -ESHUTDOWN;
	session->state = SESSION_PARTED;
	session_start_timer(session, &session->owner->arriving);
	return loop_watch(session->owner->loop, &session->in, EPOLLIN);
}

/* Reads what comes after the end, and forgets it. */
static int forget_input(struct stream *stream)
{
	struct buffer *input = &stream->session.owner->input;
	ssize_t n = -1;

	if (buffer_reserve(input, READ_SIZE) == 0)
		n = session_read(&stream->session, input->data, READ_SIZE);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	return n == 0 ? -ESHUTDOWN : 0;
}

/* ---- a session's turn: read, answer, send ---- */

static bool is_anything_here(const struct stream *stream)
{
	int waiting = 0;

	return ioctl(stream->session.in.fd, FIONREAD, &waiting) == 0 && waiting;
}

/* When the server stops, what the peer's kernel still has comes as soon as there is room for it: at
 * once from this machine's sockets and pipes; by TCP it may have to be sent again first.  Who goes
 * on sending for ever does not hold up the end. */
static bool is_last_read(const struct stream *stream)
{
	return stream->session.state == SESSION_STOPPING &&
	       (!stream->left ||
		(peer_is_here(&stream->session.peer->id) && !is_anything_here(stream)));
}

/* Whether no more comes by TCP of what was asked before the stop: nothing has for long, or so much
 * time is over.  Who has not even been introduced has asked nothing. */
static bool is_over(const struct stream *stream)
{
	const struct session *session = &stream->session;
	int64_t now = session->owner->loop->now;

	return (stream->proxied || stream->left < LAST_READ) && !is_anything_here(stream) &&
	       (stream->proxied || now - session->progress >= LAST_QUIET ||
		now - stream->stopped >= LAST_TIME);
}

/* Reads once what is there.  0, or -errno when the session cannot go on. */
static int stream_read(struct stream *stream)
{
	bool stopping = stream->session.state == SESSION_STOPPING;
	size_t size = stopping && stream->left < READ_SIZE ? stream->left : READ_SIZE;
	struct buffer *input = &stream->input;
	ssize_t n;

	if (buffer_reserve(input, READ_SIZE) < 0)
		return -ENOMEM;
	n = session_read(&stream->session, input->data + input->length, size);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (stopping)
		stream->left -= (size_t)n;
	if (n == 0 || is_last_read(stream))
		stream->session.state = SESSION_ENDING;
	input->length += (size_t)n;
	stream->session.moved |= n > 0;
	return 0;
}

/* Answers one message, or has the pool do it; its reply, if there is one, gets its mark in front.
 * 0 or -errno. */
static int answer_message(struct stream *stream, const struct framing_message *call)
{
	struct buffer *output = &stream->output;
	size_t start = output->length;
	int r = buffer_reserve(output, FRAMING_HEADER);

	if (r < 0)
		return r;
	output->length += FRAMING_HEADER;
	stream->start = start;
	stream->marked = false;
	r = session_answer(&stream->session, call->bytes, call->length, output,
			   limits_reply(stream->session.owner->limits), FRAMING_HEADER);
	if (r != 0)
		output->length = start;
	else if (!stream->marked)
		stream_mark_reply(stream, output, start);
	return r < 0 ? r : 0;
}

/* The part of a message that has come: whether the rest of it is worth waiting for. */
static bool may_be_call(const struct stream *stream, const uint8_t *unfinished)
{
	const struct protocol *protocol = stream->session.protocol;

	return !protocol->may_be || !stream->reader.gathered ||
	       protocol->may_be(unfinished + FRAMING_HEADER, stream->reader.gathered);
}

/* Whether the peer did not take at once what was sent between two calls. */
static bool is_stuck(const struct stream *stream)
{
	return stream->marked && stream->sent < stream->output.length;
}

/* Answers the messages that have arrived, until its turn is over.  Returns how many there were, or
 * -errno when the stream cannot go on. */
static int answer_all(struct stream *stream)
{
	struct loop *loop = stream->session.owner->loop;
	struct buffer *input = &stream->input;
	struct framing_message call;
	struct turn_meter meter = { 0 };
	size_t done = 0, left = input->length;
	int r = 0, calls = 0;

	stream->behind = false;
	while (!stream->behind && !stream_is_full(stream) && !stream->destroyed) {
		r = framing_next(&stream->reader, input->data + done, &left, &call);
		input->length = done + left;
		if (r == 0 && !may_be_call(stream, input->data + done))
			r = -EPROTO;
		if (r <= 0)
			break;
		stream->more = left > call.consumed;
		r = answer_message(stream, &call);
		if (r < 0)
			break;
		done += call.consumed;
		left -= call.consumed;
		calls++;
		/* A message that was found is answered: its fragments were moved together. */
		stream->behind = left && (stream->output.length >= SESSION_TURN_OUTPUT ||
					  is_stuck(stream) || loop_turn_is_over(loop, &meter));
	}
	buffer_consume(input, done);
	return r < 0 ? r : calls;
}

/* Sends, then says what comes next: more answers in another turn, waiting, or the end. */
static int stream_continue(struct stream *stream, bool progress)
{
	struct session *session = &stream->session;
	int r = stream_send(stream);

	if (r < 0)
		return r;
	if (stream_all_sent(stream) && stream->behind) {
		/* It is the server that takes its time now. */
		session_stop_timer(session);
		stream->arriving = false;
		session_ask(session);
		return 0;
	}
	if (stream_all_sent(stream) && stream_is_ending(stream) && !session->slow_calls.count)
		return part_from_peer(stream);
	return stream_wait(stream, progress);
}

/* What is here cannot be understood: nothing more is read, but what was asked before is answered.
 */
static void lose_messages(struct stream *stream, int error)
{
	session_log_end(&stream->session, error);
	stream->session.state = SESSION_ENDING;
	stream->cut = true;
	stream->input.length = stream->reader.gathered = stream->reader.parsed = 0;
}

/* Reads, answers and sends.  0 or -errno. */
static int read_and_answer(struct stream *stream)
{
	struct sessions *owner = stream->session.owner;
	int r = session_borrow_buffer(&owner->input, &stream->input, READ_SIZE), calls;

	if (r == 0 && stream->readable && !stream->behind && !stream_is_ending(stream))
		r = stream_read(stream);
	stream->readable = false;
	if (r == 0)
		r = session_borrow_buffer(&owner->output, &stream->output, READ_SIZE);
	if (r < 0)
		return r;
	calls = answer_all(stream);
	if (calls < 0)
		lose_messages(stream, calls);
	return stream_continue(stream, calls > 0);
}

/* One turn.  Who does not take its replies is not read from; and bytes of them that drip do not
 * lengthen its time. */
static int stream_turn(struct session *session)
{
	struct stream *stream = (struct stream *)session; /* its first member */
	struct sessions *owner = session->owner;
	int r = 0;

	if (session->state == SESSION_PARTED)
		return forget_input(stream);
	if (stream->proxied)
		return stream_read_header(stream);
	if (!stream_all_sent(stream))
		r = stream_send(stream);
	if (r == 0 && stream_all_sent(stream))
		r = read_and_answer(stream);
	else if (r == 0 && !stream->sending)
		r = stream_wait(stream, false); /* the reply came back from the pool */
	if (session_return_buffer(&owner->input, &stream->input) < 0 ||
	    session_return_buffer(&owner->output, &stream->output) < 0)
		return -ENOMEM;
	return r;
}

static size_t stream_held(const struct session *session)
{
	const struct stream *stream = (const struct stream *)session;

	return stream->input.capacity + stream->output.capacity;
}

/* ---- what the loop calls ---- */

/* The peer closed its side while its calls are in the pool; it may be gone altogether. */
static void half_close(struct stream *stream)
{
	stream->peer_half_closed = true;
	if (stream_wait(stream, false) < 0)
		stream_close(&stream->session);
}

static void in_ready(struct watch *watch, uint32_t events)
{
	struct stream *stream = container_of(watch, struct stream, session.in);

	if (stream->session.state == SESSION_CLOSED)
		return;
	/* Whoever takes replies again has not sent more by that. */
	if (watch->events & EPOLLIN)
		stream->readable = true;
	/* What was not waited for is the peer's end, in both directions. */
	if ((watch->events & EPOLLIN) || (events & EPOLLOUT)) {
		session_ask(&stream->session);
	} else if (!(events & (EPOLLERR | EPOLLHUP))) {
		half_close(stream);
	} else {
		stream_close(&stream->session);
	}
}

/* Where both are one socket, its end shows here, too: what was sent before it is still read. */
static void out_ready(struct watch *watch, uint32_t events)
{
	struct stream *stream = container_of(watch, struct stream, out);
	bool gone = (events & EPOLLHUP) && !(events & EPOLLOUT) && !stream->session.in.events;

	if (stream->session.state == SESSION_CLOSED)
		return;
	if (gone || (events & EPOLLERR))
		stream_close(&stream->session);
	else
		session_ask(&stream->session);
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

/* The reply goes behind what the session has to send. */
static int stream_answered(struct session *session, struct slow_call *call)
{
	struct stream *stream = (struct stream *)session;

	if (call->result < 0)
		return call->result;
	stream_mark_reply(stream, &call->reply, 0);
	return take_over(&stream->output, &call->reply);
}

static void begin_stopping(struct stream *stream)
{
	stream->session.state = SESSION_STOPPING;
	stream->cut = true;
	stream->left = LAST_READ;
	stream->stopped = stream->session.owner->loop->now;
}

/* What is in the socket now, and in that of a peer who had to wait for room in ours, was asked
 * before the end, and is still answered.  Even with nothing left to do it ends in a turn of its
 * own: its client may not have all that was sent. */
static void stream_finish(struct session *session)
{
	struct stream *stream = (struct stream *)session;

	if (session->state == SESSION_OPEN) {
		begin_stopping(stream);
		stream->readable = true;
		if (!is_anything_here(stream))
			session->state = SESSION_ENDING;
	} else if (session->state == SESSION_STOPPING && is_over(stream)) {
		session->state = SESSION_ENDING;
	} else if (session->state == SESSION_ENDING && !stream->cut) {
		stream->cut = true; /* what its peer sent behind its end is not read */
	} else {
		return;
	}
	session_ask(session);
}

/* Where the server stops, its client has asked before that. */
static int stream_settle(struct session *session)
{
	struct stream *stream = (struct stream *)session;
	int r = stream->proxied ? stream_await_header(stream) : stream_wait(stream, true);

	if (r < 0 || !session->owner->finishing)
		return r;
	if (stream_is_socket(stream))
		stream_finish(session);
	else
		begin_stopping(stream); /* who has greeted is connected: his call comes */
	return 0;
}

static const struct session_operations operations = {
	.ready = in_ready,
	.turn = stream_turn,
	.answered = stream_answered,
	.finish = stream_finish,
	.held = stream_held,
	.settle = stream_settle,
	.close = stream_close,
};

int stream_open(struct sessions *sessions, const struct entrance *entrance,
		const struct connection *connection, const struct peer_id *peer)
{
	const int both[] = { connection->in, connection->out };
	const unsigned int count = connection->in == connection->out ? 1 : 2;
	struct stream *stream = calloc(1, sizeof(*stream));
	int r = session_begin((struct session *)stream, sessions, entrance, &operations, both,
			      count, peer);

	if (r < 0)
		return r;
	stream->reader.framing = entrance->protocol->framing;
	stream->reader.limit = sessions->limits->message;
	stream->out = (struct watch){ .fd = connection->out, .ready = out_ready };
	stream->session.lent = connection->lent;
	stream_way_init(&stream->session.way);
	stream->proxied = access_is_proxy(sessions->served->access, connection->in);
	stream->session.movable = count == 1 && !connection->lent && !stream->proxied;
	r = stream_settle(&stream->session);
	if (r < 0)
		stream_close(&stream->session);
	return r;
}
