/* A protocol, the client's end: how a procedure is called on what it connects.  One file each. */
#ifndef SIDECALL_CLIENT_PROTOCOLS_PROTOCOL_H
#define SIDECALL_CLIENT_PROTOCOLS_PROTOCOL_H

#include <rpc/rpc.h>

#include "client/runtime/channel.h"

struct client;
struct procedure;
union procedure_pending;

struct client_protocol {
	const char *server; /* what starts a server of it, for advice */
	const char *other;  /* what may be spoken instead where it is not understood */
	/* Calls go over client->channel: they are counted, seen by its observer, and many at a time
	 * may be under way, by begin and finish.  Else each waits on a connection of its own. */
	bool on_channel;

	/* Connects to the client's endpoint, which has its port, if that is not done.  0 or the
	 * failure's code. */
	int (*connect)(struct client *client, rpcprog_t program, rpcvers_t version,
		       int64_t deadline, struct failure *failure);
	/* One call on what is connected, until the deadline.  0 and the result, which was cleared;
	 * or the failure's code. */
	int (*call)(const struct procedure *procedure, struct client *client, int64_t deadline,
		    void *arguments, void *result, struct failure *failure);
	/* The same in two halves.  0 when the call has left; -EAGAIN when the channel has no room
	 * now; or the failure's code. */
	int (*begin)(const struct procedure *procedure, struct client *client, int64_t deadline,
		     void *arguments, void *result, union procedure_pending *pending,
		     struct failure *failure);
	int (*finish)(const struct procedure *procedure, struct client *client,
		      const union procedure_pending *pending, const struct message *reply,
		      struct failure *failure);
};

extern const struct client_protocol client_protocol_rpc;
extern const struct client_protocol client_protocol_raw;
extern const struct client_protocol client_protocol_tirpc;

#endif
