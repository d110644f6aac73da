/*
 * Asks rpcbind for the port of a program: RPCBPROC_GETADDR of version 4 (RFC 1833, section 2.2.1),
 * over the transport that the port is wanted for, because rpcbind answers for that one.
 */
#include "client/discover.h"

#include <stdio.h>
#include <stdlib.h>

#include <rpc/rpcb_prot.h>

#include "client/rpc.h"
#include "common/xdr.h"

#define RPCBIND_PORT 111

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
	if (sscanf(dot, ".%u.%u", &high, &low) != 2 || high > 255 || low > 255)
		return -1;
	return (int)(high << 8 | low);
}

static int not_registered(const struct endpoint *endpoint, rpcprog_t program, rpcvers_t version,
			  struct failure *failure)
{
	failure_set(failure, FAILURE_UNAVAILABLE,
		    "program %#x version %u is not registered with rpcbind on %s",
		    (unsigned int)program, (unsigned int)version,
		    endpoint->host[0] ? endpoint->host : "localhost");
	failure_advise(failure, "Start sidecalld there, or give the port, as in "
				"--via rpc+tcp://HOST:PORT");
	return failure->code;
}

static int explain(CLIENT *rpcbind, enum clnt_stat status, struct failure *failure)
{
	struct rpc_err error;

	clnt_geterr(rpcbind, &error);
	return failure_set(failure, status == RPC_TIMEDOUT ? FAILURE_TIMEOUT : FAILURE_UNAVAILABLE,
			   "rpcbind did not say where the program is: %s", clnt_sperrno(status));
}

/* Asks over an open channel.  0 or the failure's code. */
static int ask(struct channel *channel, struct endpoint *endpoint, rpcprog_t program,
	       rpcvers_t version, int64_t deadline, struct failure *failure)
{
	struct rpcb wanted = { .r_prog = program,
			       .r_vers = version,
			       .r_netid = (char *)endpoint_transport_name(endpoint->transport),
			       .r_addr = (char *)"",
			       .r_owner = (char *)"" };
	int64_t left = (deadline - channel_clock()) / 1000;
	struct timeval limit = { left > 0 ? left / 1000000 : 0, left > 0 ? left % 1000000 : 0 };
	CLIENT *rpcbind = rpc_client(channel, RPCBPROG, RPCBVERS4);
	enum clnt_stat status;
	char *address = NULL;
	int code = 0;

	if (!rpcbind)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	status = clnt_call(rpcbind, RPCBPROC_GETADDR, (xdrproc_t)xdr_rpcb, &wanted,
			   (xdrproc_t)xdr_wrapstring, &address, limit);
	if (status != RPC_SUCCESS) {
		code = explain(rpcbind, status, failure);
	} else {
		endpoint->port = port_of(address);
		if (endpoint->port < 0)
			code = not_registered(endpoint, program, version, failure);
	}
	xdr_free((xdrproc_t)xdr_wrapstring, &address);
	clnt_destroy(rpcbind);
	return code;
}

int discover(struct endpoint *endpoint, rpcprog_t program, rpcvers_t version, int64_t deadline,
	     struct channel_observer *observer, struct failure *failure)
{
	struct endpoint rpcbind = *endpoint;
	struct channel *channel;
	int code;

	rpcbind.port = RPCBIND_PORT;
	code = channel_open(&channel, &rpcbind, deadline, failure);
	if (code == FAILURE_UNAVAILABLE) {
		failure_set(failure, code, "no rpcbind answers on %s, so the port is not known",
			    endpoint->host[0] ? endpoint->host : "localhost");
		failure_advise(failure,
			       "Start rpcbind and sidecalld there, or give the port, as in "
			       "--via rpc+tcp://HOST:PORT");
	}
	if (code)
		return code;
	channel_observe(channel, &rpcbind, true, observer);
	code = ask(channel, endpoint, program, version, deadline, failure);
	channel_close(channel);
	return code;
}
