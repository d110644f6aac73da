/*
 * One question to rpcbind: where a program is.  RPCBPROC_GETADDR of versions 4 and 3 (RFC 1833,
 * section 2.2.1), and PMAPPROC_GETPORT of version 2 (section 3), which old hosts and instruments
 * have alone.
 */
#include "client/runtime/rpcbind.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include <rpc/pmap_prot.h>
#include <rpc/rpcb_prot.h>

#include "client/runtime/rpc.h"

/* The last two numbers of a universal address are the port: 127.0.0.1.27.205 (RFC 5665, 5.2.3.3).
 * The port, or -1. */
static int port_of(const char *address)
{
	unsigned int high, low;
	const char *dot = address;

	for (const char *next = address; *next; next++)
		if (*next == '.')
			dot = next;
	while (dot > address && *--dot != '.')
		;
	if (sscanf(dot, ".%3u.%3u", &high, &low) != 2 || high > 255 || low > 255)
		return -1;
	return high || low ? (int)(high << 8 | low) : -1;
}

static enum clnt_stat get_address(CLIENT *rpcbind, const struct rpcbind_question *question,
				  int *port)
{
	char netid[16], *address = NULL;
	struct rpcb wanted = { .r_prog = question->program,
			       .r_vers = question->version,
			       .r_netid = netid,
			       .r_addr = (char *)"",
			       .r_owner = (char *)"" };
	enum clnt_stat status;

	snprintf(netid, sizeof(netid), "%s%s", endpoint_transport_name(question->transport),
		 question->ipv6 ? "6" : "");
	status = clnt_call(rpcbind, RPCBPROC_GETADDR, (xdrproc_t)xdr_rpcb, &wanted,
			   (xdrproc_t)xdr_wrapstring, &address, clock_left(question->deadline));
	if (status == RPC_SUCCESS)
		*port = port_of(address);
	xdr_free((xdrproc_t)xdr_wrapstring, &address);
	return status;
}

static enum clnt_stat get_port(CLIENT *portmapper, const struct rpcbind_question *question,
			       int *port)
{
	bool udp = question->transport == ENDPOINT_UDP;
	struct pmap wanted = { .pm_prog = question->program,
			       .pm_vers = question->version,
			       .pm_prot = udp ? IPPROTO_UDP : IPPROTO_TCP };
	u_int found = 0;
	enum clnt_stat status = clnt_call(portmapper, PMAPPROC_GETPORT, (xdrproc_t)xdr_pmap,
					  &wanted, (xdrproc_t)xdr_u_int, &found,
					  clock_left(question->deadline));

	if (status == RPC_SUCCESS)
		*port = found > 0 && found <= UINT16_MAX ? (int)found : -1;
	return status;
}

enum clnt_stat rpcbind_ask(struct channel *channel, rpcvers_t in,
			   const struct rpcbind_question *question, int *port,
			   struct rpc_err *error)
{
	CLIENT *rpcbind = rpc_client(channel, RPCBPROG, in);

	*error = (struct rpc_err){ .re_status = RPC_CANTSEND, .re_errno = ENOMEM };
	if (!rpcbind)
		return RPC_CANTSEND;
	if (in == PMAPVERS)
		get_port(rpcbind, question, port);
	else
		get_address(rpcbind, question, port);
	clnt_geterr(rpcbind, error);
	clnt_destroy(rpcbind);
	return error->re_status;
}

/* Whether an rpcbind that lacks a version may have said so.  RFC 5531 has PROG_MISMATCH for it; old
 * ones have other words, or hang up. */
static bool may_be_older(const struct rpc_err *error)
{
	switch (error->re_status) {
	case RPC_PROGVERSMISMATCH:
	case RPC_PROGUNAVAIL:
	case RPC_PROCUNAVAIL:
	case RPC_CANTDECODEARGS:
	case RPC_CANTDECODERES:
	case RPC_SYSTEMERROR:
		return true;
	case RPC_CANTSEND:
	case RPC_CANTRECV:
		return error->re_errno == ECONNRESET || error->re_errno == EPIPE;
	default:
		return false;
	}
}

rpcvers_t rpcbind_older(rpcvers_t in, const struct rpcbind_question *question,
			const struct rpc_err *error)
{
	rpcvers_t older = in - 1;

	if (!may_be_older(error))
		return 0;
	if (error->re_status == RPC_PROGVERSMISMATCH && error->re_vers.high < older)
		older = error->re_vers.high;
	/* The portmapper knows IPv4 alone. */
	return older < PMAPVERS || (older == PMAPVERS && question->ipv6) ? 0 : older;
}
