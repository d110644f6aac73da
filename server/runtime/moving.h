/* A session's worker: how it becomes one's, and another's. */
#ifndef SIDECALL_SERVER_RUNTIME_MOVING_H
#define SIDECALL_SERVER_RUNTIME_MOVING_H

#include "server/runtime/session.h"

/* It is its owner's from now on, or no longer, and counted so; nothing waits for it meanwhile.
 * `take_turn` is that of all sessions' peers. */
void session_join(struct session *session, bool (*take_turn)(struct party *line));
void session_leave(struct session *session);

/* Sends it to another worker, if it is at rest and that is due (balance.h).  Its peer may be gone
 * afterwards. */
void session_move_if_due(struct session *session);

/* Makes it the peer's as whom it was introduced in its turn, which is over: as if it began now.  It
 * may be one too many for that one, and ends then. */
void session_become_introduced(struct session *session);

#endif
