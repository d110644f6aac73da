/* Asks rpcbind for the address of a program (RFC 1833). */
#ifndef SIDECALL_CLIENT_RUNTIME_DISCOVER_H
#define SIDECALL_CLIENT_RUNTIME_DISCOVER_H

#include <netdb.h>

#include <rpc/rpc.h>

#include "client/runtime/channel.h"

struct discover_request {
	rpcprog_t program;
	rpcvers_t version;
	const char *name; /* the program's, for messages; NULL: the number will do */
	int64_t deadline;
	struct channel_observer *observer; /* looks on; or NULL */
};

/*
 * Finds where a program and version is at the endpoint's host, on its transport.  The addresses of
 * the host are asked in turn, and the first whose rpcbind knows the program becomes the endpoint's,
 * in figures, with the port: a server may have another port for each family of addresses, or serve
 * one of them only.  0, or the failure's code with the endpoint as it was; the failure's error says
 * why: ENOENT: it is not registered; ECONNREFUSED: there is no rpcbind, ETIMEDOUT: it did not
 * answer, EPROTO: it refused.
 */
int discover(struct endpoint *endpoint, const struct discover_request *request,
	     struct failure *failure);

/* The same at these addresses, which are those of rpcbind itself with its port. */
int discover_at(struct endpoint *endpoint, const struct addrinfo *addresses,
		const struct discover_request *request, struct failure *failure);

#endif
