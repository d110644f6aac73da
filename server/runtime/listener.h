/* Where clients come in: one listener for each address that is served, whatever its transport. */
#ifndef SIDECALL_SERVER_RUNTIME_LISTENER_H
#define SIDECALL_SERVER_RUNTIME_LISTENER_H

#include "common/endpoint.h"
#include "common/rendezvous.h"
#include "server/runtime/session.h"

/* Whose a listener's descriptor is. */
enum custody {
	CUSTODY_OURS,
	CUSTODY_BORROWED, /* somebody else's: it is not closed */
	/* Ours; but who gave it listens there, too, and has another server there after us.  So who
	 * comes when we stop is left to that one. */
	CUSTODY_KEPT,
};

struct listener;
struct listeners;

/* Adds to `others`, another worker's, a listener at the same address.  0 or -errno. */
typedef int share_function(struct listener *listener, struct listeners *others);

/* A transport's own part lies around it. */
struct listener {
	struct watch watch; /* its descriptor, -1 for libtirpc's; `ready` is the transport's */
	struct party party; /* newcomers take turns with those who are here */
	struct timer timer; /* runs while it rests */
	int64_t overtime;   /* of the loop, at its last turn */
	struct listeners *owner;
	struct listener *next;
	struct endpoint endpoint; /* with the address it really has */
	struct entrance entrance;
	struct rendezvous_lock lock; /* of a path; its descriptor is -1 where there is none */
	bool exclusive;              /* other workers wait for the same socket: wake one */
	bool shared;                 /* other workers have it already */
	enum custody custody;
	/* Releases what is the transport's: its files and memory, the listener's own included.  The
	 * descriptor is closed already. */
	void (*close)(struct listener *listener);
	/* The server stops: lets those in who came by now.  NULL: nobody can have. */
	void (*finish)(struct listener *listener);
	/* Whether all that came in by it, and has no session, is answered then.  NULL: it is. */
	bool (*is_over)(const struct listener *listener);
	/* NULL: this one does for all workers. */
	share_function *share;
};

struct listeners {
	struct sessions *sessions;
	struct listener *first, **last; /* in the order they were asked for */
	int spare; /* a descriptor in hand, to answer a client when no other is left; or -1 */
	struct timer_queue resting; /* listeners that cannot even do that, for a moment */
	int64_t end;                /* milliseconds by loop_clock(): when a stop ends at last */
};

/* A transport's way to open an endpoint: one file in server/runtime/transports/ each. */
struct transport {
	enum endpoint_transport transport;
	/* Adds a listener for each address that the endpoint means.  NULL, or what is wrong, which
	 * may be in `why`. */
	const char *(*listen)(struct listeners *listeners, const struct endpoint *endpoint,
			      char why[SIDECALL_SVC_WHY]);
};

void listeners_init(struct listeners *listeners, struct sessions *sessions);

/* Lets in who came by now; and whether all is answered that they keep. */
void listeners_finish(struct listeners *listeners, int64_t end);
bool listeners_are_over(const struct listeners *listeners);

/* Looks at newcomers no more: they are left where they are. */
void listener_leave_newcomers(struct listener *listener);

/* Ends the listener with this descriptor, if there is one. */
void listeners_remove(struct listeners *listeners, int fd);

/* Waits for all of them in a process that was forked, with a loop of its own. */
int listeners_renew(struct listeners *listeners);

/* Closes all, and removes their files. */
void listeners_close(struct listeners *listeners);

/* ---- for transports ---- */

/*
 * Adds a listener whose watch, endpoint, lock and close are set, and starts to watch its
 * descriptor. 0, or -errno, and then it is the caller's as before.
 */
int listeners_add(struct listeners *listeners, struct listener *listener);

/* Opens for another worker what the first one listens to and has not shared yet.  0 or -errno. */
int listeners_share(const struct listeners *listeners, struct listeners *others);

/* A new connection. */
struct connection {
	int in, out;     /* one for a socket */
	uint64_t number; /* by which its client knows it, where there is one */
	int lent;        /* the descriptor that it is a copy of, and one; 0: it is none */
};

/* Gets a new connection, whose descriptors it owns, to be served by this worker. */
typedef void accept_function(const struct entrance *entrance, struct sessions *owner,
			     const struct connection *connection);

/*
 * Serves the listening, non-blocking socket `fd`.  Unless it is borrowed, it owns it from now on,
 * also when this fails. Its address is asked of the socket.  A lock, if there is one, goes with it
 * on success; then the socket's path is removed at the end.  Other workers get a socket of their
 * own by `share`; without it they wait for this one, too, and each connection goes to the worker
 * that has fewest. 0 or -errno.
 */
int listeners_add_socket(struct listeners *listeners, int fd, const struct endpoint *endpoint,
			 enum custody custody, const struct rendezvous_lock *lock,
			 share_function *share, accept_function *accepted);

/* Gives a new connection to the worker that has fewest sessions. */
void listener_hand_over(const struct listener *listener, accept_function *accepted,
			const struct connection *connection);

/* A descriptor to keep in hand; or -1. */
int listeners_open_spare(const struct listeners *listeners);

#endif
