/* Sessions on byte streams: the messages in what arrives, answers, and sending the replies. */
#include "server/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/container.h"
#include "server/log.h"

#define READ_SIZE      ((size_t)64 << 10) /* bytes a turn reads at most */
#define OUTPUT_ENOUGH  ((size_t)64 << 10) /* bytes of replies after which a turn ends */
#define KEEP_SMALL     ((size_t)4 << 10) /* bytes: what is left over is copied, not kept in place */
#define MAX_WORKS      4                 /* calls of one session in the pool; then it waits */
#define LOST_CALL_TIME 60000             /* milliseconds for a call whose caller cannot be seen */
#define DISCARDS       64                /* reads of what a session that is lost still sent */
#define TURN_TIME      2                 /* milliseconds after which a turn ends */

struct session {
	struct timer timer;    /* in one of the queues of its streams, by what it waits for */
	struct deferred again; /* its next turn, when it has more to do without waiting */
	struct watch in, out;  /* out is used only when its descriptor is another */
	struct streams *streams;
	struct session *previous, *next;
	struct peer_address peer;
	const struct protocol *protocol;
	struct framing_reader reader;
	struct buffer input;  /* what arrived and is not answered yet */
	struct buffer output; /* what is not sent yet, from `sent` on */
	size_t sent;
	size_t held;        /* bytes of both, as they were counted last */
	struct works works; /* its calls in the pool */
	bool arriving;      /* a message is here in part, and its time runs */
	bool lost;          /* what it sends is no call any more */
	bool ending;        /* nothing more is read: end when all is answered and sent */
	bool closed;        /* freed at the end of this round of the loop */
};

static bool all_sent(const struct session *session)
{
	return session->output.length == 0;
}

/* ---- buffers, lent by the streams to the session whose turn it is ---- */

/* Gives `own` the big buffer, with the little that `own` already held in front.  0 or -ENOMEM. */
static int lend(struct buffer *lent, struct buffer *own)
{
	struct buffer small = *own;

	if (own->capacity > KEEP_SMALL)
		return 0; /* it has a big one of its own */
	lent->length = 0;
	if (buffer_reserve(lent, READ_SIZE + small.length) < 0 ||
	    buffer_append(lent, small.data, small.length) < 0)
		return -ENOMEM;
	*own = *lent;
	*lent = (struct buffer){ 0 };
	buffer_release(&small);
	return 0;
}

/* Takes the big buffer back, unless a lot is left over in it; copies out what little there is. */
static int give_back(struct buffer *lent, struct buffer *own)
{
	struct buffer big = *own;

	if (big.length > KEEP_SMALL || big.capacity <= KEEP_SMALL)
		return 0;
	*own = (struct buffer){ 0 };
	if (!lent->data) {
		*lent = big;
		big = (struct buffer){ .data = lent->data, .length = big.length };
		return big.length ? buffer_append(own, big.data, big.length) : 0;
	}
	if (big.length && buffer_append(own, big.data, big.length) < 0) {
		*own = big;
		return -ENOMEM;
	}
	buffer_release(&big);
	return 0;
}

/* ---- counting ---- */

static int enter(struct streams *streams, const struct peer_address *peer)
{
	const struct limits *limits = streams->limits;
	const char *limit = streams->shared ? shared_enter(streams->shared, peer,
							   limits->connections, limits->of_address)
					    : NULL;

	if (limit) {
		log_client("as many clients are connected as may be (%s): one was sent away",
			   limit);
		return -EUSERS;
	}
	streams->count++;
	return 0;
}

static void leave(struct streams *streams, const struct peer_address *peer)
{
	if (streams->shared)
		shared_leave(streams->shared, peer);
	streams->count--;
	if (streams->stop_when_empty && streams->count == 0)
		streams->loop->stop = true;
}

/* ---- a session's end ---- */

static void session_free(struct session *session)
{
	buffer_release(&session->input);
	buffer_release(&session->output);
	free(session);
}

/* Takes what is there from the peer, unread: to close before that would send it a reset, which may
 * overtake the replies that it has not read yet. */
static void discard(int fd)
{
	char bytes[4096];

	for (int i = 0; i < DISCARDS && read(fd, bytes, sizeof(bytes)) > 0; i++)
		;
}

/* Counts what the session keeps now; the bytes that all sessions keep. */
static size_t count_held(struct session *session)
{
	struct shared *shared = session->streams->shared;
	size_t now = session->closed ? 0 : session->input.capacity + session->output.capacity;
	size_t more = now - session->held; /* it wraps when it is less */

	session->held = now;
	if (!shared)
		return 0;
	return more ? atomic_fetch_add(&shared->held, more) + more : atomic_load(&shared->held);
}

/* Events of this round may still name the session, so its memory lives until the round's end. */
static void session_close(struct session *session)
{
	struct streams *streams = session->streams;

	if (session->closed)
		return;
	session->closed = true;
	count_held(session);
	if (session->lost)
		discard(session->in.fd);
	loop_watch(streams->loop, &session->in, 0);
	loop_watch(streams->loop, &session->out, 0);
	close(session->in.fd);
	if (session->out.fd != session->in.fd)
		close(session->out.fd);
	timer_stop(&session->timer);
	works_cancel(&session->works);
	if (session->next)
		session->next->previous = session->previous;
	if (session->previous)
		session->previous->next = session->next;
	else
		streams->sessions = session->next;
	leave(streams, &session->peer);
	loop_defer(streams->loop, &session->again);
}

/* When all sessions together keep too much, the one here that keeps most ends. */
static void keep_within(struct session *session)
{
	struct streams *streams = session->streams;
	struct session *largest = session;

	if (count_held(session) <= streams->limits->memory)
		return;
	for (struct session *s = streams->sessions; s; s = s->next)
		if (s->held > largest->held)
			largest = s;
	log_client("clients hold more than %zu bytes (--max-memory): the session that holds most, "
		   "%zu, ends",
		   streams->limits->memory, largest->held);
	session_close(largest);
}

/* ---- a session's turn: read, answer, send ---- */

/* Reads once what is there.  0, or -errno when the session cannot go on. */
static int session_read(struct session *session)
{
	struct buffer *input = &session->input;
	ssize_t n;

	if (buffer_reserve(input, READ_SIZE) < 0)
		return -ENOMEM;
	n = read(session->in.fd, input->data + input->length, READ_SIZE);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		session->ending = true;
	input->length += (size_t)n;
	return 0;
}

/* Puts a reply's mark in front of it: it stands behind the room for one, at `start`.  No reply
 * needs no mark. */
static void mark_reply(const struct session *session, struct buffer *output, size_t start)
{
	if (output->length == start + FRAMING_HEADER)
		output->length = start;
	else
		framing_mark(session->protocol->framing, output->data + start,
			     output->length - start - FRAMING_HEADER);
}

/* Answers one message; its reply, if there is one, gets its mark in front.  0 or -errno. */
static int answer(struct session *session, const struct framing_message *call)
{
	const struct streams *streams = session->streams;
	const struct protocol *protocol = session->protocol;
	struct buffer *output = &session->output;
	size_t start = output->length;
	int r = buffer_reserve(output, FRAMING_HEADER);

	if (r < 0)
		return r;
	output->length += FRAMING_HEADER;
	r = protocol->answer(streams->service, call->bytes, call->length, output,
			     streams->limits->message);
	if (r < 0)
		output->length = start;
	else
		mark_reply(session, output, start);
	return r;
}

/* ---- calls that the pool makes ---- */

/* Back in the loop: the reply goes behind what the session has to send. */
static void work_done(struct works *works, struct work *work)
{
	struct session *session = container_of(works, struct session, works);
	bool waiting = !all_sent(session);
	int r = work->result;

	if (r == 0 && !session->closed) {
		mark_reply(session, &work->reply, 0);
		r = buffer_append(&session->output, work->reply.data, work->reply.length);
	}
	if (session->closed) {
		if (!session->works.count && !session->again.queued)
			session_free(session);
	} else if (r < 0) {
		session_close(session);
	} else if (!waiting) {
		/* Whatever else its next turn brings, it sends. */
		loop_defer(session->streams->loop, &session->again);
	} else {
		keep_within(session);
	}
}

/* Hands a call to the pool.  0 or -ENOMEM. */
static int submit(struct session *session, const struct framing_message *call)
{
	const struct streams *streams = session->streams;
	struct work *work = work_create(&session->works, session->protocol, streams->service,
					call->bytes, call->length);

	if (!work)
		return -ENOMEM;
	work->limit = streams->limits->message;
	work->room = FRAMING_HEADER;
	work->done = work_done;
	work_start(work, streams->pool, streams->loop);
	return 0;
}

static int answer_or_submit(struct session *session, const struct framing_message *call)
{
	if (session->streams->pool && session->protocol->may_wait(call->bytes, call->length))
		return submit(session, call);
	return answer(session, call);
}

static bool turn_is_over(const struct session *session, int64_t start)
{
	return session->output.length >= OUTPUT_ENOUGH || loop_tick() - start >= TURN_TIME;
}

/* Answers the messages that have arrived.  Returns how many there were, with *more set when the
 * turn ended before they did, or -errno when the stream cannot go on. */
static int answer_all(struct session *session, bool *more)
{
	struct buffer *input = &session->input;
	struct framing_message call;
	size_t done = 0, left = input->length;
	int64_t start = loop_tick();
	int r = 0, calls = 0;

	*more = false;
	while (!*more && session->works.count < MAX_WORKS) {
		r = framing_next(&session->reader, input->data + done, &left, &call);
		input->length = done + left;
		if (r <= 0)
			break;
		r = answer_or_submit(session, &call);
		if (r < 0)
			break;
		done += call.consumed;
		left -= call.consumed;
		calls++;
		*more = turn_is_over(session, start);
	}
	buffer_consume(input, done);
	return r < 0 ? r : calls;
}

/* Sends what the peer takes now.  0 (also when some is left), or -errno. */
static int session_send(struct session *session)
{
	struct buffer *output = &session->output;

	while (session->sent < output->length) {
		ssize_t n = write(session->out.fd, output->data + session->sent,
				  output->length - session->sent);

		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		session->sent += n > 0 ? (size_t)n : 0;
	}
	output->length = session->sent = 0;
	return 0;
}

static void log_end(const struct session *session, int error)
{
	const char *name = session->protocol->name;

	if (error == -EPROTO)
		log_client("%s: what a client sent is no call; its session ends", name);
	else if (error == -EMSGSIZE)
		log_client("%s: a client's message is longer than %zu bytes (--max-message); "
			   "its session ends",
			   name, session->streams->limits->message);
	else if (error == -ENOMEM)
		log_client("%s: out of memory; a session ends", name);
	/* Anything else is the peer's going away, which is no news. */
}

/* Waits for what the session needs next, with the time it has for it. */
static int session_wait(struct session *session, bool progress)
{
	struct streams *streams = session->streams;
	bool one = session->in.fd == session->out.fd;
	bool sending = !all_sent(session), full = session->works.count >= MAX_WORKS;
	uint32_t input = sending || full || session->ending ? 0 : EPOLLIN;
	int r;

	if (sending)
		timer_start(streams->loop, &streams->sending, &session->timer);
	else if (session->works.count && session->ending)
		timer_start(streams->loop, &streams->sending, &session->timer); /* is it there? */
	else if (full || (session->works.count && !session->input.length))
		timer_stop(&session->timer); /* it is we who are slow */
	else if (!session->input.length)
		timer_start(streams->loop, &streams->idle, &session->timer);
	else if (progress || !session->arriving)
		timer_start(streams->loop, &streams->arriving, &session->timer);
	session->arriving = input && session->input.length;
	if (one)
		return loop_watch(streams->loop, &session->in,
				  sending ? EPOLLOUT
				  : input ? input
					  : EPOLLERR);
	/* A pipe tells its writer that the reader has gone: that is waited for at any time. */
	r = loop_watch(streams->loop, &session->out, sending ? EPOLLOUT : EPOLLERR);
	return r < 0 ? r : loop_watch(streams->loop, &session->in, input);
}

/* Sends, then says what comes next: more answers at once, waiting, or the end. */
static int session_continue(struct session *session, bool more, bool progress)
{
	int r = session_send(session);

	if (r < 0)
		return r;
	if (all_sent(session) && more) {
		/* It is the server that takes its time now. */
		timer_stop(&session->timer);
		session->arriving = false;
		loop_defer(session->streams->loop, &session->again);
		return 0;
	}
	if (all_sent(session) && session->ending && !session->works.count)
		return -ESHUTDOWN;
	return session_wait(session, progress);
}

/* One turn: everything a session does between two waits. */
static void session_turn(struct session *session, bool readable)
{
	struct streams *streams = session->streams;
	bool more = false, progress = true;
	int r = 0, calls = 0;

	if (lend(&streams->input, &session->input) < 0)
		r = -ENOMEM;
	if (r == 0 && readable && !session->ending)
		r = session_read(session);
	if (r == 0 && lend(&streams->output, &session->output) < 0)
		r = -ENOMEM;
	if (r == 0) {
		calls = answer_all(session, &more);
		progress = calls > 0;
	}
	if (calls < 0) {
		/* The stream is lost, but what was asked before is still answered. */
		log_end(session, calls);
		session->ending = session->lost = true;
		session->input.length = session->reader.gathered = session->reader.parsed = 0;
	}
	if (r == 0)
		r = session_continue(session, more, progress);
	if (give_back(&streams->input, &session->input) < 0 ||
	    give_back(&streams->output, &session->output) < 0)
		r = -ENOMEM;
	if (r < 0) {
		log_end(session, r);
		session_close(session);
	} else {
		keep_within(session);
	}
}

/* ---- what the loop calls ---- */

static void session_ready(struct session *session)
{
	/* A session that has more to answer than it had time for does not read yet more. */
	if (session->closed || session->again.queued)
		return;
	if (all_sent(session)) {
		session_turn(session, true);
	} else if (session_send(session) < 0) {
		session_close(session);
	} else if (all_sent(session)) {
		/* What arrived before and had to wait is next. */
		buffer_release(&session->output);
		session_turn(session, false);
	}
	/* Or else its time to read goes on: bytes that drip do not lengthen it. */
}

static void in_ready(struct watch *watch, uint32_t events)
{
	struct session *session = container_of(watch, struct session, in);

	/* What was not waited for is the peer's end, in both directions. */
	if ((watch->events & EPOLLIN) || (events & EPOLLOUT))
		session_ready(session);
	else
		session_close(session);
}

static void out_ready(struct watch *watch, uint32_t events)
{
	struct session *session = container_of(watch, struct session, out);

	if (events & EPOLLERR)
		session_close(session);
	else
		session_ready(session);
}

/* A session's next turn without waiting; or its last one. */
static void run_again(struct deferred *again)
{
	struct session *session = container_of(again, struct session, again);

	if (!session->closed)
		session_turn(session, false);
	else if (!session->works.count)
		session_free(session);
}

static void too_slow_to_ask(struct timer *timer)
{
	struct session *session = container_of(timer, struct session, timer);

	log_client("%s: a client did not finish its message in %u s (--message-timeout); "
		   "its session ends",
		   session->protocol->name, session->streams->limits->message_timeout);
	session_close(session);
}

static void too_slow_to_read(struct timer *timer)
{
	struct session *session = container_of(timer, struct session, timer);

	if (session->works.count) {
		/* It closed its side, and may be gone altogether: nobody waits for its calls. */
		session_close(session);
		return;
	}
	log_client("%s: a client did not read its replies for %u s (--message-timeout); "
		   "its session ends",
		   session->protocol->name, session->streams->limits->message_timeout);
	session_close(session);
}

static void too_long_executing(struct timer *timer)
{
	atomic_store(&container_of(timer, struct work, timer)->cancelled, true);
}

static void too_long_idle(struct timer *timer)
{
	struct session *session = container_of(timer, struct session, timer);
	int waiting = 0;

	/* After a long turn a call may be here, and only its event not yet. */
	if (ioctl(session->in.fd, FIONREAD, &waiting) == 0 && waiting > 0)
		timer_start(session->streams->loop, &session->streams->idle, timer);
	else
		session_close(session);
}

/* ---- sessions that are no byte streams ---- */

static void member_too_slow(struct timer *timer)
{
	struct member *member = container_of(timer, struct member, timer);

	log_client("a client did not take its replies for %u s (--message-timeout); "
		   "its session ends",
		   member->streams->limits->message_timeout);
	member->operations->close(member);
}

static void member_too_long_idle(struct timer *timer)
{
	struct member *member = container_of(timer, struct member, timer);

	member->operations->close(member);
}

int streams_join(struct streams *streams, struct member *member, int socket,
		 const struct member_operations *operations)
{
	int r;

	*member = (struct member){ .next = streams->members,
				   .streams = streams,
				   .peer = peer_of_socket(socket),
				   .operations = operations };
	r = enter(streams, &member->peer);
	if (r < 0)
		return r;
	if (member->next)
		member->next->previous = member;
	streams->members = member;
	return 0;
}

void streams_leave(struct member *member)
{
	struct streams *streams = member->streams;

	timer_stop(&member->timer);
	if (member->next)
		member->next->previous = member->previous;
	if (member->previous)
		member->previous->next = member->next;
	else
		streams->members = member->next;
	leave(streams, &member->peer);
}

void member_waits_for_call(struct member *member)
{
	timer_start(member->streams->loop, &member->streams->members_idle, &member->timer);
}

void member_waits_for_peer(struct member *member)
{
	timer_start(member->streams->loop, &member->streams->members_sending, &member->timer);
}

static void finish_members(struct streams *streams)
{
	for (struct member *next, *member = streams->members; member; member = next) {
		next = member->next;
		member->operations->finish(member);
	}
}

/* ---- the public functions ---- */

void streams_init(struct streams *streams, struct loop *loop, struct service *service,
		  struct pool *pool, const struct limits *limits, struct shared *shared)
{
	*streams = (struct streams){
		.loop = loop, .service = service, .pool = pool, .limits = limits, .shared = shared
	};
	loop_add_queue(loop, &streams->arriving, limits->message_timeout * INT64_C(1000),
		       too_slow_to_ask);
	loop_add_queue(loop, &streams->sending, limits->message_timeout * INT64_C(1000),
		       too_slow_to_read);
	loop_add_queue(loop, &streams->executing, LOST_CALL_TIME, too_long_executing);
	loop_add_queue(loop, &streams->idle, limits->idle_timeout * INT64_C(1000), too_long_idle);
	loop_add_queue(loop, &streams->members_sending, limits->message_timeout * INT64_C(1000),
		       member_too_slow);
	loop_add_queue(loop, &streams->members_idle, limits->idle_timeout * INT64_C(1000),
		       member_too_long_idle);
}

int stream_open(struct streams *streams, const struct protocol *protocol, int in, int out)
{
	struct session *session = calloc(1, sizeof(*session));
	int r = -ENOMEM;

	if (session) {
		session->peer = peer_of_socket(in);
		r = enter(streams, &session->peer);
	}
	if (r < 0) {
		free(session);
		close(in);
		if (out != in)
			close(out);
		return r;
	}
	session->streams = streams;
	session->protocol = protocol;
	session->reader.framing = protocol->framing;
	session->reader.limit = streams->limits->message;
	session->in = (struct watch){ .fd = in, .ready = in_ready };
	session->out = (struct watch){ .fd = out, .ready = out_ready };
	session->again.run = run_again;
	session->next = streams->sessions;
	if (session->next)
		session->next->previous = session;
	streams->sessions = session;
	r = session_wait(session, true);
	if (r < 0)
		session_close(session);
	return r;
}

void streams_drain(struct streams *streams, int64_t milliseconds)
{
	int64_t end = loop_clock() + milliseconds;

	for (struct session *next, *session = streams->sessions; session; session = next) {
		next = session->next;
		if (all_sent(session))
			session_turn(session, true);
		session->ending = true;
	}
	finish_members(streams);
	for (;;) {
		for (struct session *next, *session = streams->sessions; session; session = next) {
			next = session->next;
			if (all_sent(session) && !session->again.queued && !session->works.count)
				session_close(session);
		}
		if ((!streams->sessions && !streams->members) || loop_clock() >= end)
			break;
		streams->loop->stop = false;
		loop_run(streams->loop, 10);
	}
	streams_release(streams);
}

void streams_release(struct streams *streams)
{
	while (streams->sessions)
		session_close(streams->sessions);
	while (streams->members)
		streams->members->operations->close(streams->members);
	loop_run_deferred(streams->loop);
	buffer_release(&streams->input);
	buffer_release(&streams->output);
}
