/* Who makes way for others: the limits on connections and on memory, for all workers together. */
#include "server/runtime/eviction.h"

#include <errno.h>

#include "common/container.h"
#include "server/runtime/log.h"

#define WORTH_ENDING ((size_t)4 << 10) /* bytes: who holds less does not end for them */

/* ---- a session among its peer's ---- */

/* The one that has made no progress for longest, of those in the list. */
static struct session *first_of(struct link *list)
{
	return list_is_empty(list) ? NULL : container_of(list->next, struct session, in_peer);
}

void session_enter_list(struct session *session, struct link *place)
{
	struct peer_line *line = session_line(session);

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

/* ---- connections ---- */

static void post_eviction(struct sessions *sessions)
{
	if (!atomic_exchange(&sessions->asked, true))
		loop_post(sessions->loop, &sessions->evict);
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
	log_event(
		EVENT_EVICTED, &session->peer->id,
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
		post_eviction(worker);
	}
	return worker;
}

/* Whose session makes way for the newcomer's: that of the peer with most connections, unless that
 * is the newcomer or has no more than he will have.  NULL: nobody's. */
static struct peer *find_most(struct sessions *sessions, struct peer *newcomer)
{
	struct peer *most = peers_most_connected(sessions->peers);

	if (!most || (most != newcomer && most->connections > newcomer->connections))
		return most;
	peers_drop(sessions->peers, most);
	return NULL;
}

/* The newcomer himself, if he has others that can make way. */
static struct peer *find_own(struct sessions *sessions, struct peer *newcomer)
{
	if (!sessions->limits->peers.renewing || newcomer->connections < 2)
		return NULL;
	peers_keep(sessions->peers, newcomer);
	return newcomer;
}

/* Has a session end for the newcomer, who is counted already.  Whether one does. */
static bool make_way(struct sessions *sessions, struct peer *newcomer, enum peers_limit met,
		     const char *limit)
{
	struct peer *peer = met == PEERS_OF_PEER ? NULL : find_most(sessions, newcomer);
	bool made;

	if (!peer)
		peer = find_own(sessions, newcomer);
	if (!peer)
		return false;
	made = evict_one(sessions, peer, limit);
	peers_drop(sessions->peers, peer);
	return made;
}

static const char *name_of(const struct limits *limits, enum peers_limit limit)
{
	if (limit == PEERS_DESCRIPTORS)
		return "ulimit -n";
	return limit_name(limits, limit == PEERS_OF_PEER ? SIDECALL_MAX_PER_PEER
							 : SIDECALL_MAX_CONNECTIONS);
}

int sessions_count_in(struct sessions *owner, struct peer *peer, unsigned int descriptors)
{
	const struct peer_limits *limits = &owner->limits->peers;
	enum peers_limit met = peers_enter(owner->peers, peer, descriptors, limits);
	const char *limit = name_of(owner->limits, met);

	if (met == PEERS_NO_LIMIT)
		return 0;
	if (peer->connections < limits->of_peer || limits->renewing) {
		/* Counted first, or who is asked to make way would find that nobody has to. */
		peers_let_in(owner->peers, peer, descriptors);
		if (make_way(owner, peer, met, limit))
			return 0;
		peers_leave(owner->peers, peer, descriptors);
	}
	log_event(EVENT_REFUSED, &peer->id,
		  "as many clients are connected as may be (%s): it was sent away", limit);
	return -EUSERS;
}

/* ---- memory ---- */

void session_count_held(struct session *session, size_t now)
{
	struct sessions *owner = session->owner;

	if (now > session->held)
		peer_hold(owner->peers, session->peer, now - session->held);
	else if (now < session->held)
		peer_let_go(owner->peers, session->peer, session->held - now);
	session->held = now;
}

static bool too_much_is_held(const struct sessions *sessions)
{
	return atomic_load(&sessions->peers->held) > sessions->limits->memory;
}

/* Ends the session here of that peer that holds bytes and has made no progress for longest.  False:
 * there is none. */
static bool evict_holder(struct sessions *sessions, struct peer *peer)
{
	struct session *session = first_of(&peer->lines[sessions->index].holding);

	if (!session)
		return false;
	log_event(EVENT_MAX_MEMORY, &peer->id,
		  "all clients together hold more than %zu bytes (%s), and this one "
		  "most, %zu: its session without progress for longest, with %zu, ends",
		  sessions->limits->memory, limit_name(sessions->limits, SIDECALL_MAX_MEMORY),
		  (size_t)atomic_load(&peer->held), session->held);
	session->operations->close(session);
	return true;
}

/* Ends sessions of those who hold most, until what is left may be held.  Only its own worker may
 * end a session, so another one is asked. */
static void evict_holders(struct sessions *sessions)
{
	bool ended = true;

	while (ended && too_much_is_held(sessions)) {
		struct peer *most = peers_most_holding(sessions->peers);
		struct sessions *worker;

		if (!most)
			return;
		ended = evict_holder(sessions, most);
		worker = ended ? NULL : find_worker(sessions->next_worker, most, true);
		if (worker && worker != sessions)
			post_eviction(worker);
		peers_drop(sessions->peers, most);
	}
}

void sessions_make_room(struct posted *evict)
{
	struct sessions *sessions = container_of(evict, struct sessions, evict);
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
	evict_holders(sessions);
}

/* Where the session stands among its peer's: with those that hold much, be it in calls that wait
 * for us; with those that do nothing; or, when it is we who are slow, with those. */
static struct link *list_for(const struct session *session, size_t bytes)
{
	struct peer_line *line = session_line(session);

	if (bytes >= WORTH_ENDING)
		return &line->holding;
	return session->slow_calls.count ? &line->busy : &line->quiet;
}

void session_count(struct session *session)
{
	size_t now = session->operations->held(session) + session->slow_calls.bytes;
	bool grew = now > session->held;
	struct link *place = list_for(session, now);

	session_count_held(session, now);
	if (session->moved || place != session->place) {
		session_enter_list(session, place);
		session->progress = session->owner->loop->now;
	}
	if (grew)
		evict_holders(session->owner);
}
