/*
 * Workers: threads that each have an event loop of their own.
 *
 * A session stays with its worker, so nothing is locked on the way of a call.  Over TCP and UDP the
 * kernel spreads the clients: each worker has its own socket at the same address (SO_REUSEPORT).  A
 * Unix socket is shared and wakes one of those that wait (EPOLLEXCLUSIVE), who gives the connection
 * to the worker that has fewest sessions.
 */
#include "server/runtime/worker.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "common/container.h"
#include "server/runtime/log.h"
#include "server/runtime/thread.h"

#define LEAST_PLACES 12  /* in each pool; a page may take each place 3 messages of memory */
#define PLACES_EACH  4   /* a processor */
#define LOOK_TIME    10  /* milliseconds between two looks whether all is delivered */
#define END_TIME     500 /* milliseconds for threads that may hang */

static void stop_worker(struct posted *posted)
{
	struct worker *worker = container_of(posted, struct worker, stop);

	worker->loop.stop = true;
}

static int open_pools(struct workers *workers, unsigned int patience)
{
	/* Pages make way for the loops, and digests for pages. */
	static const int niceness[POOL_KINDS] = { [POOL_SHORT] = 3, [POOL_LONG] = 10 };
	unsigned int places = PLACES_EACH * (unsigned int)get_nprocs();

	for (int kind = 0; kind < POOL_KINDS; kind++) {
		workers->pools[kind] = pool_open(places > LEAST_PLACES ? places : LEAST_PLACES,
						 patience, niceness[kind]);
		if (!workers->pools[kind])
			return -EAGAIN;
	}
	return 0;
}

/* The next worker.  0 or -errno. */
static int open_worker(struct workers *workers, const struct served *served,
		       const struct limits *limits)
{
	struct worker *worker = &workers->list[workers->count];
	int r = loop_init(&worker->loop);

	if (r < 0)
		return r;
	sessions_init(&worker->sessions, &worker->loop, served,
		      served->compat ? NULL : workers->pools, limits, &workers->peers,
		      workers->count ? &worker[-1].sessions : NULL);
	listeners_init(&worker->listeners, &worker->sessions);
	worker->stop.run = stop_worker;
	worker->stop_time = limits->stop_timeout;
	workers->count++;
	return 0;
}

struct workers *workers_open(unsigned int count, const struct served *served,
			     const struct limits *limits)
{
	struct workers *workers = calloc(1, sizeof(*workers) + count * sizeof(struct worker));
	int r;

	if (!workers)
		return NULL;
	r = peers_init(&workers->peers, count);
	if (r == 0 && !served->compat)
		r = open_pools(workers, limits->patience);
	while (r == 0 && workers->count < count)
		r = open_worker(workers, served, limits);
	if (r == 0)
		return workers;
	workers_close(workers);
	errno = -r;
	return NULL;
}

/* Answers and delivers what was asked by now. */
static void drain_worker(struct worker *worker)
{
	int64_t end = loop_clock() + worker->stop_time;

	listeners_finish(&worker->listeners, end);
	sessions_finish(&worker->sessions);
	while (loop_clock() < end) {
		bool over = listeners_are_over(&worker->listeners) &&
			    sessions_are_over(&worker->sessions);

		worker->loop.stop = false;
		/* Once more after all: another worker may have handed one over by now. */
		if (loop_run(&worker->loop, over ? 0 : LOOK_TIME) < 0 || over)
			break;
	}
	listeners_close(&worker->listeners); /* first: newcomers may come for ever */
	sessions_release(&worker->sessions);
}

static void *run_worker(void *argument)
{
	struct worker *worker = argument;
	int r = loop_run(&worker->loop, -1);

	if (r < 0)
		log_line(LOG_ERR, "a worker cannot wait for its clients, and ends: %s",
			 strerror(-r));
	drain_worker(worker);
	return NULL;
}

static void leave_out(struct worker *worker, int error)
{
	listeners_close(&worker->listeners);
	worker->left_out = true;
	worker->running = false;
	atomic_store(&worker->sessions.finishing, true); /* or it would be given clients */
	log_line(LOG_ERR, "a worker cannot start, and the others do its work: %s", strerror(error));
}

void workers_share(struct workers *workers)
{
	struct listeners *first = &workers->list[0].listeners;

	for (unsigned int i = 1; i < workers->count; i++) {
		struct worker *worker = &workers->list[i];
		int r = worker->left_out ? 0 : listeners_share(first, &worker->listeners);

		if (r < 0)
			leave_out(worker, -r);
	}
	for (struct listener *l = first->first; l; l = l->next)
		l->shared = true;
}

static void start_worker(struct worker *worker)
{
	int error = thread_start(&worker->thread, NULL, run_worker, worker);

	worker->running = error == 0;
	if (error)
		leave_out(worker, error);
}

int workers_serve(struct workers *workers)
{
	for (unsigned int i = 1; i < workers->count; i++)
		if (!workers->list[i].left_out)
			start_worker(&workers->list[i]);
	return loop_run(&workers->list[0].loop, -1);
}

void workers_drain(struct workers *workers)
{
	for (unsigned int i = 1; i < workers->count; i++)
		if (workers->list[i].running)
			loop_post(&workers->list[i].loop, &workers->list[i].stop);
	drain_worker(&workers->list[0]);
	for (unsigned int i = 1; i < workers->count; i++)
		if (workers->list[i].running)
			pthread_join(workers->list[i].thread, NULL);
	/* One that began to stop later than another may have handed clients over to it. */
	for (unsigned int i = 0; i < workers->count; i++)
		drain_worker(&workers->list[i]);
}

/* The pools end before the loops that their calls come back to. */
bool workers_close(struct workers *workers)
{
	bool ended = true;

	for (unsigned int i = 0; i < workers->count; i++) {
		sessions_release(&workers->list[i].sessions);
		listeners_close(&workers->list[i].listeners);
	}
	for (int kind = 0; kind < POOL_KINDS; kind++)
		ended = pool_close(workers->pools[kind], END_TIME) && ended;
	if (!ended)
		return false;
	for (unsigned int i = 0; i < workers->count; i++) {
		sessions_reap(&workers->list[i].sessions);
		counters_release(&workers->list[i].sessions.counters);
		loop_release(&workers->list[i].loop);
	}
	peers_release(&workers->peers);
	free(workers);
	return true;
}
