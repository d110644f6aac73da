/* Asks rpcbind for the port of a program (RFC 1833). */
#ifndef SIDECALL_CLIENT_DISCOVER_H
#define SIDECALL_CLIENT_DISCOVER_H

#include <rpc/rpc.h>

#include "client/channel.h"

/*
 * Finds the port of a program and version at the endpoint's host, on its transport, and writes it
 * to endpoint->port.  The observer, or NULL, looks on.  0 or the failure's code.
 */
int discover(struct endpoint *endpoint, rpcprog_t program, rpcvers_t version, int64_t deadline,
	     struct channel_observer *observer, struct failure *failure);

#endif
