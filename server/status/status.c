/* Who may ask what a server has counted. */
#include "server/status/status.h"

#include <stdbool.h>

#include "common/internet.h"
#include "server/runtime/log.h"
#include "server/runtime/served.h"

/* What rpcgen makes of idl/: it declares the dispatchers nowhere. */
void status_prog_1(struct svc_req *request, SVCXPRT *transport);

/* Whether the caller is on this machine.  What else than an address of the Internet it may have is
 * of this machine alone. */
static bool is_here(const struct sockaddr_storage *caller)
{
	sa_family_t family;

	return !internet_bytes(caller, &family) || internet_is_loopback(caller);
}

static void refuse_stranger(const struct sidecall_svc_call *call, SVCXPRT *transport)
{
	log_event(EVENT_STATUS_REFUSED, call->way ? call->way->peer : NULL,
		  "rpc: it asked for the status of this server from another machine; it was "
		  "refused");
	svcerr_weakauth(transport);
}

void status_dispatch(struct svc_req *request, SVCXPRT *transport)
{
	const struct sockaddr_storage *caller = transport->xp_rtaddr.buf;
	const struct sidecall_svc_call *call = sidecall_svc_call(request);

	if (!call)
		svcerr_noprog(transport); /* libtirpc's runtime counts nothing */
	else if (request->rq_proc != NULLPROC && !caller)
		svcerr_systemerr(transport); /* out of memory */
	else if (request->rq_proc != NULLPROC && !is_here(caller))
		refuse_stranger(call, transport);
	else
		status_prog_1(request, transport);
}
