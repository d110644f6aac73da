/* Threads for what may wait for a disk. */
#include "server/runtime/pool/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#include "server/runtime/pool/internal.h"

#define MOST_WAITING 8192 /* jobs */

/* ---- the beginning ---- */

/* A condition that is waited for by the clock that nobody sets. */
static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static void release_pool(struct pool *pool)
{
	pthread_cond_destroy(&pool->look);
	pthread_cond_destroy(&pool->resumed);
	pthread_cond_destroy(&pool->more);
	pthread_mutex_destroy(&pool->lock);
	free(pool->running);
	free(pool->threads);
	free(pool);
}

struct pool *pool_open(unsigned int places, unsigned int patience, int niceness)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	init_condition(&pool->more);
	init_condition(&pool->look);
	init_condition(&pool->resumed);
	pool->most = places;
	pool->prompt = (unsigned int)get_nprocs();
	pool->patience = patience;
	pool->niceness = niceness;
	pool->running = calloc(places, sizeof(struct job *));
	pool->threads = calloc((size_t)places * POOL_THREADS, sizeof(pthread_t));
	if (pool->running && pool->threads)
		return pool;
	release_pool(pool);
	return NULL;
}

/* ---- jobs that come, and that are taken back ---- */

int pool_submit(struct pool *pool, struct pool_share *share, struct pool_owner *owner,
		struct job *job)
{
	bool enters, one = false;

	pthread_mutex_lock(&pool->lock);
	enters = pool_begin(pool) && (job->always || share->waits + pool->waiting < MOST_WAITING ||
				      pool_make_room(pool, share));
	if (enters) {
		pool_enqueue(pool, share, owner, job);
		if (pool->waiting > pool->idle && pool->count < pool->prompt)
			pool_grow(pool);
		one = pool_may_wake(pool);
	}
	pool_unlock(pool, one);
	return enters ? 0 : -EBUSY;
}

void pool_withdraw(struct job *job)
{
	struct pool *pool = job->pool;

	pthread_mutex_lock(&pool->lock);
	job->withdrawn = true;
	if (job->state == JOB_PAUSED)
		pthread_cond_broadcast(&pool->more);
	if (pool_take_back(pool, job))
		pool_return(job);
	pthread_mutex_unlock(&pool->lock);
}

bool pool_refuse(struct job *job)
{
	struct pool *pool = job->pool;
	bool taken;

	pthread_mutex_lock(&pool->lock);
	taken = pool_take_back(pool, job);
	job->refused |= taken;
	pthread_mutex_unlock(&pool->lock);
	return taken;
}

/* ---- the end ---- */

bool pool_close(struct pool *pool, int64_t milliseconds)
{
	bool ended, supervised;

	if (!pool)
		return true;
	pthread_mutex_lock(&pool->lock);
	supervised = pool->supervised;
	pool->supervised = false;
	pool->closing = true;
	pthread_cond_broadcast(&pool->more);
	pthread_cond_broadcast(&pool->look);
	pthread_mutex_unlock(&pool->lock);
	if (supervised)
		pthread_join(pool->supervisor, NULL);
	pthread_mutex_lock(&pool->lock);
	ended = pool_await_threads(pool, milliseconds);
	if (!ended)
		pool_log_hanging(pool);
	pthread_mutex_unlock(&pool->lock);
	if (!ended)
		return false;
	pool_join(pool);
	release_pool(pool);
	return true;
}
