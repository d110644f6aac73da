/* A channel that leads nowhere: what is sent on it is kept, and what is received is put there. */
#ifndef SIDECALL_MEASURE_MEMORY_H
#define SIDECALL_MEASURE_MEMORY_H

#include "client/client.h"

struct memory_channel {
	struct channel channel; /* first: all that its users see */
	struct buffer sent;     /* the last message */
	struct buffer reply;    /* what is received, named as the last message is; empty: the end */
	/* Makes that reply from what was sent; NULL: it is there already.  False: the end. */
	bool (*answer)(struct memory_channel *memory);
};

/*
 * Makes a client of the endpoint's protocol whose calls go there.  Both are released with
 * client_release() and then memory_release(), and the memory outlives the client.
 */
void memory_init(struct memory_channel *memory, struct client *client,
		 const struct endpoint *endpoint);
void memory_release(struct memory_channel *memory);

#endif
