/* Closes descriptors of strangers outside the loop: that may take as long as they like. */
#ifndef SIDECALL_SERVER_CLOSING_H
#define SIDECALL_SERVER_CLOSING_H

#include "server/peer.h"

/*
 * Has a thread of the pool close these, at the cost of this peer's share: he is kept until then.
 * Afterwards `done`, if there is one, is called in the loop.  Without memory or a pool they are
 * closed here.
 */
void closing_start(struct pool *pool, struct loop *loop, struct peers *peers,
		   const struct peer_id *peer, const int *descriptors, unsigned int count,
		   void (*done)(void *context), void *context);

#endif
