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

struct shm_session {
	struct session session; /* first: all that others see; `in` is the socket: bytes wake us */
	struct spinner spinner; /* while it is looked at */
	void *memory;
	uint32_t size; /* of each ring, in bytes */
	struct ring calls, replies;
	struct buffer reply; /* the one for which there is no room in the ring yet */
};

static void shm_close(struct session *session)
{
	struct shm_session *shm = (struct shm_session *)session; /* its first member */

	if (session->closed)
		return;
	loop_remove_spinner(session->owner->loop, &shm->spinner);
	session_end(session);
	munmap(shm->memory, ring_segment(shm->size));
	buffer_release(&shm->reply);
}

/* ---- a session's turn ---- */

static size_t reply_limit(const struct shm_session *shm)
{
	size_t limit = shm->session.owner->limits->message;
	size_t capacity = ring_capacity(shm->size);

	return limit < capacity ? limit : capacity;
}

/* Puts a reply into the ring, or keeps it until there is room.  1, 0 when it is kept, or -errno. */
static int send_reply(struct shm_session *shm, const struct buffer *reply)
{
	struct sessions *owner = shm->session.owner;
	int r = ring_write(&shm->replies, reply->data, reply->length);

	if (r == 0) {
		timer_start(owner->loop, &owner->sending, &shm->session.timer);
		r = buffer_append(&shm->reply, reply->data, reply->length);
	}
	return r;
}

/* Tries again with the reply that is kept.  1 when there is none, 0 or -errno. */
static int send_kept(struct shm_session *shm)
{
	struct buffer *reply = &shm->reply;
	int r;

	if (!reply->length)
		return 1;
	r = ring_write(&shm->replies, reply->data, reply->length);
	if (r > 0)
		buffer_release(reply);
	return r;
}

/* Answers the call that was read, or hands it to the pool.  1, 0 when its reply is kept, or -errno.
 */
static int answer(struct shm_session *shm, const struct buffer *call, struct buffer *reply)
{
	struct session *session = &shm->session;
	int r = session_submit(session, call->data, call->length, reply_limit(shm), 0);

	if (r != 0)
		return r;
	r = session->protocol->answer(session->owner->service, call->data, call->length, reply,
				      reply_limit(shm));
	if (r < 0)
		return r;
	return reply->length ? send_reply(shm, reply) : 1;
}

/* Answers the calls in the ring, as long as none is in the pool.  1 with *more set when the turn
 * ended before they did, 0 when there is no room for a reply, or -errno. */
static int answer_all(struct shm_session *shm, bool *more)
{
	struct sessions *owner = shm->session.owner;
	struct buffer *call = &owner->input, *reply = &owner->output; /* lent for this turn */
	int64_t start = loop_tick();
	size_t output = 0;
	int r = 1;

	while (r > 0 && !*more && !shm->session.works.count) {
		call->length = reply->length = 0;
		r = ring_read(&shm->calls, call, owner->limits->message);
		if (r <= 0)
			return r < 0 ? r : 1;
		r = answer(shm, call, reply);
		output += reply->length;
		*more = session_turn_is_over(&shm->session, start, output);
	}
	return r;
}

static void wake_client(struct shm_session *shm)
{
	bool reading = ring_must_wake(&shm->replies), writing = ring_must_wake(&shm->calls);

	if (reading || writing)
		shm_wake(shm->session.in.fd);
}

/* Of the memory that is shared, what messages ever stood in: no other has been touched. */
static void hold(struct shm_session *shm)
{
	size_t bytes = (size_t)shm->calls.reach + shm->replies.reach + shm->reply.capacity;

	session_hold(&shm->session, bytes);
}

/* Says what comes next: waiting for room, more answers at once, the end, or waiting for a call. */
static void shm_wait(struct shm_session *shm, bool more)
{
	struct session *session = &shm->session;
	struct sessions *owner = session->owner;

	if (shm->reply.length) {
		loop_remove_spinner(owner->loop, &shm->spinner); /* its calls are not read */
		ring_sleep(&shm->replies, true);
		if (ring_ready(&shm->replies, shm->reply.length))
			loop_defer(owner->loop, &session->again);
		return;
	}
	if (session->works.count || more) {
		timer_stop(&session->timer); /* it is we who are slow */
		if (more && !session->works.count)
			loop_defer(owner->loop, &session->again);
	} else if (session->ending) {
		shm_close(session);
	} else {
		timer_start(owner->loop, &owner->idle, &session->timer);
		loop_add_spinner(owner->loop, &shm->spinner);
	}
}

/* One turn: everything a session does between two waits. */
static void shm_turn(struct shm_session *shm)
{
	bool more = false;
	int r = send_kept(shm);

	if (r > 0)
		r = answer_all(shm, &more);
	wake_client(shm);
	if (r < 0) {
		session_log_end(&shm->session, r);
		shm_close(&shm->session);
	} else {
		shm_wait(shm, more);
		if (!shm->session.closed)
			hold(shm);
	}
}

/* ---- what the loop calls ---- */

/* The client wakes us, or is gone.  A flood of bytes costs us no more than a turn at a time. */
static void socket_ready(struct watch *watch, uint32_t events)
{
	struct shm_session *shm = container_of(watch, struct shm_session, session.in);

	if (shm->session.closed)
		return;
	if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) || shm_drain(watch->fd) < 0)
		shm_close(&shm->session);
	else if (!shm->session.again.queued)
		shm_turn(shm);
}

static void run_again(struct deferred *again)
{
	struct shm_session *shm = container_of(again, struct shm_session, session.again);

	if (!shm->session.closed)
		shm_turn(shm);
	else if (session_is_over(&shm->session))
		free(shm);
}

/* Back from the pool, with a reply that the session's next turn sends. */
static void answered(struct works *works, struct work *work)
{
	struct shm_session *shm = container_of(works, struct shm_session, session.works);
	int r = work->result;

	if (shm->session.closed) {
		if (session_is_over(&shm->session))
			free(shm);
		return;
	}
	if (r == 0 && work->reply.length)
		r = send_reply(shm, &work->reply);
	if (r < 0) {
		session_log_end(&shm->session, r);
		shm_close(&shm->session);
	} else if (!shm->session.again.queued) {
		shm_turn(shm);
	}
}

static bool spinner_look(struct spinner *spinner)
{
	struct shm_session *shm = container_of(spinner, struct shm_session, spinner);

	/* Another's turn may have closed it, for the memory that it held. */
	if (shm->session.closed || shm->session.works.count || !ring_ready(&shm->calls, 0))
		return false;
	shm_turn(shm);
	return true;
}

static void spinner_sleep(struct spinner *spinner)
{
	struct shm_session *shm = container_of(spinner, struct shm_session, spinner);

	ring_sleep(&shm->calls, true);
	if (ring_ready(&shm->calls, 0))
		loop_defer(shm->session.owner->loop, &shm->session.again);
}

static void finish(struct session *session)
{
	session->ending = true;
	if (!session->again.queued)
		shm_turn((struct shm_session *)session);
}

static const struct session_operations operations = {
	.ready = socket_ready,
	.again = run_again,
	.answered = answered,
	.finish = finish,
	.close = shm_close,
};

/* ---- a session's beginning ---- */

/* Maps the memory and hands it to the client.  0 or -errno. */
static int share(struct shm_session *shm, int memory, int socket)
{
	int r;

	shm->memory = shm_map(memory, &shm->size);
	if (!shm->memory)
		return -errno;
	ring_attach(&shm->calls, shm->memory, shm->size, RING_CALLS, RING_READER);
	ring_attach(&shm->replies, shm->memory, shm->size, RING_REPLIES, RING_WRITER);
	r = shm_send(memory, socket);
	if (r < 0)
		munmap(shm->memory, ring_segment(shm->size));
	return r;
}

/* Makes what the two share; after that, the memory's descriptor is not needed any more. */
static int make(struct shm_session *shm, const struct limits *limits, int socket)
{
	uint32_t size = ring_size_for(limits->message);
	int r, memory = shm_make(size < MAX_RING ? size : MAX_RING);

	if (memory < 0)
		return memory;
	r = share(shm, memory, socket);
	close(memory);
	return r;
}

static void start(struct shm_session *shm)
{
	struct session *session = &shm->session;

	shm->spinner = (struct spinner){ .look = spinner_look, .sleep = spinner_sleep };
	if (loop_watch(session->owner->loop, &session->in, EPOLLIN | EPOLLRDHUP) == 0)
		shm_wait(shm, false);
	else
		shm_close(session);
}

static void shm_accepted(struct listener *listener, int fd)
{
	struct shm_session *shm = calloc(1, sizeof(*shm));
	struct sessions *owner = listener->owner->sessions;
	int r = -ENOMEM;

	if (shm)
		r = session_begin(&shm->session, owner, listener->protocol, &operations, fd);
	if (r < 0) {
		free(shm);
		close(fd);
		return;
	}
	r = make(shm, owner->limits, fd);
	if (r == 0) {
		start(shm);
		return;
	}
	log_client("no memory can be shared with a client, which was sent away: %s", strerror(-r));
	session_end(&shm->session);
}

static const char *shm_listen(struct listeners *listeners, const struct endpoint *endpoint,
			      char why[LISTENER_WHY])
{
	return listen_at_path(listeners, endpoint, shm_accepted, why);
}

const struct transport transport_shm = { .transport = ENDPOINT_SHM, .listen = shm_listen };
