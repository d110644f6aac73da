/*
 * Workers: threads that each have an event loop of their own.
 *
 * A session stays with the worker that accepted it, so nothing is locked on the way of a call.  The
 * kernel spreads the clients: over TCP and UDP each worker has its own socket at the same address
 * (SO_REUSEPORT), a Unix socket is shared and wakes one of those that wait (EPOLLEXCLUSIVE).
 */
#include "server/worker.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "server/log.h"

#define POOL_THREADS 12   /* for calls that may wait for a disk; a page may take each 3 MiB */
#define DRAIN_TIME   2000 /* milliseconds that a stop waits for peers to take their replies */

static void stop_worker(struct posted *posted)
{
	struct worker *worker = container_of(posted, struct worker, stop);

	worker->loop.stop = true;
}

struct workers *workers_open(unsigned int count, struct service *service,
			     const struct limits *limits)
{
	struct workers *workers = calloc(1, sizeof(*workers) + count * sizeof(struct worker));
	int r;

	if (!workers)
		return NULL;
	shared_init(&workers->shared);
	workers->pool = pool_open(POOL_THREADS, limits->patience);
	if (!workers->pool) {
		free(workers);
		return NULL;
	}
	for (; workers->count < count; workers->count++) {
		struct worker *worker = &workers->list[workers->count];

		r = loop_init(&worker->loop);
		if (r < 0) {
			workers_close(workers);
			errno = -r;
			return NULL;
		}
		sessions_init(&worker->sessions, &worker->loop, service, workers->pool, limits,
			      &workers->shared);
		listeners_init(&worker->listeners, &worker->sessions);
		worker->stop.run = stop_worker;
	}
	return workers;
}

static void drain(struct worker *worker)
{
	listeners_close(&worker->listeners);
	sessions_drain(&worker->sessions, DRAIN_TIME);
}

static void *run(void *argument)
{
	struct worker *worker = argument;
	int r = loop_run(&worker->loop, -1);

	if (r < 0)
		log_line("a worker cannot wait for its clients, and ends: %s", strerror(-r));
	drain(worker);
	return NULL;
}

static void leave_out(struct worker *worker, int error)
{
	listeners_close(&worker->listeners);
	worker->ready = worker->running = false;
	log_line("a worker cannot start, and the others do its work: %s", strerror(error));
}

void workers_share(struct workers *workers)
{
	for (unsigned int i = 1; i < workers->count; i++) {
		struct worker *worker = &workers->list[i];
		int r = listeners_share(&workers->list[0].listeners, &worker->listeners);

		worker->ready = r == 0;
		if (r < 0)
			leave_out(worker, -r);
	}
}

static void start(struct worker *worker)
{
	int error = pthread_create(&worker->thread, NULL, run, worker);

	worker->running = error == 0;
	if (error)
		leave_out(worker, error);
}

int workers_serve(struct workers *workers)
{
	for (unsigned int i = 1; i < workers->count; i++)
		if (workers->list[i].ready)
			start(&workers->list[i]);
	return loop_run(&workers->list[0].loop, -1);
}

void workers_drain(struct workers *workers)
{
	for (unsigned int i = 1; i < workers->count; i++)
		if (workers->list[i].running)
			loop_post(&workers->list[i].loop, &workers->list[i].stop);
	drain(&workers->list[0]);
	for (unsigned int i = 1; i < workers->count; i++)
		if (workers->list[i].running)
			pthread_join(workers->list[i].thread, NULL);
}

/* The pool ends before the loops that its calls come back to. */
void workers_close(struct workers *workers)
{
	for (unsigned int i = 0; i < workers->count; i++) {
		listeners_close(&workers->list[i].listeners);
		sessions_release(&workers->list[i].sessions);
	}
	pool_close(workers->pool);
	for (unsigned int i = 0; i < workers->count; i++) {
		loop_run_posted(&workers->list[i].loop);
		loop_run_deferred(&workers->list[i].loop);
		loop_release(&workers->list[i].loop);
	}
	shared_release(&workers->shared);
	free(workers);
}
