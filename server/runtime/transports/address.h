/* What the transports of the server share: addresses to listen at. */
#ifndef SIDECALL_SERVER_RUNTIME_TRANSPORTS_ADDRESS_H
#define SIDECALL_SERVER_RUNTIME_TRANSPORTS_ADDRESS_H

#include <netdb.h>

#include "server/runtime/listener.h"

/*
 * Opens a listener at each address that the endpoint's host means, of this socket type; without a
 * host, at the loopback addresses of IPv4 and IPv6, because nothing goes beyond them unless an
 * address says so.  A family that the machine does not have is passed over.  `open` opens one: 0 or
 * -errno.  NULL, or what is wrong.
 */
const char *listen_at_hosts(struct listeners *listeners, const struct endpoint *endpoint, int type,
			    int (*open)(struct listeners *listeners,
					const struct endpoint *endpoint,
					const struct addrinfo *address, bool reuse_port),
			    char why[SIDECALL_SVC_WHY]);

/*
 * A bound, non-blocking socket at one of these addresses, or -errno.  Nobody else may have one
 * there, but our own workers may bind theirs beside it afterwards, with `reuse_port` set.
 */
int bind_address(const struct addrinfo *address, bool reuse_port);

/* Calls `open` with the address of a listener whose host and port are figures: for another worker.
 */
int share_host(const struct endpoint *endpoint, int type, struct listeners *others,
	       int (*open)(struct listeners *listeners, const struct endpoint *endpoint,
			   const struct addrinfo *address, bool reuse_port));

/*
 * Claims endpoint->path (the default one is filled in), removes what a dead server left there, and
 * binds a Unix socket to it.  The listening, non-blocking socket, or -errno, and then nothing is
 * held, but lock->owner may say by whom.
 */
int bind_at_path(struct endpoint *endpoint, struct rendezvous_lock *lock);

/*
 * Claims endpoint->path, removes what a dead server left there, and listens at it with a Unix
 * socket; `accepted` gets each connection.  NULL, or what is wrong.
 */
const char *listen_at_path(struct listeners *listeners, const struct endpoint *endpoint,
			   accept_function *accepted, char why[SIDECALL_SVC_WHY]);

/* What an error in claiming a path means, in words. */
const char *explain_path(int error, const struct rendezvous_lock *lock, char why[SIDECALL_SVC_WHY]);

#endif
