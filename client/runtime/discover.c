/*
 * Asks rpcbind where a program is, over the transport and the family of addresses that are wanted,
 * because rpcbind answers for those; in the newest version first, and in older ones where it is
 * refused.
 */
#include "client/runtime/discover.h"

#include <errno.h>
#include <stdio.h>

#include <rpc/rpcb_prot.h>

#include "client/runtime/rpc.h"
#include "client/runtime/transports/all.h"
#include "client/runtime/rpcbind.h"
#include "client/runtime/transports/hosts.h"

#define RPCBIND_PORT 111

/* One search, at whichever address. */
struct search {
	const struct endpoint *endpoint; /* as it was given */
	const struct discover_request *request;
};

/* ---- why nothing was found ---- */

static const char *host_of(const struct search *search)
{
	return search->endpoint->host[0] ? search->endpoint->host : "localhost";
}

/* Says which error stands behind it, by which others know what to do.  The failure's code. */
static int stands_behind(int error, struct failure *failure)
{
	failure->error = error;
	return failure->code;
}

static int not_registered(const struct search *search, struct failure *failure)
{
	const struct discover_request *request = search->request;
	char name[64] = "";

	if (request->name)
		snprintf(name, sizeof(name), ", %s,", request->name);
	failure_set(failure, FAILURE_UNAVAILABLE,
		    "program %u version %u%s is not registered with rpcbind on %s",
		    (unsigned int)request->program, (unsigned int)request->version, name,
		    host_of(search));
	return stands_behind(ENOENT, failure);
}

static int no_rpcbind(const struct search *search, struct failure *failure)
{
	failure_set(failure, FAILURE_UNAVAILABLE,
		    "no rpcbind answers on %s, so the port is not known", host_of(search));
	return stands_behind(ECONNREFUSED, failure);
}

static int too_late(const struct search *search, struct failure *failure)
{
	failure_set(failure, FAILURE_TIMEOUT, "rpcbind on %s did not say where the program is",
		    host_of(search));
	return stands_behind(ETIMEDOUT, failure);
}

/* It answers, but in no version that there is. */
static int rpcbind_refused(const struct search *search, const struct rpc_err *error,
			   struct failure *failure)
{
	failure_set(failure, FAILURE_UNAVAILABLE,
		    "the rpcbind on %s did not say where the program is: %s", host_of(search),
		    clnt_sperrno(error->re_status));
	return stands_behind(EPROTO, failure);
}

static int explain_reply(const struct search *search, const struct rpc_err *error,
			 struct failure *failure)
{
	if (error->re_status == RPC_TIMEDOUT || error->re_errno == ETIMEDOUT)
		return too_late(search, failure);
	if (error->re_status == RPC_CANTRECV && error->re_errno == ECONNREFUSED) /* a datagram */
		return no_rpcbind(search, failure);
	return rpcbind_refused(search, error, failure);
}

/* ---- asking ---- */

/* Asks in one version, over a channel of its own: who does not know it may hang up.  0 with what
 * the answer was, or the failure's code. */
static int ask_in(const struct search *search, rpcvers_t in,
		  const struct rpcbind_question *question, struct endpoint *at,
		  struct rpc_err *error, struct failure *failure)
{
	struct channel *channel;
	struct endpoint rpcbind = *at;
	int code;

	/* rpcbind speaks rpc, and what looks at our channels is to see it so. */
	rpcbind.protocol = ENDPOINT_RPC;
	code = channel_open(&channel, &rpcbind, question->deadline, failure);
	if (code == FAILURE_TIMEOUT)
		return too_late(search, failure);
	if (code)
		return code == FAILURE_UNAVAILABLE ? no_rpcbind(search, failure) : code;
	channel_observe(channel, &rpcbind, true, search->request->observer);
	rpcbind_ask(channel, in, question, &at->port, error);
	channel_close(channel);
	return 0;
}

/* Asks at one address; *found is that address, with the port or -1.  0 or the failure's code. */
static int ask_at(const struct search *search, const struct addrinfo *address, int64_t deadline,
		  struct endpoint *found, struct failure *failure)
{
	const struct rpcbind_question question = { .program = search->request->program,
						   .version = search->request->version,
						   .transport = search->endpoint->transport,
						   .ipv6 = address->ai_family == AF_INET6,
						   .deadline = deadline };
	rpcvers_t next = RPCBVERS4;
	struct rpc_err error;

	*found = *search->endpoint;
	endpoint_set_address(found, address->ai_addr, address->ai_addrlen);
	while (next) {
		int code = ask_in(search, next, &question, found, &error, failure);

		if (code || error.re_status == RPC_SUCCESS)
			return code;
		next = rpcbind_older(next, &question, &error);
	}
	return explain_reply(search, &error, failure);
}

/* Asks at one address after the other; each gets its share of the time that is left. */
static int ask_at_any(const struct search *search, const struct addrinfo *addresses,
		      struct endpoint *found, struct failure *failure)
{
	bool unregistered = false;
	int left = 0, code = 0;

	for (const struct addrinfo *a = addresses; a; a = a->ai_next)
		left++;
	for (const struct addrinfo *a = addresses; a; a = a->ai_next, left--) {
		int64_t now = clock_now(), share = (search->request->deadline - now) / left;

		code = ask_at(search, a, now + share, found, failure);
		if (code == 0 && found->port >= 0)
			return 0;
		unregistered = unregistered || code == 0;
	}
	/* An rpcbind that knows better than those that are not there. */
	return unregistered || !code ? not_registered(search, failure) : code;
}

int discover_at(struct endpoint *endpoint, const struct addrinfo *addresses,
		const struct discover_request *request, struct failure *failure)
{
	const struct search search = { endpoint, request };
	struct endpoint found;
	int code = ask_at_any(&search, addresses, &found, failure);

	if (code == 0)
		*endpoint = found;
	return code;
}

int discover(struct endpoint *endpoint, const struct discover_request *request,
	     struct failure *failure)
{
	struct endpoint rpcbind = *endpoint;
	int type = endpoint->transport == ENDPOINT_UDP ? SOCK_DGRAM : SOCK_STREAM;
	struct addrinfo *addresses;
	int code;

	rpcbind.port = RPCBIND_PORT;
	code = resolve_host(&rpcbind, type, request->deadline, &addresses, failure);
	if (code)
		return code;
	code = discover_at(endpoint, addresses, request, failure);
	freeaddrinfo(addresses);
	return code;
}
