/* The client that rpcgen's user gets: libtirpc's own clnt_vc and clnt_dg.  The baseline. */
#ifndef SIDECALL_CLIENT_RUNTIME_TIRPC_H
#define SIDECALL_CLIENT_RUNTIME_TIRPC_H

#include <rpc/rpc.h>

#include "client/runtime/failure.h"
#include "common/endpoint.h"

/*
 * A CLIENT of libtirpc's for one program and version, on a connection of its own, as clnt_create()
 * makes it; clnt_destroy() closes it.  The endpoint has its port.  Connecting ends at the deadline.
 * A call does not: libtirpc's timeout holds for each read of a reply, and for no write.
 *
 * 0, or the failure's code.
 */
int tirpc_client(CLIENT **client, const struct endpoint *endpoint, rpcprog_t program,
		 rpcvers_t version, int64_t deadline, struct failure *failure);

#endif
