/* A session: its turns, its beginning and end, its calls. */
#include "server/runtime/session.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/container.h"
#include "common/rights.h"
#include "server/runtime/access.h"
#include "server/runtime/eviction.h"
#include "server/runtime/log.h"
#include "server/runtime/moving.h"
#include "server/runtime/pool/closing.h"

/* ---- turns ---- */

static struct session *in_line(struct link *link)
{
	return container_of(link, struct session, in_line);
}

void session_ask(struct session *session)
{
	struct peer_line *line = session_line(session);

	if (!list_has(&session->in_line))
		list_append(&line->ready, &session->in_line);
	loop_ask(session->owner->loop, &line->party);
}

/* Nothing will name the closed session any more. */
static void free_if_over(struct session *session)
{
	struct sessions *owner = session->owner;

	if (session->slow_calls.count || session->closing)
		return; /* they ask for another turn */
	list_remove(&session->in_all);
	peers_drop(owner->peers, session->peer);
	if (session->introduced)
		peers_drop(owner->peers, session->introduced);
	if (session->way.kept)
		session->protocol->release(session->way.kept);
	free(session->addresses);
	free(session);
}

static void take_turn_of(struct session *session)
{
	struct balance *balance = &session->owner->balance;

	if (session->state == SESSION_CLOSED)
		return;
	if (session->round != balance->round) {
		session->round = balance->round;
		balance->active++;
	}
	session_take_turn(session);
}

/* A peer's turn: its sessions' in turn, until its time is over.  With the last session, which ends
 * or goes to another worker, the peer may go, too, and so its line. */
static bool take_turn(struct party *party)
{
	struct peer_line *line = container_of(party, struct peer_line, party);
	struct sessions *owner = line->owner;
	int64_t now;
	bool more;

	counters_begin(&owner->counters, true);
	if (owner->loop->now >= owner->balance.next_look)
		balance_look(owner);
	do {
		struct session *session = in_line(list_pop(&line->ready));

		take_turn_of(session);
		now = loop_look(owner->loop);
		counters_settle(&owner->counters, now);
		more = !list_is_empty(&line->ready);
		if (session->state != SESSION_CLOSED && session->introduced)
			session_become_introduced(session);
		else if (session->state != SESSION_CLOSED)
			session_move_if_due(session);
		else if (!list_has(&session->in_line))
			free_if_over(session);
	} while (more && now < owner->loop->turn_end);
	return more;
}

/* ---- beginning and end ---- */

/* Closes descriptors that become no session's; if their peer may have passed others along by them,
 * a thread does it. */
static void refuse_descriptors(struct sessions *sessions, const struct peer_id *id, bool guarded,
			       const int *descriptors, unsigned int count)
{
	struct peer *peer = guarded && sessions->pools ? peers_take(sessions->peers, id) : NULL;
	const struct closing_order order = { .pool = peer ? sessions->pools[POOL_CLOSING] : NULL,
					     .loop = sessions->loop,
					     .peers = sessions->peers,
					     .peer = peer };

	closing_start(&order, descriptors, count);
	if (peer)
		peers_drop(sessions->peers, peer);
}

static int admit_peer(struct session *session, struct sessions *owner, const struct peer_id *id,
		      unsigned int descriptors)
{
	struct peer *peer = session ? peers_take(owner->peers, id) : NULL;
	int r = peer ? sessions_count_in(owner, peer, descriptors) : -ENOMEM;

	if (r == 0)
		*session = (struct session){ .owner = owner,
					     .peer = peer,
					     .progress = owner->loop->now,
					     .descriptors = descriptors };
	else if (peer)
		peers_drop(owner->peers, peer);
	return r;
}

static bool may_call(const struct sessions *owner, int fd, const struct peer_id *id)
{
	if (access_admits_connection(owner->served->access, fd))
		return true;
	log_event(EVENT_NOT_ALLOWED, id, "it is not among those who may call, and was sent away");
	return false;
}

static atomic_uint_least64_t *counters_opened(const struct session *session)
{
	return &session->owner->counters
			.opened[session->counted_protocol][session->counted_transport];
}

int session_begin(struct session *session, struct sessions *owner, const struct entrance *entrance,
		  const struct session_operations *operations, const int *descriptors,
		  unsigned int count, const struct peer_id *id)
{
	int r = may_call(owner, descriptors[0], id) ? admit_peer(session, owner, id, count)
						    : -EACCES;

	if (r < 0) {
		free(session);
		refuse_descriptors(owner, id, entrance->guarded, descriptors, count);
		return r;
	}
	session->in = (struct watch){ .fd = descriptors[0], .ready = operations->ready };
	session->way.fd = descriptors[0];
	session->protocol = entrance->protocol;
	session->counted_protocol = (uint8_t)served_index(owner->served, entrance->protocol);
	session->counted_transport = (uint8_t)entrance->transport;
	counter_add(counters_opened(session), 1);
	session->guarded = entrance->guarded;
	session->operations = operations;
	list_init(&session->slow_calls.list);
	for (int kind = 0; kind < POOL_KINDS; kind++)
		pool_owner_init(&session->pool_owners[kind]);
	session_join(session, take_turn);
	return 0;
}

/* The worker at which it ends need not be the one at which it began: sums of all are right. */
static atomic_uint_least64_t *counters_closed(const struct session *session)
{
	return &session->owner->counters
			.closed[session->counted_protocol][session->counted_transport];
}

static void count_out(void *context)
{
	struct session *session = context;
	struct sessions *owner = session->owner;

	session->closing = false;
	peers_leave(owner->peers, session->peer, session->descriptors);
	session_ask(session); /* it may be over */
}

/* Has these descriptors closed; `done` then gets the session, which must be there by then. */
static void close_outside(struct session *session, const int *descriptors, unsigned int count,
			  void (*done)(void *context))
{
	struct sessions *owner = session->owner;
	bool outside = owner->pools && session->guarded;
	const struct closing_order order = { .pool = outside ? owner->pools[POOL_CLOSING] : NULL,
					     .loop = owner->loop,
					     .peers = owner->peers,
					     .peer = session->peer,
					     .done = done,
					     .context = session };

	closing_start(&order, descriptors, count);
}

void session_end(struct session *session)
{
	struct sessions *owner = session->owner;

	session->state = SESSION_CLOSED;
	counter_add(counters_closed(session), 1);
	session->closing = true;
	session_count_held(session, 0);
	session_leave(session);
	slow_calls_cancel(&session->slow_calls);
	if (session->lent)
		owner->served->compat->gone(session->lent - 1);
	if (owner->stop_when_empty && atomic_load(&owner->count) == 0)
		owner->loop->stop = true;
	close_outside(session, &session->in.fd, 1, count_out);
}

void session_log_end(const struct session *session, int error)
{
	const struct peer_id *peer = &session->peer->id;
	const struct sessions *owner = session->owner;
	const char *name = session->protocol->name;
	const char *other = served_other(owner->served, session->protocol);

	if (error == -EPROTO)
		log_event(EVENT_NO_CALL, peer,
			  "%s: what a client sent is no call; its session ends. Does it speak %s?",
			  name, other ? other : "another protocol");
	else if (error == -EMSGSIZE)
		log_event(EVENT_TOO_LONG, peer,
			  "%s: a client's message is longer than %zu bytes (%s), or it "
			  "speaks another protocol, as %s%sHTTP; its session ends",
			  name, owner->limits->message,
			  limit_name(owner->limits, SIDECALL_MAX_MESSAGE), other ? other : "",
			  other ? " or " : "");
	else if (error == -ENOMEM)
		log_event(EVENT_NO_MEMORY, peer, "%s: out of memory; a session ends", name);
	/* Anything else is the peer's going away, which is no news. */
}

static void close_for(struct session *session, int error)
{
	session_log_end(session, error);
	session->operations->close(session);
}

/* A time that was over before its turn, and still is, ends it. */
void session_take_turn(struct session *session)
{
	int r;

	session->moved = false;
	r = session->operations->turn(session);
	if (r < 0)
		close_for(session, r);
	else if (session->overdue && session->state != SESSION_CLOSED)
		session->overdue(session);
	if (session->state != SESSION_CLOSED)
		session_count(session);
}

bool session_is_delivered(const struct session *session)
{
	int unsent = 0, unread = 0;

	if (ioctl(session->in.fd, FIONREAD, &unread) < 0 || unread)
		return false;
	return peer_is_here(&session->peer->id) ||
	       (ioctl(session->in.fd, SIOCOUTQ, &unsent) == 0 && !unsent);
}

/* ---- calls ---- */

static void slow_call_back(struct slow_calls *calls, struct slow_call *call)
{
	struct session *session = container_of(calls, struct session, slow_calls);

	if (session->state != SESSION_CLOSED && session->operations->answered(session, call) < 0)
		close_for(session, call->result < 0 ? call->result : -ENOMEM);
	else
		session_ask(session); /* for its next turn, or it may be over */
}

/* Hands a call to the pool if it may wait for a disk; its reply may have `limit` bytes behind
 * `room` bytes left free.  1 when it was; 0 when it is to be answered here; -EBUSY when it is to be
 * refused; or -ENOMEM. */
static int submit_call(struct session *session, const uint8_t *bytes, size_t length, size_t limit,
		       size_t room, enum sidecall_wait wait)
{
	struct sessions *owner = session->owner;
	const struct slow_call_order order = { .protocol = session->protocol,
					       .counters = &owner->counters,
					       .counted_protocol = session->counted_protocol,
					       .counted_transport = session->counted_transport,
					       .served = owner->served,
					       .pools = owner->pools,
					       .loop = owner->loop,
					       .peer = session->peer,
					       .way = &session->way,
					       .owners = session->pool_owners,
					       .caller = session->peer->number,
					       .bytes = bytes,
					       .length = length,
					       .limit = limit,
					       .room = room,
					       .wait = wait,
					       .done = slow_call_back };
	int r;

	if (!owner->pools)
		return 0;
	return slow_call_submit(&session->slow_calls, &order, &r) ? 1 : r;
}

/* Answers that the peer has used its share. */
static int refuse_call(struct session *session, const uint8_t *bytes, size_t length,
		       struct buffer *reply)
{
	struct sessions *owner = session->owner;
	const struct protocol *protocol = session->protocol;
	struct counted refused = { 0 };
	size_t start = reply->length;
	int r;

	log_event(EVENT_BUSY, &session->peer->id,
		  "%s: it has as many calls waiting as it may; one was refused", protocol->name);
	protocol->look(owner->served, bytes, length, &refused);
	refused.protocol = session->counted_protocol;
	refused.transport = session->counted_transport;
	refused.outcome = OUTCOME_BUSY;
	r = protocol->refuse(bytes, length, reply);
	if (r == 0)
		counters_count(&owner->counters, &refused, owner->loop->looked, length,
			       reply->length - start);
	return r;
}

/* Answers it in the loop.  As a protocol's answer(). */
static int answer_here(struct session *session, const uint8_t *bytes, size_t length,
		       struct buffer *reply, size_t limit)
{
	struct sessions *owner = session->owner;
	struct sidecall_svc_call *execution = &owner->execution;
	size_t start = reply->length;
	int r;

	execution->way = &session->way;
	execution->caller = session->peer->number;
	execution->forgeable = false;
	execution->would_wait = false;
	execution->counted.protocol = session->counted_protocol;
	execution->counted.transport = session->counted_transport;
	r = session->protocol->answer(execution, bytes, length, reply, limit);
	execution->way = NULL;
	if (r == 0)
		counters_count(&owner->counters, &execution->counted, owner->loop->looked, length,
			       reply->length - start);
	return r;
}

/* Who calls, as procedures are told: written once, for calls of before may be in a pool, and read
 * it.  Nobody is, or out of memory: an error. */
static int find_caller(struct session *session)
{
	int r = session->addresses ? 0 : addresses_of_socket(session->in.fd, &session->addresses);

	if (r < 0 || session->way.peer)
		return r;
	session->way.peer = &session->peer->id;
	session->way.addresses = session->addresses;
	return 0;
}

int session_answer(struct session *session, const uint8_t *bytes, size_t length,
		   struct buffer *reply, size_t limit, size_t room)
{
	const struct served *served = session->owner->served;
	enum sidecall_wait wait = session->protocol->look(served, bytes, length, NULL).wait;
	int r = find_caller(session);

	if (r < 0)
		return r;
	r = wait == SIDECALL_NO_WAIT ? 0 : submit_call(session, bytes, length, limit, room, wait);
	if (r == 0) {
		r = answer_here(session, bytes, length, reply, limit);
		if (r > 0) /* what it needs is not in memory */
			r = submit_call(session, bytes, length, limit, room, SIDECALL_SHORT_WAIT);
	}
	return r == -EBUSY ? refuse_call(session, bytes, length, reply) : r;
}

/* ---- messages ---- */

int session_borrow_buffer(struct buffer *shared, struct buffer *own, size_t room)
{
	struct buffer small = *own;

	if (own->capacity >= room)
		return 0; /* it has a big one of its own */
	shared->length = 0;
	if (buffer_reserve(shared, room + small.length) < 0 ||
	    buffer_append(shared, small.data, small.length) < 0)
		return -ENOMEM;
	*own = *shared;
	*shared = (struct buffer){ 0 };
	buffer_release(&small);
	return 0;
}

int session_return_buffer(struct buffer *shared, struct buffer *own)
{
	struct buffer big = *own, small;

	if (big.length && big.length >= big.capacity / 2)
		return 0;
	if (buffer_copy(&small, &big) < 0)
		return -ENOMEM;
	*own = small;
	big.length = 0;
	if (shared->data)
		buffer_release(&big);
	else
		*shared = big;
	return 0;
}

ssize_t session_read(struct session *session, void *bytes, size_t size)
{
	int taken[RIGHTS_MOST];
	unsigned int count;
	ssize_t n;

	if (!session->guarded)
		return read(session->in.fd, bytes, size);
	n = rights_read(session->in.fd, bytes, size, taken, &count);
	if (!count)
		return n;
	close_outside(session, taken, count, NULL);
	errno = EPROTO;
	return -1;
}
