/* One question to rpcbind: where a program is.  RFC 1833 has it in versions 4, 3 and 2. */
#ifndef SIDECALL_CLIENT_RUNTIME_RPCBIND_H
#define SIDECALL_CLIENT_RUNTIME_RPCBIND_H

#include <rpc/rpc.h>

#include "client/runtime/channel.h"

struct rpcbind_question {
	rpcprog_t program;
	rpcvers_t version;
	enum endpoint_transport transport; /* that the program is called over: tcp or udp */
	bool ipv6;
	int64_t deadline;
};

/*
 * Asks over an open channel, in this version of rpcbind: GETADDR of 4 and 3, or GETPORT of 2, which
 * is the portmapper's.  RPC_SUCCESS with the port, -1 when the program is not registered; else the
 * error, all of it.
 */
enum clnt_stat rpcbind_ask(struct channel *channel, rpcvers_t in,
			   const struct rpcbind_question *question, int *port,
			   struct rpc_err *error);

/* The older version to ask in after this error; 0 when that cannot help. */
rpcvers_t rpcbind_older(rpcvers_t in, const struct rpcbind_question *question,
			const struct rpc_err *error);

#endif
