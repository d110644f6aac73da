/* One caller of the service: an endpoint, the channel to it, and the clients of both protocols. */
#ifndef SIDECALL_CLIENT_CLIENT_H
#define SIDECALL_CLIENT_CLIENT_H

#include <rpc/rpc.h>

#include "client/runtime/channel.h"
#include "client/raw.h"

/* Nanoseconds that a call may take where nobody says how many. */
#define CLIENT_TIMEOUT INT64_C(5000000000)

struct client {
	struct endpoint endpoint; /* once connected, with the port that rpcbind named */
	bool anywhere;            /* nobody said where: a server of this user's, else rpcbind */
	int64_t timeout;          /* nanoseconds that a call may take, connecting included */
	struct channel *channel;  /* opened by the first call; NULL until then, and with tirpc */
	struct channel_observer *observer; /* looks at all channels; its maker's; NULL for none */
	struct raw_client raw;
	struct {
		rpcprog_t program;
		rpcvers_t version;
		CLIENT *client;
		int64_t milliseconds; /* the timeout that libtirpc was told last; -1: none */
	} rpc[4]; /* made as they are needed: on the channel, or libtirpc's own (tirpc) */
};

/* Remembers where to call; nothing is opened yet.  client_release() closes what was. */
void client_init(struct client *client, const struct endpoint *endpoint, int64_t timeout);
void client_release(struct client *client);

/* By when a call that begins now must have ended: connecting, asking rpcbind, calling, all of it.
 */
int64_t client_deadline(const struct client *client);

/*
 * Opens the channel if there is none, before the deadline; an rpc endpoint without a port asks
 * rpcbind where the program is.  Where nobody said where to call, and the program is one of ours,
 * that is the Unix socket in the runtime directory when a server is there.  0 or the
 * failure's code.
 */
int client_connect(struct client *client, rpcprog_t program, rpcvers_t version, int64_t deadline,
		   struct failure *failure);

/* The client of a protocol on what is connected.  Its next call ends at the deadline.  NULL: out of
 * memory. */
CLIENT *client_rpc(struct client *client, rpcprog_t program, rpcvers_t version, int64_t deadline);
struct raw_client *client_raw(struct client *client, int64_t deadline);

/* The deadline passed before the call could be sent.  The failure's code. */
int client_too_late(const struct client *client, struct failure *failure);

/* Bytes on the transport until now, framing included.  False when they are not known: libtirpc
 * does not count them. */
bool client_traffic(const struct client *client, uint64_t *sent, uint64_t *received);

/* Bytes of a page of a directory to ask for: what fits a message, and on a network a few packets.
 */
uint32_t client_page_bytes(const struct client *client);

/* What an error of the channel (a positive errno) means to a call that was sent, or was not.  The
 * failure's code. */
int client_transport_failure(const struct client *client, int error, bool sent,
			     struct failure *failure);

/* What a stub's failure means.  Each returns the failure's code. */
int client_rpc_failure(struct client *client, CLIENT *rpc, struct failure *failure);
int client_rpc_error(struct client *client, const struct rpc_err *error, struct failure *failure);
int client_raw_failure(struct client *client, int result, struct failure *failure);

#endif
