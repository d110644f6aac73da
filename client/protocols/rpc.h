/* The rpc protocol, the client's end: rpcgen's stubs, on CLIENTs of the runtime. */
#ifndef SIDECALL_CLIENT_PROTOCOLS_RPC_H
#define SIDECALL_CLIENT_PROTOCOLS_RPC_H

#include "client/client.h"

/* The CLIENT for a program and version on what is connected; its next call ends at the deadline.
 * NULL: out of memory. */
CLIENT *rpc_client_for(struct client *client, rpcprog_t program, rpcvers_t version,
		       int64_t deadline);

/* What a failed call's error means: a refusal (RFC 5531, section 9), or what kept the reply away.
 * The failure's code. */
int rpc_failure(const struct client *client, const struct rpc_err *error, struct failure *failure);

/* ---- for tirpc, whose CLIENTs are libtirpc's own ---- */

/* The CLIENT that was made for a program and version, or NULL. */
CLIENT *rpc_find(struct client *client, rpcprog_t program, rpcvers_t version);

/* Connects to the endpoint, and keeps the CLIENT for a program and version.  0 or the failure's
 * code. */
int rpc_create(struct client *client, rpcprog_t program, rpcvers_t version, int64_t deadline,
	       struct failure *failure);

/* One call by rpcgen's stub, as struct client_protocol has it. */
int call_by_rpc(const struct procedure *procedure, struct client *client, int64_t deadline,
		void *arguments, void *result, struct failure *failure);

#endif
