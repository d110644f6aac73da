/* One caller of the service: an endpoint, the channel to it, and the clients of both protocols. */
#ifndef SIDECALL_CLIENT_CLIENT_H
#define SIDECALL_CLIENT_CLIENT_H

#include <rpc/rpc.h>

#include "client/channel.h"
#include "client/raw.h"

struct client {
	struct endpoint endpoint; /* once connected, with the port that rpcbind named */
	int64_t timeout;          /* nanoseconds that a call may take, connecting included */
	struct channel *channel;  /* opened by the first call; NULL until then */
	struct channel_observer *observer; /* looks at all channels; its maker's; NULL for none */
	struct raw_client raw;
	struct {
		rpcprog_t program;
		rpcvers_t version;
		CLIENT *client;
	} rpc[4]; /* made as they are needed */
};

/* Remembers where to call; nothing is opened yet.  client_release() closes what was. */
void client_init(struct client *client, const struct endpoint *endpoint, int64_t timeout);
void client_release(struct client *client);

/*
 * Opens the channel if there is none; an rpc endpoint without a port asks rpcbind where the program
 * is.  0 or the failure's code.
 */
int client_connect(struct client *client, rpcprog_t program, rpcvers_t version,
		   struct failure *failure);

/* The CLIENT for a program and version on the channel, which is open.  NULL: out of memory. */
CLIENT *client_rpc(struct client *client, rpcprog_t program, rpcvers_t version);

/* What a stub's failure means.  Each returns the failure's code. */
int client_rpc_failure(struct client *client, CLIENT *rpc, struct failure *failure);
int client_raw_failure(struct client *client, int result, struct failure *failure);

#endif
