/* Closes descriptors of strangers outside the loop. */
#include "server/runtime/pool/closing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/container.h"

struct closing {
	struct job job;
	struct pool_owner owner;
	struct closing_order order;
	unsigned int count;
	int descriptors[];
};

static void close_all(const int *descriptors, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		close(descriptors[i]);
}

static bool closing_run(struct job *job)
{
	struct closing *closing = container_of(job, struct closing, job);

	close_all(closing->descriptors, closing->count);
	return true;
}

static void closing_done(struct job *job)
{
	struct closing *closing = container_of(job, struct closing, job);
	const struct closing_order order = closing->order;

	free(closing);
	if (order.done)
		order.done(order.context);
	peers_drop(order.peers, order.peer);
}

static struct closing *make_closing(const struct closing_order *order, const int *descriptors,
				    unsigned int count)
{
	size_t size = count * sizeof(descriptors[0]);
	struct closing *closing = calloc(1, sizeof(*closing) + size);

	if (!closing)
		return NULL;
	closing->order = *order;
	closing->count = count;
	memcpy(closing->descriptors, descriptors, size);
	pool_owner_init(&closing->owner);
	closing->job.run = closing_run;
	closing->job.done = closing_done;
	closing->job.loop = order->loop;
	closing->job.always = true;
	snprintf(closing->job.what, sizeof(closing->job.what), "a client's descriptor");
	return closing;
}

void closing_start(const struct closing_order *order, const int *descriptors, unsigned int count)
{
	struct closing *closing = order->pool ? make_closing(order, descriptors, count) : NULL;

	if (closing) {
		/* The session that they came by may end before they are closed. */
		peers_keep(order->peers, order->peer);
		if (pool_submit(order->pool, &order->peer->share[POOL_CLOSING], &closing->owner,
				&closing->job) == 0)
			return;
		peers_drop(order->peers, order->peer);
		free(closing);
	}
	close_all(descriptors, count);
	if (order->done)
		order->done(order->context);
}
