/*
 * Asks rpcbind where a program is: RPCBPROC_GETADDR of version 4 (RFC 1833, section 2.2.1), over
 * the transport and the family of addresses that are wanted, because rpcbind answers for those.
 */
#include "client/discover.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#include <rpc/rpcb_prot.h>

#include "client/rpc.h"
#include "client/transports/hosts.h"
#include "common/xdr.h"

#define RPCBIND_PORT 111

/* One search, at whichever address. */
struct search {
	const struct endpoint *endpoint; /* as it was given */
	rpcprog_t program;
	rpcvers_t version;
	struct channel_observer *observer;
};

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

/* ---- why nothing was found ---- */

static const char *host_of(const struct search *search)
{
	return search->endpoint->host[0] ? search->endpoint->host : "localhost";
}

static int advise(const struct search *search, const char *first, struct failure *failure)
{
	failure_advise(failure, "%s, or give the port, as in --via %s+%s://HOST:PORT", first,
		       endpoint_protocol_name(search->endpoint->protocol),
		       endpoint_transport_name(search->endpoint->transport));
	return failure->code;
}

static int not_registered(const struct search *search, struct failure *failure)
{
	failure_set(failure, FAILURE_UNAVAILABLE,
		    "program %#x version %u is not registered with rpcbind on %s",
		    (unsigned int)search->program, (unsigned int)search->version, host_of(search));
	return advise(search, "Start sidecalld there", failure);
}

static int no_rpcbind(const struct search *search, struct failure *failure)
{
	failure_set(failure, FAILURE_UNAVAILABLE,
		    "no rpcbind answers on %s, so the port is not known", host_of(search));
	return advise(search, "Start rpcbind and sidecalld there", failure);
}

static int too_late(const struct search *search, struct failure *failure)
{
	failure_set(failure, FAILURE_TIMEOUT, "rpcbind on %s did not say where the program is",
		    host_of(search));
	return advise(search, "The call was not executed. Restart rpcbind", failure);
}

static int explain(const struct search *search, CLIENT *rpcbind, struct failure *failure)
{
	struct rpc_err error;

	clnt_geterr(rpcbind, &error);
	if (error.re_status == RPC_TIMEDOUT || error.re_errno == ETIMEDOUT)
		return too_late(search, failure);
	if (error.re_status == RPC_CANTRECV && error.re_errno == ECONNREFUSED) /* a datagram */
		return no_rpcbind(search, failure);
	failure_set(failure, FAILURE_UNAVAILABLE,
		    "rpcbind on %s did not say where the program is: %s", host_of(search),
		    clnt_sperrno(error.re_status));
	return advise(search, "The call was not executed. Restart rpcbind", failure);
}

/* ---- asking ---- */

static struct timeval time_left(int64_t deadline)
{
	int64_t left = (deadline - channel_clock()) / 1000;

	return (struct timeval){ left > 0 ? left / 1000000 : 0, left > 0 ? left % 1000000 : 0 };
}

/* Asks over an open channel.  0 with the port, or -1 when the program is not registered; or the
 * failure's code. */
static int ask(const struct search *search, struct channel *channel, const char *netid,
	       int64_t deadline, int *port, struct failure *failure)
{
	struct rpcb wanted = { .r_prog = search->program,
			       .r_vers = search->version,
			       .r_netid = (char *)netid,
			       .r_addr = (char *)"",
			       .r_owner = (char *)"" };
	CLIENT *rpcbind = rpc_client(channel, RPCBPROG, RPCBVERS4);
	char *address = NULL;
	int code = 0;

	if (!rpcbind)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	if (clnt_call(rpcbind, RPCBPROC_GETADDR, (xdrproc_t)xdr_rpcb, &wanted,
		      (xdrproc_t)xdr_wrapstring, &address, time_left(deadline)) == RPC_SUCCESS)
		*port = port_of(address);
	else
		code = explain(search, rpcbind, failure);
	xdr_free((xdrproc_t)xdr_wrapstring, &address);
	clnt_destroy(rpcbind);
	return code;
}

/* Asks at one address; *found is that address, with the port or -1.  0 or the failure's code. */
static int ask_at(const struct search *search, const struct addrinfo *address, int64_t deadline,
		  struct endpoint *found, struct failure *failure)
{
	struct channel *channel;
	char netid[16];
	int code;

	/* rpcbind speaks rpc, and what looks at our channels is to see it so. */
	*found = *search->endpoint;
	found->protocol = ENDPOINT_RPC;
	endpoint_set_address(found, address->ai_addr, address->ai_addrlen);
	snprintf(netid, sizeof(netid), "%s%s", endpoint_transport_name(found->transport),
		 address->ai_family == AF_INET6 ? "6" : "");
	code = channel_open(&channel, found, deadline, failure);
	if (code == 0) {
		channel->answers = rpc_answers;
		channel_observe(channel, found, true, search->observer);
	}
	found->protocol = search->endpoint->protocol;
	if (code == FAILURE_TIMEOUT)
		return too_late(search, failure);
	if (code)
		return code == FAILURE_UNAVAILABLE ? no_rpcbind(search, failure) : code;
	code = ask(search, channel, netid, deadline, &found->port, failure);
	channel_close(channel);
	return code;
}

/* Asks at one address after the other; each gets its share of the time that is left. */
static int ask_at_any(const struct search *search, const struct addrinfo *addresses,
		      int64_t deadline, struct endpoint *found, struct failure *failure)
{
	bool unregistered = false;
	int left = 0, code = 0;

	for (const struct addrinfo *a = addresses; a; a = a->ai_next)
		left++;
	for (const struct addrinfo *a = addresses; a; a = a->ai_next, left--) {
		int64_t now = channel_clock();

		code = ask_at(search, a, now + (deadline - now) / left, found, failure);
		if (code == 0 && found->port >= 0)
			return 0;
		unregistered = unregistered || code == 0;
	}
	/* An rpcbind that knows better than those that are not there. */
	return unregistered || !code ? not_registered(search, failure) : code;
}

int discover(struct endpoint *endpoint, rpcprog_t program, rpcvers_t version, int64_t deadline,
	     struct channel_observer *observer, struct failure *failure)
{
	const struct search search = { endpoint, program, version, observer };
	struct endpoint found, rpcbind = *endpoint;
	int type = endpoint->transport == ENDPOINT_UDP ? SOCK_DGRAM : SOCK_STREAM;
	struct addrinfo *addresses;
	int code;

	rpcbind.port = RPCBIND_PORT;
	code = resolve_host(&rpcbind, type, deadline, &addresses, failure);
	if (code)
		return code;
	code = ask_at_any(&search, addresses, deadline, &found, failure);
	freeaddrinfo(addresses);
	if (code == 0)
		*endpoint = found;
	return code;
}
