/* What all sessions have: their peers, their limits and time-outs, their calls in the pool. */
#include "server/runtime/session.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/container.h"
#include "common/rights.h"
#include "server/runtime/closing.h"
#include "server/runtime/log.h"

#define LOST_CALL_TIME 60000             /* milliseconds for a call whose caller cannot be seen */
#define WORTH_ENDING   ((size_t)4 << 10) /* bytes: who holds less does not end for them */

/* ---- turns ---- */

static struct session *in_line(struct link *link)
{
	return container_of(link, struct session, in_line);
}

static struct peer_line *line_of(const struct session *session)
{
	return &session->peer->lines[session->owner->index];
}

void session_ask(struct session *session)
{
	struct peer_line *line = line_of(session);

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
	free(session);
}

/* A peer's turn: its sessions' in turn, until its time is over.  With the last session the peer may
 * go, too, and so its line. */
static bool take_turn(struct party *party)
{
	struct peer_line *line = container_of(party, struct peer_line, party);
	const struct loop *loop = line->owner->loop;
	bool more;

	do {
		struct session *session = in_line(list_pop(&line->ready));

		if (session->state != SESSION_CLOSED)
			session_take_turn(session);
		more = !list_is_empty(&line->ready);
		if (session->state == SESSION_CLOSED && !list_has(&session->in_line))
			free_if_over(session);
	} while (more && loop_nanoseconds() < loop->turn_end);
	return more;
}

/* ---- beginning and end ---- */

/* The one that has made no progress for longest, of those in the list. */
static struct session *first_of(struct link *list)
{
	return list_is_empty(list) ? NULL : container_of(list->next, struct session, in_peer);
}

/* Puts the session behind the others in a list of its line; NULL: in none. */
static void stand_in(struct session *session, struct link *place)
{
	struct peer_line *line = line_of(session);

	if (session->place == &line->holding)
		atomic_fetch_sub(&line->holders, 1);
	if (place == &line->holding)
		atomic_fetch_add(&line->holders, 1);
	list_remove(&session->in_peer);
	if (place)
		list_append(place, &session->in_peer);
	session->place = place;
}

/* The session of a peer that is to make way for another connection, preferably one that waits for
 * none of its calls; NULL: it has none here. */
static struct session *find_idlest(struct sessions *sessions, struct peer *peer)
{
	struct peer_line *line = &peer->lines[sessions->index];
	struct session *quiet = first_of(&line->quiet), *holding = first_of(&line->holding);

	if (!quiet && !holding)
		return first_of(&line->busy);
	if (!quiet || !holding)
		return quiet ? quiet : holding;
	return quiet->progress <= holding->progress ? quiet : holding;
}

static void post_relief(struct sessions *sessions)
{
	if (!atomic_exchange(&sessions->asked, true))
		loop_post(sessions->loop, &sessions->relief);
}

/* The first worker, from this one on, that has sessions of this peer, or some that hold much; NULL:
 * none has. */
static struct sessions *find_worker(struct sessions *sessions, const struct peer *peer,
				    bool holding)
{
	struct sessions *worker = sessions;

	do {
		const struct peer_line *line = &peer->lines[worker->index];

		if (atomic_load(holding ? &line->holders : &line->sessions))
			return worker;
		worker = worker->next_worker;
	} while (worker != sessions);
	return NULL;
}

static void evict_session(struct session *session, const char *limit)
{
	log_peer(&session->peer->id,
		 "it has most of all connections (%s): the one that has been idle for longest ends",
		 limit);
	session->operations->close(session);
}

/* Has a session of this peer end: here, or soon at the worker that has one.  Whether there is any.
 */
static bool evict_one(struct sessions *sessions, struct peer *peer, const char *limit)
{
	struct sessions *worker = find_worker(sessions, peer, false);

	if (worker == sessions) {
		evict_session(find_idlest(sessions, peer), limit);
	} else if (worker) {
		atomic_fetch_add(&worker->evictions, 1);
		post_relief(worker);
	}
	return worker;
}

/* Has a session of the peer with most connections end, unless that is the newcomer or has no more
 * than he will have.  Whether one does. */
static bool make_way(struct sessions *sessions, const struct peer *newcomer, const char *limit)
{
	struct peer *most = peers_most_connected(sessions->peers);
	bool made = false;

	if (most && most != newcomer && most->connections > newcomer->connections)
		made = evict_one(sessions, most, limit);
	if (most)
		peers_drop(sessions->peers, most);
	return made;
}

static const char *name_of(const struct limits *limits, enum peers_limit limit)
{
	if (limit == PEERS_DESCRIPTORS)
		return "ulimit -n";
	return limit_name(limits, limit == PEERS_OF_PEER ? SIDECALL_MAX_PER_PEER
							 : SIDECALL_MAX_CONNECTIONS);
}

static int count_in(struct sessions *owner, struct peer *peer, unsigned int descriptors)
{
	const struct peer_limits *limits = &owner->limits->peers;
	enum peers_limit met = peers_enter(owner->peers, peer, descriptors, limits);
	const char *limit = name_of(owner->limits, met);

	if (met == PEERS_NO_LIMIT)
		return 0;
	if (peer->connections < limits->of_peer) {
		/* Counted first, or who is asked to make way would find that nobody has to. */
		peers_let_in(owner->peers, peer, descriptors);
		if (make_way(owner, peer, limit))
			return 0;
		peers_leave(owner->peers, peer, descriptors);
	}
	log_peer(&peer->id, "as many clients are connected as may be (%s): it was sent away",
		 limit);
	return -EUSERS;
}

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
	int r = peer ? count_in(owner, peer, descriptors) : -ENOMEM;

	if (r == 0)
		*session = (struct session){ .owner = owner,
					     .peer = peer,
					     .progress = owner->loop->now,
					     .descriptors = descriptors };
	else if (peer)
		peers_drop(owner->peers, peer);
	return r;
}

int session_begin(struct session *session, struct sessions *owner, const struct entrance *entrance,
		  const struct session_operations *operations, const int *descriptors,
		  unsigned int count, const struct peer_id *id)
{
	int r = admit_peer(session, owner, id, count);
	struct peer_line *line;

	if (r < 0) {
		free(session);
		refuse_descriptors(owner, id, entrance->guarded, descriptors, count);
		return r;
	}
	session->in = (struct watch){ .fd = descriptors[0], .ready = operations->ready };
	session->protocol = entrance->protocol;
	session->guarded = entrance->guarded;
	session->operations = operations;
	list_init(&session->slow_calls.list);
	for (int kind = 0; kind < POOL_KINDS; kind++)
		pool_owner_init(&session->pool_owners[kind]);
	line = line_of(session);
	line->owner = owner;
	line->party.take_turn = take_turn;
	stand_in(session, &line->quiet);
	list_append(&owner->all, &session->in_all);
	atomic_fetch_add(&line->sessions, 1);
	atomic_fetch_add(&owner->count, 1);
	return 0;
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

/* Counts the bytes that the session keeps now. */
static void count_held(struct session *session, size_t now)
{
	struct sessions *owner = session->owner;

	if (now > session->held)
		peer_hold(owner->peers, session->peer, now - session->held);
	else if (now < session->held)
		peer_let_go(owner->peers, session->peer, session->held - now);
	session->held = now;
}

void session_end(struct session *session)
{
	struct sessions *owner = session->owner;

	session->state = SESSION_CLOSED;
	session->closing = true;
	count_held(session, 0);
	loop_watch(owner->loop, &session->in, 0);
	session_stop_timer(session);
	slow_calls_cancel(&session->slow_calls);
	stand_in(session, NULL);
	atomic_fetch_sub(&line_of(session)->sessions, 1);
	atomic_fetch_sub(&owner->count, 1);
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
		log_peer(peer,
			 "%s: what a client sent is no call; its session ends. Does it speak %s?",
			 name, other);
	else if (error == -EMSGSIZE)
		log_peer(peer,
			 "%s: a client's message is longer than %zu bytes (%s), or it "
			 "speaks another protocol, as %s or HTTP; its session ends",
			 name, owner->limits->message,
			 limit_name(owner->limits, SIDECALL_MAX_MESSAGE), other);
	else if (error == -ENOMEM)
		log_peer(peer, "%s: out of memory; a session ends", name);
	/* Anything else is the peer's going away, which is no news. */
}

static void close_for(struct session *session, int error)
{
	session_log_end(session, error);
	session->operations->close(session);
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

int session_submit(struct session *session, const uint8_t *bytes, size_t length, size_t limit,
		   size_t room, enum sidecall_wait wait)
{
	const struct sessions *owner = session->owner;
	const struct slow_call_order order = { .protocol = session->protocol,
					       .served = owner->served,
					       .pools = owner->pools,
					       .loop = owner->loop,
					       .peer = session->peer,
					       .owners = session->pool_owners,
					       .caller = session->peer->number,
					       .bytes = bytes,
					       .length = length,
					       .limit = limit,
					       .room = room,
					       .wait = wait,
					       .done = slow_call_back };
	int r;

	if (!owner->pools || wait == SIDECALL_NO_WAIT)
		return 0;
	return slow_call_submit(&session->slow_calls, &order, &r) ? 1 : r;
}

int session_answer(struct session *session, const uint8_t *bytes, size_t length,
		   struct buffer *reply, size_t limit, size_t room)
{
	struct sessions *owner = session->owner;
	const struct protocol *protocol = session->protocol;
	enum sidecall_wait wait = protocol->look(owner->served, bytes, length).wait;
	int r = session_submit(session, bytes, length, limit, room, wait);

	if (r == 0) {
		owner->execution.caller = session->peer->number;
		owner->execution.forgeable = false;
		owner->execution.would_wait = false;
		r = protocol->answer(&owner->execution, bytes, length, reply, limit);
		if (r > 0) /* what it needs is not in memory */
			r = session_submit(session, bytes, length, limit, room,
					   SIDECALL_SHORT_WAIT);
	}
	if (r != -EBUSY)
		return r;
	log_peer(&session->peer->id, "%s: it has as many calls waiting as it may; one was refused",
		 protocol->name);
	return protocol->refuse(bytes, length, reply);
}

/* ---- memory ---- */

static bool too_much_is_held(const struct sessions *sessions)
{
	return atomic_load(&sessions->peers->held) > sessions->limits->memory;
}

/* Ends the session here of that peer that holds bytes and has made no progress for longest.  False:
 * there is none. */
static bool end_a_holder(struct sessions *sessions, struct peer *peer)
{
	struct session *session = first_of(&peer->lines[sessions->index].holding);

	if (!session)
		return false;
	log_peer(&peer->id,
		 "all clients together hold more than %zu bytes (%s), and this one "
		 "most, %zu: its session without progress for longest, with %zu, ends",
		 sessions->limits->memory, limit_name(sessions->limits, SIDECALL_MAX_MEMORY),
		 (size_t)atomic_load(&peer->held), session->held);
	session->operations->close(session);
	return true;
}

/* Ends sessions of those who hold most, until what is left may be held.  Only its own worker may
 * end a session, so another one is asked. */
static void relieve_memory(struct sessions *sessions)
{
	bool ended = true;

	while (ended && too_much_is_held(sessions)) {
		struct peer *most = peers_most_holding(sessions->peers);
		struct sessions *worker;

		if (!most)
			return;
		ended = end_a_holder(sessions, most);
		worker = ended ? NULL : find_worker(sessions->next_worker, most, true);
		if (worker && worker != sessions)
			post_relief(worker);
		peers_drop(sessions->peers, most);
	}
}

/* Another worker asked for it.  Others may have left meanwhile, and then nobody has to. */
static void relieve_another(struct posted *relief)
{
	struct sessions *sessions = container_of(relief, struct sessions, relief);
	unsigned int evictions;

	atomic_store(&sessions->asked, false); /* first: what is asked from now on posts it again */
	evictions = atomic_exchange(&sessions->evictions, 0);
	for (; evictions && peers_are_too_many(sessions->peers, &sessions->limits->peers);
	     evictions--) {
		struct peer *most = peers_most_connected(sessions->peers);

		if (!most)
			break;
		evict_one(sessions, most, limit_name(sessions->limits, SIDECALL_MAX_CONNECTIONS));
		peers_drop(sessions->peers, most);
	}
	relieve_memory(sessions);
}

/* Where the session stands among its peer's: with those that hold much, be it in calls that wait
 * for us; with those that do nothing; or, when it is we who are slow, with those. */
static struct link *place_of(const struct session *session, size_t bytes)
{
	struct peer_line *line = line_of(session);

	if (bytes >= WORTH_ENDING)
		return &line->holding;
	return session->slow_calls.count ? &line->busy : &line->quiet;
}

/* Counts what the session keeps after its turn.  When all together keep too much, one ends: this
 * one, or another; but none that keeps little and waits for us. */
static void count_what_is_held(struct session *session)
{
	size_t now = session->operations->held(session) + session->slow_calls.bytes;
	bool grew = now > session->held;
	struct link *place = place_of(session, now);

	count_held(session, now);
	if (session->moved || place != session->place) {
		stand_in(session, place);
		session->progress = session->owner->loop->now;
	}
	if (grew)
		relieve_memory(session->owner);
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
		count_what_is_held(session);
}

int session_lend(struct buffer *lent, struct buffer *own, size_t room)
{
	struct buffer small = *own;

	if (own->capacity >= room)
		return 0; /* it has a big one of its own */
	lent->length = 0;
	if (buffer_reserve(lent, room + small.length) < 0 ||
	    buffer_append(lent, small.data, small.length) < 0)
		return -ENOMEM;
	*own = *lent;
	*lent = (struct buffer){ 0 };
	buffer_release(&small);
	return 0;
}

int session_give_back(struct buffer *lent, struct buffer *own)
{
	struct buffer big = *own, small;

	if (big.length && big.length >= big.capacity / 2)
		return 0;
	if (buffer_copy(&small, &big) < 0)
		return -ENOMEM;
	*own = small;
	big.length = 0;
	if (lent->data)
		buffer_release(&big);
	else
		*lent = big;
	return 0;
}

/* ---- reading from a stranger ---- */

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

/* ---- who waits too long ---- */

void session_start_timer(struct session *session, struct timer_queue *queue)
{
	session->overdue = NULL;
	timer_start(session->owner->loop, queue, &session->timer);
}

void session_stop_timer(struct session *session)
{
	session->overdue = NULL;
	timer_stop(&session->timer);
}

/* Its time is over.  But when it waits for its turn, what that brings may have come in time. */
static void time_is_over(struct timer *timer, void (*overdue)(struct session *session))
{
	struct session *session = container_of(timer, struct session, timer);

	if (list_has(&session->in_line))
		session->overdue = overdue;
	else
		overdue(session);
}

static void end_slow_writer(struct session *session)
{
	if (session->state != SESSION_PARTED)
		log_peer(&session->peer->id,
			 "%s: a client did not finish its message in %u s (%s); "
			 "its session ends",
			 session->protocol->name, session->owner->limits->message_timeout,
			 limit_name(session->owner->limits, SIDECALL_MESSAGE_TIMEOUT));
	session->operations->close(session);
}

static void end_slow_reader(struct session *session)
{
	log_peer(&session->peer->id,
		 session->slow_calls.count
			 ? "%s: a client closed its side, and may be gone: after %u s "
			   "(%s) its calls in progress are cancelled, and its "
			   "session ends"
			 : "%s: a client did not read its replies for %u s (%s); "
			   "its session ends",
		 session->protocol->name, session->owner->limits->message_timeout,
		 limit_name(session->owner->limits, SIDECALL_MESSAGE_TIMEOUT));
	session->operations->close(session);
}

static void end_idler(struct session *session)
{
	log_peer(&session->peer->id, "%s: a client made no call for %u s (%s); its session ends",
		 session->protocol->name, session->owner->limits->idle_timeout,
		 limit_name(session->owner->limits, SIDECALL_IDLE_TIMEOUT));
	session->operations->close(session);
}

static void too_slow_to_ask(struct timer *timer)
{
	time_is_over(timer, end_slow_writer);
}

static void too_slow_to_read(struct timer *timer)
{
	time_is_over(timer, end_slow_reader);
}

static void too_long_idle(struct timer *timer)
{
	time_is_over(timer, end_idler);
}

static void too_long_executing(struct timer *timer)
{
	atomic_store(&container_of(timer, struct slow_call, timer)->cancelled, true);
}

/* ---- all sessions ---- */

static bool never_wait(struct sidecall_svc_call *execution, dev_t device, const char *what)
{
	(void)execution;
	(void)device;
	(void)what;
	return false;
}

void sessions_init(struct sessions *sessions, struct loop *loop, const struct served *served,
		   struct pool *const *pools, const struct limits *limits, struct peers *peers,
		   struct sessions *next)
{
	const int64_t message_time = limits->message_timeout * INT64_C(1000);

	*sessions = (struct sessions){
		.loop = loop,
		.served = served,
		.execution = { .served = served, .may_wait = pools ? never_wait : NULL },
		.pools = pools,
		.limits = limits,
		.peers = peers,
		.relief.run = relieve_another,
		.next_worker = sessions,
	};
	if (next) {
		sessions->index = next->index + 1;
		sessions->next_worker = next->next_worker;
		next->next_worker = sessions;
	}
	list_init(&sessions->all);
	loop_add_queue(loop, &sessions->arriving, message_time, too_slow_to_ask);
	loop_add_queue(loop, &sessions->sending, message_time, too_slow_to_read);
	loop_add_queue(loop, &sessions->idle, limits->idle_timeout * INT64_C(1000), too_long_idle);
	loop_add_queue(loop, &sessions->executing, LOST_CALL_TIME, too_long_executing);
}

struct sessions *sessions_least(struct sessions *sessions)
{
	struct sessions *least = sessions;

	for (struct sessions *s = sessions->next_worker; s != sessions; s = s->next_worker)
		if (!atomic_load(&s->finishing) &&
		    atomic_load(&s->count) < atomic_load(&least->count))
			least = s;
	return least;
}

static void for_all(struct sessions *sessions, void (*treat)(struct session *session))
{
	struct link *next, *link = sessions->all.next;

	for (; link != &sessions->all; link = next) {
		struct session *session = container_of(link, struct session, in_all);

		next = link->next;
		if (session->state != SESSION_CLOSED)
			treat(session);
	}
}

static void finish_session(struct session *session)
{
	session->operations->finish(session);
}

void sessions_finish(struct sessions *sessions)
{
	sessions->finishing = true;
	for_all(sessions, finish_session);
}

bool session_is_delivered(const struct session *session)
{
	int unsent = 0, unread = 0;

	if (ioctl(session->in.fd, FIONREAD, &unread) < 0 || unread)
		return false;
	return peer_is_here(&session->peer->id) ||
	       (ioctl(session->in.fd, SIOCOUTQ, &unsent) == 0 && !unsent);
}

static void look_for_the_end(struct session *session)
{
	if (session->state < SESSION_ENDING)
		session->operations->finish(session);
	else if (session->state == SESSION_PARTED && session_is_delivered(session))
		session->operations->close(session);
}

bool sessions_are_over(struct sessions *sessions)
{
	for_all(sessions, look_for_the_end);
	return atomic_load(&sessions->count) == 0;
}

static void close_session(struct session *session)
{
	session->operations->close(session);
}

void sessions_release(struct sessions *sessions)
{
	for_all(sessions, close_session);
	loop_give_all_turns(sessions->loop);
	buffer_release(&sessions->input);
	buffer_release(&sessions->output);
}

void sessions_reap(struct sessions *sessions)
{
	loop_run_posted(sessions->loop);
	loop_give_all_turns(sessions->loop);
}
