/* The rpc protocol, the client's end: a libtirpc CLIENT on a channel, for rpcgen's stubs. */
#ifndef SIDECALL_CLIENT_RUNTIME_RPC_H
#define SIDECALL_CLIENT_RUNTIME_RPC_H

#include <rpc/rpc.h>

#include "client/runtime/pending.h"

/*
 * A CLIENT for one program and version.  Several may share a channel, each with a share in it, and
 * the caller with his; one thread at a time may use it.  Calls carry AUTH_NONE until cl_auth is
 * replaced.
 *
 * A call ends at its timeout, whatever the peer does: the one set with clnt_control(CLSET_TIMEOUT),
 * else the one that the stub gives.  It succeeds only with a result that was decoded whole.
 * After RPC_CANTSEND (the call did not leave, so it was not executed), RPC_CANTRECV and
 * RPC_TIMEDOUT (it may have been) clnt_geterr() gives re_errno: ETIMEDOUT, ECONNRESET when the peer
 * closed, EPROTO when it sent something that is no reply.
 *
 * NULL when out of memory.  clnt_destroy() releases it, and its cl_auth is its maker's.
 */
CLIENT *rpc_client(struct channel *channel, rpcprog_t program, rpcvers_t version);

/* The channel of such a CLIENT; NULL for libtirpc's own. */
struct channel *rpc_channel(const CLIENT *client);

/*
 * Has the next call through the CLIENT not wait for its reply: the stub returns RPC_INPROGRESS when
 * the call has left, or as it does when a call cannot leave (re_errno EAGAIN: the channel has no
 * room now).  `pending` and the stub's result live until the reply has come, and is handed to
 * rpc_finish(), which returns what the stub would have returned.  A credential that is refused is
 * not refreshed.
 */
void rpc_defer(CLIENT *client, struct pending *pending);
enum clnt_stat rpc_finish(CLIENT *client, const struct pending *pending,
			  const struct message *reply);

/* Whether a message is a reply at all; to which call, its xid says. */
bool rpc_answers(const void *call, const struct message *message);

/* Calls procedure 0, which every program has and rpcgen writes no stub for. */
enum clnt_stat rpc_null(void *arguments, void *result, CLIENT *client);

#endif
