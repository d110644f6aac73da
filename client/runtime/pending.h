/*
 * A call that has left and whose reply is still to come: what its stub would do with the reply.
 *
 * A stub waits for the reply to its call.  To have many calls in flight by the same stubs, the next
 * call of a CLIENT can be deferred: its stub returns as soon as the call has left, and the result
 * is filled in when the reply is there.
 */
#ifndef SIDECALL_CLIENT_RUNTIME_PENDING_H
#define SIDECALL_CLIENT_RUNTIME_PENDING_H

#include <rpc/rpc.h>

#include "client/runtime/channel.h"

/* All zeroes is no call. */
struct pending {
	uint32_t id;        /* the call's name */
	void *result;       /* to be filled in */
	xdrproc_t filter;   /* how; other protocols than rpc keep that beside this */
	struct buffer call; /* its bytes, where messages get lost: to be sent again */
};

/* Sends the call, and keeps its name, and its bytes where that is needed.  0, -EAGAIN when the
 * channel has no room, or another -errno. */
int pending_send(struct pending *pending, struct channel *channel, const struct buffer *call,
		 int64_t deadline);
void pending_release(struct pending *pending);

#endif
