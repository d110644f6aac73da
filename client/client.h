/* One caller of the service: an endpoint, the channel to it, and the clients of both protocols. */
#ifndef SIDECALL_CLIENT_CLIENT_H
#define SIDECALL_CLIENT_CLIENT_H

#include <rpc/rpc.h>

#include "client/protocols/protocol.h"
#include "client/raw.h"

/* Nanoseconds that a call may take where nobody says how many. */
#define CLIENT_TIMEOUT INT64_C(5000000000)

/* How often a call is made again where nobody says how often: a call that kills its server has no
 * more of them on its conscience. */
#define CLIENT_REPEATS 2

/* A program and version that is called by rpcgen's stubs. */
struct client_program {
	rpcprog_t number;
	rpcvers_t version;
	CLIENT *rpc;
	struct timeval timeout; /* that it was told last; tv_sec is -1 when none was */
};

struct client {
	struct endpoint endpoint; /* once connected, with the port that rpcbind named */
	bool anywhere;            /* nobody said where: a server of this user's, else rpcbind */
	/* Connects, where nobody said where, by what else than tcp a program is registered for, and
	 * says whether it did: services_connect(), or NULL. */
	bool (*elsewhere)(struct client *client, rpcprog_t program, rpcvers_t version,
			  int64_t deadline);
	bool any_server; /* it is whoever's: advice does not name sidecalld */
	bool operand;    /* the endpoint is a word of the command: advice does not name --via */
	int64_t timeout; /* nanoseconds that a call may take, connecting included */
	struct channel *channel; /* opened by the first call; NULL until then, and with tirpc */
	struct channel_observer *observer; /* looks at all channels; its maker's; NULL for none */
	AUTH *auth;    /* the credential of calls by rpc; its maker's; NULL: AUTH_NONE */
	bool reserved; /* by tcp and udp, call from a port below 1024 */
	/* How often a call is made again, over another connection, when its own broke; one that
	 * must not be executed twice only when it had not left (struct procedure).  0: never. */
	unsigned int repeats;
	struct endpoint given; /* the endpoint before it was connected */
	struct raw_client raw;
	struct client_program programs[4]; /* those that are called, without a gap */
};

/* Remembers where to call; nothing is opened yet.  client_release() closes what was. */
void client_init(struct client *client, const struct endpoint *endpoint, int64_t timeout);
void client_release(struct client *client);

/* Closes what is connected, and calls where it did before: rpcbind is asked again. */
void client_disconnect(struct client *client);

/* Whether a call that failed may be made again over another connection: its own broke, and it was
 * not executed, or may be executed twice.  A pipe's server ends with the connection. */
bool client_may_repeat(const struct client *client, bool once, const struct failure *failure);

/* Has a client that is not connected call over this channel, which is its own from here on. */
void client_take(struct client *client, struct channel *channel);

/* By when a call that begins now must have ended: connecting, asking rpcbind, calling, all of it.
 */
int64_t client_deadline(const struct client *client);

/*
 * Connects if that is not done, before the deadline; an rpc endpoint without a port asks rpcbind
 * where the program is.  Where nobody said where to call, and the program is one of ours, that is
 * the Unix socket in the runtime directory when a server is there; another program is called by
 * tcp, or elsewhere.  0 or the failure's code.
 */
int client_connect(struct client *client, rpcprog_t program, rpcvers_t version, int64_t deadline,
		   struct failure *failure);

/* Bytes on the transport until now, framing included.  False when they are not known: libtirpc
 * does not count them. */
bool client_traffic(const struct client *client, uint64_t *sent, uint64_t *received);

/* Whether messages may get lost on the way. */
static inline bool client_loses(const struct client *client)
{
	return client->channel ? client->channel->datagrams
			       : client->endpoint.transport == ENDPOINT_UDP;
}

#endif
