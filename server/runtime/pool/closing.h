/* Closes descriptors of strangers outside the loop: that may take as long as they like. */
#ifndef SIDECALL_SERVER_RUNTIME_POOL_CLOSING_H
#define SIDECALL_SERVER_RUNTIME_POOL_CLOSING_H

#include "server/runtime/peer.h"

/* Whose descriptors are closed, and where. */
struct closing_order {
	struct pool *pool; /* or NULL: here */
	struct loop *loop; /* where it is done */
	struct peers *peers;
	struct peer *peer;           /* at the cost of his share; he is kept until it is done */
	void (*done)(void *context); /* called in the loop then; or NULL */
	void *context;
};

/* Has a thread of the pool close these descriptors.  Without memory or a pool they are closed here.
 */
void closing_start(const struct closing_order *order, const int *descriptors, unsigned int count);

#endif
