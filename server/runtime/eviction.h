/*
 * Who makes way for others, when all sessions together have too much: one of the peer that has
 * most, and that one of his which has made no progress for longest.
 */
#ifndef SIDECALL_SERVER_RUNTIME_EVICTION_H
#define SIDECALL_SERVER_RUNTIME_EVICTION_H

#include "server/runtime/session.h"

/* Puts the session behind the others in a list of its line; NULL: in none. */
void session_enter_list(struct session *session, struct link *list);

/* Counts a connection with so many descriptors, for which another may have to end.  0; or -EUSERS
 * when it is one too many, which is logged. */
int sessions_count_in(struct sessions *sessions, struct peer *peer, unsigned int descriptors);

/* Counts the bytes that the session keeps now. */
void session_count_held(struct session *session, size_t now);

/* Counts what the session keeps after its turn.  When all together keep too much, one ends: this
 * one, or another; but none that keeps little and waits for us. */
void session_count(struct session *session);

/* Has sessions here end, when another worker asked for it. */
void sessions_make_room(struct posted *evict);

#endif
