/* Where clients come in: listening sockets, whatever their transport. */
#ifndef SIDECALL_SERVER_LISTENER_H
#define SIDECALL_SERVER_LISTENER_H

#include "common/endpoint.h"
#include "common/rendezvous.h"
#include "server/stream.h"

struct listener {
	struct watch watch;
	struct listeners *owner;
	struct listener *next;
	struct endpoint endpoint;    /* with the address it really has */
	struct rendezvous_lock lock; /* of a path; its descriptor is -1 where there is none */
	void (*accepted)(int fd);    /* sets the options of a new connection; may be NULL */
};

struct listeners {
	struct streams *streams;
	struct listener *first, **last; /* in the order they were asked for */
	int spare; /* a descriptor in hand, to answer a client when no other is left */
};

/* A transport's way to open an endpoint: one file in server/transports/ each. */
struct transport {
	enum endpoint_transport transport;
	/* Adds a listener for each address that the endpoint means.  NULL, or what is wrong, in
	 * `why`, when not even one could be opened. */
	const char *(*listen)(struct listeners *listeners, const struct endpoint *endpoint,
			      char why[256]);
};

extern const struct transport transport_tcp;
extern const struct transport transport_unix;

void listeners_init(struct listeners *listeners, struct streams *streams);

/* Closes all, and removes their files. */
void listeners_close(struct listeners *listeners);

/* Opens an endpoint by its transport.  NULL, or what is wrong, in `why`. */
const char *listeners_open(struct listeners *listeners, const struct endpoint *endpoint,
			   char why[256]);

/*
 * For transports: serves the listening, non-blocking socket `fd`, which it owns from now on.  The
 * protocol is the endpoint's; its address is asked of the socket.  A lock, if there is one, goes
 * with it.  0 or -errno.
 */
int listeners_add(struct listeners *listeners, int fd, const struct endpoint *endpoint,
		  const struct rendezvous_lock *lock, void (*accepted)(int fd));

#endif
