/* Sockets that somebody else bound: the program that is served, its parent, a service manager. */
#ifndef SIDECALL_SERVER_RUNTIME_TRANSPORTS_GIVEN_H
#define SIDECALL_SERVER_RUNTIME_TRANSPORTS_GIVEN_H

#include "server/runtime/listener.h"

/*
 * Serves the protocol on a socket: one that listens, one of datagrams, or one connection.  Unless
 * it is borrowed the descriptor is the server's from now on, and the caller's again if this fails.
 * 0; -ENOTSOCK; -EPROTOTYPE for a socket that carries no messages of ours; or -errno.
 */
int given_serve(struct listeners *listeners, int fd, enum endpoint_protocol protocol,
		bool borrowed);

/* ---- of the transports ---- */

accept_function tcp_accepted, unix_accepted;

/* Serves a bound socket of datagrams, which is closed when this fails, if it is not borrowed. */
int udp_serve(struct listeners *listeners, int fd, const struct endpoint *endpoint, bool borrowed);

#endif
