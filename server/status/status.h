/* What a server has counted, as a program of its own (idl/status.x). */
#ifndef SIDECALL_SERVER_STATUS_STATUS_H
#define SIDECALL_SERVER_STATUS_STATUS_H

#include <rpc/rpc.h>

/* As rpcgen's dispatchers; but who calls from another machine gets AUTH_TOOWEAK, except for the
 * null procedure, and that is logged. */
void status_dispatch(struct svc_req *request, SVCXPRT *transport);

#endif
