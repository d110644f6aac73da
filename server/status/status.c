/* Who may ask what a server has counted. */
#include "server/status/status.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "server/runtime/log.h"
#include "server/runtime/svc.h"

/* What rpcgen makes of idl/: it declares the dispatchers nowhere. */
void status_prog_1(struct svc_req *request, SVCXPRT *transport);

static bool is_loopback(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LOOPBACK(address) ||
	       (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == IN_LOOPBACKNET);
}

/* Whether the caller is on this machine.  What else than an address of the Internet it may have is
 * of this machine alone. */
static bool is_here(const struct sockaddr *caller)
{
	switch (caller->sa_family) {
	case AF_INET:
		return ntohl(((const struct sockaddr_in *)(const void *)caller)->sin_addr.s_addr) >>
			       24 ==
		       IN_LOOPBACKNET;
	case AF_INET6:
		return is_loopback(&((const struct sockaddr_in6 *)(const void *)caller)->sin6_addr);
	default:
		return true;
	}
}

static void refuse_stranger(SVCXPRT *transport, const struct sockaddr *caller)
{
	struct sockaddr_storage address = { 0 };
	struct peer_id id;

	memcpy(&address, caller,
	       caller->sa_family == AF_INET ? sizeof(struct sockaddr_in)
					    : sizeof(struct sockaddr_in6));
	id = peer_of_datagram(&address);
	log_event(EVENT_STATUS_REFUSED, &id,
		  "rpc: it asked for the status of this server from another machine; it was "
		  "refused");
	svcerr_weakauth(transport);
}

void status_dispatch(struct svc_req *request, SVCXPRT *transport)
{
	const struct sockaddr *caller = transport->xp_rtaddr.buf;

	if (!sidecall_svc_call(request))
		svcerr_noprog(transport); /* libtirpc's runtime counts nothing */
	else if (request->rq_proc != NULLPROC && !caller)
		svcerr_systemerr(transport); /* out of memory */
	else if (request->rq_proc != NULLPROC && !is_here(caller))
		refuse_stranger(transport, caller);
	else
		status_prog_1(request, transport);
}
