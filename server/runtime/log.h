/* What the server says of itself: on standard error, behind its program's name, or to whom its
 * owner named. */
#ifndef SIDECALL_SERVER_RUNTIME_LOG_H
#define SIDECALL_SERVER_RUNTIME_LOG_H

#include "server/runtime/log_target.h"
#include "server/runtime/peer_id.h"

/*
 * From now on a thread writes the log: nobody waits until somebody reads it.  What there is no room
 * for is counted, and the count is written later.  Without it, and until it is called, lines are
 * written by whoever says them.
 */
void log_start(void);

/* To be called as often as log_start(): the last time it waits a moment until what was said is
 * written; from then on lines are written as before log_start(). */
void log_stop(void);

/* One line, without its newline. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, of what a peer caused (NULL: nobody knows who): behind its name, and of each kind of
 * line a few in a while and no more, so that nobody can fill a disk, nor hide by his what another
 * one does. */
void log_peer(const struct peer_id *peer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
