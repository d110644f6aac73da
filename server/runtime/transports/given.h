/* Sockets that somebody else bound: the program that is served, its parent, a service manager. */
#ifndef SIDECALL_SERVER_RUNTIME_TRANSPORTS_GIVEN_H
#define SIDECALL_SERVER_RUNTIME_TRANSPORTS_GIVEN_H

#include "server/runtime/listener.h"

/*
 * What can be told of a descriptor by itself: the transport, and the address it is bound to.  Of a
 * Unix socket it cannot tell whether it hands shared memory over: that, and the protocol, are the
 * caller's to say; but a named pipe's name has its protocol in it.  0; -ENOTSOCK when it is neither
 * a socket nor a named pipe; -EPROTOTYPE for one that carries no messages of ours; -EADDRNOTAVAIL
 * for one of datagrams that nobody bound.
 */
int given_endpoint(int fd, struct endpoint *endpoint);

/*
 * Serves the endpoint that given_endpoint() told: by a socket that listens, one of datagrams, one
 * connection, or a well-known FIFO that is open for both ways.  Unless it is borrowed the
 * descriptor is the server's from now on, and closed if this fails.  0, or -errno.
 */
int given_serve(struct listeners *listeners, int fd, const struct endpoint *endpoint,
		enum custody custody);

/* ---- of the transports ---- */

accept_function tcp_accepted, unix_accepted, shm_accepted;

/* Serve a bound socket of datagrams, and a well-known FIFO, which are closed when this fails, if
 * they are not borrowed. */
int udp_serve(struct listeners *listeners, int fd, const struct endpoint *endpoint,
	      enum custody custody, share_function *share);
int fifo_serve(struct listeners *listeners, int fd, const struct endpoint *endpoint,
	       enum custody custody);

#endif
