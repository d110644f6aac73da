/*
 * The shm transport, the server's end: a Unix socket hands out shared memory, calls come out of one
 * ring in it and replies go into another, and the socket wakes either end.
 *
 * The server makes everything that is shared, so a client has nothing to hand over that could be
 * wrong; what it writes in the memory is checked by common/ring.c.  A client that makes no room for
 * a reply is not read from, so it can make the server keep one reply and no more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/container.h"
#include "common/ring.h"
#include "common/shm.h"
#include "server/log.h"
#include "server/transports/address.h"

/* Bytes of a ring, at most: nothing that the contract has comes near it, and all that a client can
 * make us hold is twice this. */
#define MAX_RING ((uint32_t)512 << 10)

#define OUTPUT_ENOUGH ((size_t)64 << 10) /* bytes of replies after which a turn ends */
#define TURN_TIME     2                  /* milliseconds after which a turn ends */

struct shm_session {
	struct member member;   /* first: all that the streams see */
	struct deferred again;  /* its next turn, when it has more to do without waiting */
	struct spinner spinner; /* while it is looked at */
	struct watch socket;    /* bytes wake us; its end: the client is gone */
	const struct protocol *protocol;
	void *memory;
	uint32_t size; /* of each ring, in bytes */
	struct ring calls, replies;
	struct buffer reply; /* the one for which there is no room in the ring yet */
	struct works works;  /* a call in the pool; while there is one, no other is read */
	bool ending;         /* the server stops: end when all is answered and taken */
	bool closed;         /* freed at the end of this round of the loop */
};

/* ---- a session's end ---- */

/* Events of this round may still name the session, so its memory lives until the round's end. */
static void session_close(struct shm_session *session)
{
	struct loop *loop = session->member.streams->loop;

	if (session->closed)
		return;
	session->closed = true;
	streams_leave(&session->member);
	loop_remove_spinner(loop, &session->spinner);
	loop_watch(loop, &session->socket, 0);
	close(session->socket.fd);
	munmap(session->memory, ring_segment(session->size));
	buffer_release(&session->reply);
	works_cancel(&session->works);
	loop_defer(loop, &session->again);
}

static void log_end(const struct shm_session *session, int error)
{
	const char *name = session->protocol->name;

	if (error == -EPROTO)
		log_client("%s: what a client put in shared memory is no call; its session ends",
			   name);
	else if (error == -EMSGSIZE)
		log_client("%s: a client's message is longer than %zu bytes (--max-message); "
			   "its session ends",
			   name, session->member.streams->limits->message);
	else if (error == -ENOMEM)
		log_client("%s: out of memory; a session ends", name);
}

/* ---- a session's turn ---- */

static void session_turn(struct shm_session *session);

static size_t reply_limit(const struct shm_session *session)
{
	size_t limit = session->member.streams->limits->message;
	size_t capacity = ring_capacity(session->size);

	return limit < capacity ? limit : capacity;
}

/* Puts a reply into the ring, or keeps it until there is room.  1, 0 when it is kept, or -errno. */
static int send_reply(struct shm_session *session, const struct buffer *reply)
{
	int r = ring_write(&session->replies, reply->data, reply->length);

	if (r == 0) {
		member_waits_for_peer(&session->member);
		r = buffer_append(&session->reply, reply->data, reply->length);
	}
	return r;
}

/* Tries again with the reply that is kept.  1 when there is none, 0 or -errno. */
static int send_kept(struct shm_session *session)
{
	struct buffer *reply = &session->reply;
	int r;

	if (!reply->length)
		return 1;
	r = ring_write(&session->replies, reply->data, reply->length);
	if (r > 0)
		buffer_release(reply);
	return r;
}

/* Back in the loop, with a reply that the session's next turn sends. */
static void work_done(struct works *works, struct work *work)
{
	struct shm_session *session = container_of(works, struct shm_session, works);
	int r = work->result;

	if (session->closed) {
		if (!session->again.queued)
			free(session);
		return;
	}
	if (r == 0 && work->reply.length)
		r = send_reply(session, &work->reply);
	if (r < 0) {
		log_end(session, r);
		session_close(session);
	} else if (!session->again.queued) {
		session_turn(session);
	}
}

/* Answers the call that was read, or hands it to the pool.  1, 0 when its reply is kept, or -errno.
 */
static int answer(struct shm_session *session, const struct buffer *call, struct buffer *reply)
{
	struct streams *streams = session->member.streams;
	struct work *work;
	int r;

	if (streams->pool && session->protocol->may_wait(call->data, call->length)) {
		work = work_create(&session->works, session->protocol, streams->service, call->data,
				   call->length);
		if (!work)
			return -ENOMEM;
		work->limit = reply_limit(session);
		work->done = work_done;
		work_start(work, streams->pool, streams->loop);
		return 1;
	}
	r = session->protocol->answer(streams->service, call->data, call->length, reply,
				      reply_limit(session));
	if (r < 0)
		return r;
	return reply->length ? send_reply(session, reply) : 1;
}

/* Answers the calls in the ring.  1 with *more set when the turn ended before they did, 0 when
 * there is no room for a reply, or -errno. */
static int answer_all(struct shm_session *session, bool *more)
{
	struct streams *streams = session->member.streams;
	struct buffer *call = &streams->input, *reply = &streams->output; /* lent for this turn */
	int64_t start = loop_tick();
	size_t output = 0;
	int r = 1;

	while (r > 0 && !*more && !session->works.count) {
		call->length = reply->length = 0;
		r = ring_read(&session->calls, call, streams->limits->message);
		if (r <= 0)
			return r < 0 ? r : 1;
		r = answer(session, call, reply);
		output += reply->length;
		*more = output >= OUTPUT_ENOUGH || loop_tick() - start >= TURN_TIME;
	}
	return r;
}

static void wake_client(struct shm_session *session)
{
	bool reading = ring_must_wake(&session->replies), writing = ring_must_wake(&session->calls);

	if (reading || writing)
		shm_wake(session->socket.fd);
}

/* Says what comes next: waiting for room, more answers at once, the end, or waiting for a call. */
static void session_wait(struct shm_session *session, bool more)
{
	struct loop *loop = session->member.streams->loop;

	if (session->reply.length) {
		loop_remove_spinner(loop, &session->spinner); /* its calls are not read */
		ring_sleep(&session->replies, true);
		if (ring_ready(&session->replies, session->reply.length))
			loop_defer(loop, &session->again);
		return;
	}
	if (session->works.count || more) {
		timer_stop(&session->member.timer); /* it is we who are slow */
		if (more && !session->works.count)
			loop_defer(loop, &session->again);
	} else if (session->ending) {
		session_close(session);
	} else {
		member_waits_for_call(&session->member);
		loop_add_spinner(loop, &session->spinner);
	}
}

/* One turn: everything a session does between two waits. */
static void session_turn(struct shm_session *session)
{
	bool more = false;
	int r = send_kept(session);

	if (r > 0)
		r = answer_all(session, &more);
	wake_client(session);
	if (r < 0) {
		log_end(session, r);
		session_close(session);
	} else {
		session_wait(session, more);
	}
}

/* ---- what the loop calls ---- */

/* The client wakes us, or is gone.  A flood of bytes costs us no more than a turn at a time. */
static void socket_ready(struct watch *watch, uint32_t events)
{
	struct shm_session *session = container_of(watch, struct shm_session, socket);

	if (session->closed)
		return;
	if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) || shm_drain(watch->fd) < 0)
		session_close(session);
	else if (!session->again.queued)
		session_turn(session);
}

static void run_again(struct deferred *again)
{
	struct shm_session *session = container_of(again, struct shm_session, again);

	if (!session->closed)
		session_turn(session);
	else if (!session->works.count)
		free(session);
}

static bool spinner_look(struct spinner *spinner)
{
	struct shm_session *session = container_of(spinner, struct shm_session, spinner);

	if (session->works.count || !ring_ready(&session->calls, 0))
		return false;
	session_turn(session);
	return true;
}

static void spinner_sleep(struct spinner *spinner)
{
	struct shm_session *session = container_of(spinner, struct shm_session, spinner);

	ring_sleep(&session->calls, true);
	if (ring_ready(&session->calls, 0))
		loop_defer(session->member.streams->loop, &session->again);
}

static void member_finish(struct member *member)
{
	struct shm_session *session = (struct shm_session *)member; /* its first member */

	session->ending = true;
	if (!session->again.queued)
		session_turn(session);
}

static void member_close(struct member *member)
{
	session_close((struct shm_session *)member);
}

static const struct member_operations member_operations = {
	.finish = member_finish,
	.close = member_close,
};

/* ---- a session's beginning ---- */

/* Maps the memory and hands it to the client.  0 or -errno. */
static int share(struct shm_session *session, int memory, int socket)
{
	int r;

	session->memory = shm_map(memory, &session->size);
	if (!session->memory)
		return -errno;
	ring_attach(&session->calls, session->memory, session->size, RING_CALLS, RING_READER);
	ring_attach(&session->replies, session->memory, session->size, RING_REPLIES, RING_WRITER);
	r = shm_send(memory, socket);
	if (r < 0)
		munmap(session->memory, ring_segment(session->size));
	return r;
}

/* Makes what the two share; after that, the memory's descriptor is not needed any more. */
static int make(struct shm_session *session, const struct limits *limits, int socket)
{
	uint32_t size = ring_size_for(limits->message);
	int r, memory = shm_make(size < MAX_RING ? size : MAX_RING);

	if (memory < 0)
		return memory;
	r = share(session, memory, socket);
	close(memory);
	return r;
}

/* The socket is the session's from now on. */
static void start(struct shm_session *session, struct listener *listener, int socket)
{
	struct loop *loop = listener->owner->streams->loop;
	int r;

	session->protocol = listener_protocol(listener);
	session->socket = (struct watch){ .fd = socket, .ready = socket_ready };
	session->again.run = run_again;
	session->spinner = (struct spinner){ .look = spinner_look, .sleep = spinner_sleep };
	r = loop_watch(loop, &session->socket, EPOLLIN | EPOLLRDHUP);
	if (r == 0)
		session_wait(session, false);
	else
		session_close(session);
}

static void shm_accepted(struct listener *listener, int fd)
{
	struct shm_session *session = calloc(1, sizeof(*session));
	struct streams *streams = listener->owner->streams;
	int r = session ? streams_join(streams, &session->member, fd, &member_operations) : -ENOMEM;

	if (r < 0) {
		free(session);
		close(fd);
		return;
	}
	r = make(session, streams->limits, fd);
	if (r == 0) {
		start(session, listener, fd);
		return;
	}
	log_client("no memory can be shared with a client, which was sent away: %s", strerror(-r));
	streams_leave(&session->member);
	free(session);
	close(fd);
}

static const char *shm_listen(struct listeners *listeners, const struct endpoint *endpoint,
			      char why[LISTENER_WHY])
{
	return listen_at_path(listeners, endpoint, shm_accepted, why);
}

const struct transport transport_shm = { .transport = ENDPOINT_SHM, .listen = shm_listen };
