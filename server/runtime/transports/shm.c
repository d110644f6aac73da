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
#include "server/runtime/log.h"
#include "server/runtime/transports/address.h"
#include "server/runtime/transports/all.h"
#include "server/runtime/transports/given.h"

/* Bytes of a ring, at most: nothing that the contract has comes near it, and all that a client can
 * make us hold is twice this. */
#define MAX_RING ((uint32_t)512 << 10)

#define TURNS_UNTIMED 15 /* of sixteen, while memory is looked at */

/* A sixteenth of what a socket holds by default. */
#define MOST_UNREAD 16

struct shm_session {
	struct session session; /* first: all that others see; `in` is the socket: bytes wake us */
	struct spinner spinner; /* while it is looked at */
	void *memory;
	uint32_t size; /* of each ring, in bytes */
	struct ring calls, replies;
	struct buffer reply;  /* the one for which there is no room in the ring yet */
	bool told;            /* of bytes in the socket */
	bool asleep;          /* we said so, and were not woken since */
	unsigned int unread;  /* bytes that woke us duly, and lie in the socket */
	unsigned int untimed; /* turns until one is timed again */
};

static void shm_close(struct session *session)
{
	struct shm_session *shm = (struct shm_session *)session; /* its first member */

	if (session->state == SESSION_CLOSED)
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
	int r = ring_write(&shm->replies, reply->data, reply->length);

	if (r == 0) {
		session_start_timer(&shm->session, &shm->session.owner->sending);
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
	if (r > 0) {
		buffer_release(reply);
		shm->session.moved = true;
	}
	return r;
}

/* Answers the call that was read, or hands it to the pool.  1, 0 when its reply is kept, or -errno.
 */
static int answer_call(struct shm_session *shm, const struct buffer *call, struct buffer *reply)
{
	int r = session_answer(&shm->session, call->data, call->length, reply, reply_limit(shm), 0);

	if (r != 0)
		return r;
	return reply->length ? send_reply(shm, reply) : 1;
}

/* Answers the calls in the ring, as long as none is in the pool.  1 with *more set when the turn
 * ended before they did, 0 when there is no room for a reply, or -errno. */
static int answer_all(struct shm_session *shm, bool *more)
{
	struct sessions *owner = shm->session.owner;
	struct buffer *call = &owner->input, *reply = &owner->output; /* borrowed for this turn */
	struct turn_meter meter = { 0 };
	size_t output = 0;
	int r = 1;

	while (r > 0 && !*more && !shm->session.slow_calls.count) {
		call->length = reply->length = 0;
		r = ring_read(&shm->calls, call, owner->limits->message);
		if (r <= 0)
			return r < 0 ? r : 1;
		shm->session.moved = true;
		r = answer_call(shm, call, reply);
		output += reply->length;
		*more = ring_ready(&shm->calls, 0) &&
			(output >= SESSION_TURN_OUTPUT || loop_turn_is_over(owner->loop, &meter));
	}
	return r;
}

static void wake_client(struct shm_session *shm)
{
	bool reading = ring_wake(&shm->replies), writing = ring_wake(&shm->calls);

	if (reading || writing)
		shm_wake(shm->session.in.fd);
}

/* Says that we sleep until the ring is ready.  If it is we take that back, so that the client need
 * not wake us, and ask for a turn. */
static void sleep_at(struct shm_session *shm, struct ring *ring)
{
	ring_sleep(ring, RING_POLLING);
	shm->asleep = true;
	if (!ring_ready(ring, shm->reply.length))
		return;
	if (ring_is_asleep(ring))
		shm->asleep = false; /* else the client's byte is under way */
	ring_sleep(ring, RING_AWAKE);
	session_ask(&shm->session);
}

/* Of the memory that is shared, what messages ever stood in: no other has been touched. */
static size_t shm_held(const struct session *session)
{
	const struct shm_session *shm = (const struct shm_session *)session;

	return (size_t)shm->calls.reach + shm->replies.reach + shm->reply.capacity;
}

/* Says what comes next: waiting for room, more answers in another turn, the end, or waiting for a
 * call.  Only a call makes the time for the next one begin again: who wakes us makes none. */
static void shm_wait(struct shm_session *shm, bool more)
{
	struct session *session = &shm->session;
	struct sessions *owner = session->owner;

	if (shm->reply.length) {
		loop_remove_spinner(owner->loop, &shm->spinner); /* its calls are not read */
		sleep_at(shm, &shm->replies);
		return;
	}
	if (session->slow_calls.count || more) {
		session_stop_timer(session); /* it is we who are slow */
		if (more && !session->slow_calls.count)
			session_ask(session);
	} else if (session->state == SESSION_ENDING) {
		shm_close(session);
	} else {
		if (session->moved || !session_has_time(session))
			session_start_timer(session, &owner->idle);
		loop_add_spinner(owner->loop, &shm->spinner);
	}
}

/* Whether we said that we sleep, and the client has taken that back: then it sends a byte, one. */
static bool was_woken_duly(struct shm_session *shm)
{
	bool duly = shm->asleep && !ring_is_asleep(&shm->calls) && !ring_is_asleep(&shm->replies);

	if (duly)
		shm->asleep = false;
	return duly;
}

/*
 * Takes the bytes that woke us.  We are told of each that comes (EPOLLET), so those that are due
 * can lie for a while, which spares a read a call.  If others come some are taken at once: then a
 * flood of them leaves room for one that counts, and costs us no more than a turn at a time.  0 or
 * -errno.
 */
static int take_wakes(struct shm_session *shm)
{
	char bytes[256];
	bool told = shm->told;
	ssize_t n;

	shm->told = false;
	if (!told || (was_woken_duly(shm) && ++shm->unread < MOST_UNREAD))
		return 0;
	shm->unread = 0;
	n = session_read(&shm->session, bytes, sizeof(bytes));
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == sizeof(bytes)) { /* no edge tells of the rest */
		shm->told = true;
		session_ask(&shm->session);
	}
	return n == 0 ? -ECONNRESET : 0;
}

static int shm_turn(struct session *session)
{
	struct shm_session *shm = (struct shm_session *)session; /* its first member */
	bool more = false;
	int r = take_wakes(shm);

	if (r == 0)
		r = send_kept(shm);
	if (r > 0)
		r = answer_all(shm, &more);
	wake_client(shm);
	if (r < 0)
		return r;
	shm_wait(shm, more);
	return 0;
}

/* ---- what the loop calls ---- */

/* The client wakes us, or is gone. */
static void socket_ready(struct watch *watch, uint32_t events)
{
	struct shm_session *shm = container_of(watch, struct shm_session, session.in);

	if (shm->session.state == SESSION_CLOSED)
		return;
	shm->told = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		shm_close(&shm->session);
	else
		session_ask(&shm->session);
}

static int shm_answered(struct session *session, struct slow_call *call)
{
	int r = call->result;

	if (r == 0 && call->reply.length)
		r = send_reply((struct shm_session *)session, &call->reply);
	return r < 0 ? r : 0;
}

/* To look at the clock costs as much as a part of a call here: one of several turns is timed, and
 * the others are counted as if they had taken as long. */
static void take_turn_now(struct shm_session *shm)
{
	struct sessions *owner = shm->session.owner;
	bool timed = shm->untimed == 0;

	shm->untimed = timed ? TURNS_UNTIMED : shm->untimed - 1;
	if (timed) {
		counters_begin(&owner->counters, true);
		loop_look(owner->loop);
	}
	owner->counters.untimed = !timed;
	session_take_turn(&shm->session);
	if (timed)
		counters_settle(&owner->counters, loop_look(owner->loop));
}

/* Nobody else waits for a turn: then it has its own at once. */
static bool spinner_look(struct spinner *spinner)
{
	struct shm_session *shm = container_of(spinner, struct shm_session, spinner);
	struct session *session = &shm->session;
	struct loop *loop = session->owner->loop;

	/* Another's turn may have closed it, for the memory that it held. */
	if (session->state == SESSION_CLOSED || session->slow_calls.count ||
	    !ring_ready(&shm->calls, 0))
		return false;
	if (loop->turns.last)
		session_ask(session);
	else
		take_turn_now(shm);
	return true;
}

static void spinner_sleep(struct spinner *spinner)
{
	struct shm_session *shm = container_of(spinner, struct shm_session, spinner);

	counters_begin(&shm->session.owner->counters, true);
	sleep_at(shm, &shm->calls);
}

static void shm_finish(struct session *session)
{
	session->state = SESSION_ENDING;
	session_ask(session);
}

static const struct session_operations operations = {
	.ready = socket_ready,
	.turn = shm_turn,
	.answered = shm_answered,
	.finish = shm_finish,
	.held = shm_held,
	.close = shm_close,
};

/* ---- a session's beginning ---- */

/* Maps the memory and hands it to the client.  0 or -errno. */
static int share_memory(struct shm_session *shm, int memory, int socket)
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
static int make_memory(struct shm_session *shm, const struct limits *limits, int socket)
{
	uint32_t size = ring_size_for(limits->message);
	int r, memory = shm_make(size < MAX_RING ? size : MAX_RING);

	if (memory < 0)
		return memory;
	r = share_memory(shm, memory, socket);
	close(memory);
	return r;
}

static void start_session(struct shm_session *shm)
{
	struct session *session = &shm->session;

	shm->spinner = (struct spinner){ .look = spinner_look, .sleep = spinner_sleep };
	if (loop_watch(session->owner->loop, &session->in, EPOLLIN | EPOLLRDHUP | EPOLLET) < 0) {
		shm_close(session);
		return;
	}
	shm_wait(shm, false);
	if (session->owner->finishing)
		shm_finish(session);
}

void shm_accepted(const struct entrance *entrance, struct sessions *owner,
		  const struct connection *connection)
{
	struct shm_session *shm = calloc(1, sizeof(*shm));
	const int fd = connection->in;
	const struct peer_id peer = peer_of_socket(fd);
	int r = session_begin((struct session *)shm, owner, entrance, &operations, &fd, 1, &peer);

	if (r < 0)
		return;
	r = make_memory(shm, owner->limits, fd);
	if (r == 0) {
		start_session(shm);
		return;
	}
	log_event(EVENT_NO_SHARED_MEMORY, &peer,
		  "no memory can be shared with a client, which was sent away: %s", strerror(-r));
	session_end(&shm->session);
}

static const char *shm_listen(struct listeners *listeners, const struct endpoint *endpoint,
			      char why[SIDECALL_SVC_WHY])
{
	return listen_at_path(listeners, endpoint, shm_accepted, why);
}

const struct transport transport_shm = { .transport = ENDPOINT_SHM, .listen = shm_listen };
