/* What the client's transports with hosts share: connecting to the first address that takes it. */
#ifndef SIDECALL_CLIENT_RUNTIME_TRANSPORTS_HOSTS_H
#define SIDECALL_CLIENT_RUNTIME_TRANSPORTS_HOSTS_H

#include <netdb.h>

#include "client/runtime/channel.h"

/*
 * The addresses of the endpoint's host (localhost, if it has none) with its port, for sockets of
 * this type; to be freed with freeaddrinfo().  0, or the failure's code.
 */
int resolve_host(const struct endpoint *endpoint, int type, int64_t deadline,
		 struct addrinfo **addresses, struct failure *failure);

/* A connected, non-blocking socket to the first of these addresses that takes it, or -errno.  Each
 * gets its share of the time that is left, so that a silent one leaves some to those behind it. */
int connect_to_any(const struct addrinfo *addresses, int64_t deadline);

/* Likewise; *addresses are then those behind that one, or none. */
int connect_to_next(const struct addrinfo **addresses, int64_t deadline);

/* Says that there is no connection to the endpoint: the failure's code. */
int explain_connect(const struct endpoint *endpoint, int error, struct failure *failure);

/*
 * A connected, non-blocking socket of this type to the endpoint's host (localhost, if it has none)
 * and port.  0 and the descriptor, or the failure's code.
 */
int connect_to_host(const struct endpoint *endpoint, int type, int64_t deadline, int *fd,
		    struct failure *failure);

/* Writes the two addresses that make a connection, as in 127.0.0.1:45012 and 127.0.0.1:7117. */
void name_peers(int fd, char peers[CHANNEL_PEERS]);

#endif
