/* A worker: a thread with its own event loop, its own sessions and its own listening sockets. */
#ifndef SIDECALL_SERVER_RUNTIME_WORKER_H
#define SIDECALL_SERVER_RUNTIME_WORKER_H

#include "server/runtime/listener.h"

struct worker {
	struct loop loop;
	struct sessions sessions;
	struct listeners listeners;
	struct posted stop;
	pthread_t thread;
	bool left_out;     /* it cannot listen, or run */
	bool running;      /* in a thread of its own */
	int64_t stop_time; /* milliseconds that it has to finish what was asked */
};

/* What all workers of the daemon share. */
struct workers {
	struct pool *pools[POOL_KINDS];
	struct peers peers;
	unsigned int count;
	struct worker list[]; /* the first runs in the thread that calls workers_serve() */
};

/* So many workers, with nothing to listen to.  NULL and errno.  workers_close() releases them. */
struct workers *workers_open(unsigned int count, const struct served *served,
			     const struct limits *limits);

/* Opens for all workers what the first one listens to and they do not yet.  One that cannot is left
 * out, and logged. */
void workers_share(struct workers *workers);

/* Serves by all workers, until the first one's loop stops.  0 or -errno. */
int workers_serve(struct workers *workers);

/* Lets all workers answer and deliver what was asked by now, and closes all sockets, after
 * limits->stop_timeout at the latest. */
void workers_drain(struct workers *workers);

/* True when everything is released.  Otherwise a thread hangs in the kernel, which is logged: the
 * process is to end with what it has. */
bool workers_close(struct workers *workers);

#endif
