/* Closes descriptors of strangers outside the loop. */
#include "server/closing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/container.h"

struct closing {
	struct job job;
	struct pool_owner owner;
	struct peers *peers;
	struct peer *peer;
	void (*done)(void *context);
	void *context;
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

	if (closing->done)
		closing->done(closing->context);
	peers_drop(closing->peers, closing->peer);
	free(closing);
}

static struct closing *make(struct peers *peers, const struct peer_id *peer, unsigned int count)
{
	struct closing *closing = calloc(1, sizeof(*closing) + count * sizeof(int));

	if (!closing)
		return NULL;
	closing->peers = peers;
	closing->peer = peers_take(peers, peer);
	if (closing->peer)
		return closing;
	free(closing);
	return NULL;
}

void closing_start(struct pool *pool, struct loop *loop, struct peers *peers,
		   const struct peer_id *peer, const int *descriptors, unsigned int count,
		   void (*done)(void *context), void *context)
{
	struct closing *closing = pool ? make(peers, peer, count) : NULL;

	if (!closing) {
		close_all(descriptors, count);
		if (done)
			done(context);
		return;
	}
	closing->job.run = closing_run;
	closing->job.done = closing_done;
	closing->job.loop = loop;
	closing->job.always = true;
	closing->done = done;
	closing->context = context;
	closing->count = count;
	memcpy(closing->descriptors, descriptors, count * sizeof(descriptors[0]));
	snprintf(closing->job.what, sizeof(closing->job.what), "a client's descriptor");
	pool_owner_init(&closing->owner);
	pool_submit(pool, &closing->peer->share[POOL_HOUSEKEEPING], &closing->owner, &closing->job);
}
