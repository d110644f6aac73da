/* The rpc protocol: a call's bytes, through rpcgen's unmodified dispatcher, to a reply's bytes. */
#ifndef SIDECALL_SERVER_RUNTIME_RPC_H
#define SIDECALL_SERVER_RUNTIME_RPC_H

#include <rpc/rpc.h>

#include "server/runtime/protocol.h"

/* What there is to serve; the table ends with a row of zeroes. */
struct rpc_program {
	rpcprog_t program;
	rpcvers_t version;
	void (*dispatch)(struct svc_req *request, SVCXPRT *transport); /* rpcgen's */
};
extern const struct rpc_program rpc_programs[];

/* Whether a row of it is: an operator may have chosen one version of the calculator. */
bool rpc_is_served(const struct service *service, const struct rpc_program *program);

/* The service behind a request, and how long an encoded result may be to fit its reply. */
struct service *rpc_service(const struct svc_req *request);
size_t rpc_result_limit(const struct svc_req *request);

/* The same for calls that libtirpc's own runtime brings to the dispatchers
 * (programs/sidecalld/stock.h). */
struct rpc_stock {
	struct service *service;
	size_t (*reply_limit)(const SVCXPRT *transport); /* bytes of a reply, header included */
};

/* To be set before svc_run(); it is the caller's and stays there until that is over. */
void rpc_set_stock(const struct rpc_stock *stock);

#endif
