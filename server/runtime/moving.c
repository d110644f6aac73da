/* Whose a session is: how it becomes a worker's, and another's, or another peer's. */
#include "server/runtime/moving.h"

#include <stdlib.h>

#include "common/container.h"
#include "server/runtime/eviction.h"

/* A session on its way to its new owner. */
struct moving {
	struct posted posted;
	struct session *session;
	bool (*take_turn)(struct party *line);
};

void session_join(struct session *session, bool (*take_turn)(struct party *line))
{
	struct peer_line *line = session_line(session);

	line->owner = session->owner;
	line->party.take_turn = take_turn;
	session_enter_list(session, &line->quiet);
	list_append(&session->owner->all, &session->in_all);
	atomic_fetch_add(&line->sessions, 1);
	atomic_fetch_add(&session->owner->count, 1);
}

void session_leave(struct session *session)
{
	struct sessions *owner = session->owner;

	loop_watch(owner->loop, &session->in, 0);
	session_stop_timer(session);
	session_enter_list(session, NULL);
	atomic_fetch_sub(&session_line(session)->sessions, 1);
	atomic_fetch_sub(&owner->count, 1);
}

static void arrive(struct posted *posted)
{
	struct moving *moving = container_of(posted, struct moving, posted);
	struct session *session = moving->session;

	session_join(session, moving->take_turn);
	free(moving);
	atomic_fetch_sub(&session->owner->count, 1); /* it was counted when it was sent */
	if (session->operations->settle(session) < 0)
		session->operations->close(session);
}

/* Whether nothing of it is under way, here or in the pools: what is there is held. */
static bool is_at_rest(const struct session *session)
{
	return session->state == SESSION_OPEN && !session->held && !list_has(&session->in_line);
}

void session_move_if_due(struct session *session)
{
	struct sessions *to = NULL;
	struct moving *moving;

	if (session->movable && is_at_rest(session))
		to = balance_next(session->owner);
	moving = to ? malloc(sizeof(*moving)) : NULL;
	if (!moving)
		return;
	*moving = (struct moving){ .posted.run = arrive,
				   .session = session,
				   .take_turn = session_line(session)->party.take_turn };
	session_leave(session);
	list_remove(&session->in_all);
	session->owner = to;
	atomic_fetch_add(&to->count, 1);
	loop_post(to->loop, &moving->posted);
}

void session_become_introduced(struct session *session)
{
	bool (*take_turn)(struct party * line) = session_line(session)->party.take_turn;
	struct sessions *owner = session->owner;
	struct peer *before = session->peer;
	int r;

	session_count_held(session, 0);
	session_leave(session);
	list_remove(&session->in_all);
	peers_leave(owner->peers, before, session->descriptors);
	peers_drop(owner->peers, before);
	session->peer = session->introduced;
	session->introduced = NULL;
	r = sessions_count_in(owner, session->peer, session->descriptors);
	if (r < 0)
		peers_let_in(owner->peers, session->peer, session->descriptors);
	session_join(session, take_turn);
	if (r < 0 || session->operations->settle(session) < 0)
		session->operations->close(session);
}
