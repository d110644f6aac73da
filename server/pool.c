/* A few threads for what may wait for a disk. */
#include "server/pool.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NICENESS   10
#define STACK_SIZE ((size_t)512 << 10) /* bytes */

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct job *first, **last; /* that no thread has taken yet */
	unsigned int waiting;      /* how many these are */
	bool closing;
	unsigned int idle;        /* threads that wait for a job */
	unsigned int count, most; /* threads that there are, and may be */
	pthread_t threads[];
};

/* The next job, or NULL when the pool closes and all have been taken. */
static struct job *take(struct pool *pool)
{
	struct job *job;

	pthread_mutex_lock(&pool->lock);
	pool->idle++;
	while (!pool->first && !pool->closing)
		pthread_cond_wait(&pool->more, &pool->lock);
	pool->idle--;
	job = pool->first;
	if (job) {
		pool->first = job->next;
		pool->waiting--;
		if (!pool->first)
			pool->last = &pool->first;
	}
	pthread_mutex_unlock(&pool->lock);
	return job;
}

static void job_done(struct posted *posted)
{
	struct job *job = (struct job *)((char *)posted - offsetof(struct job, posted));

	job->done(job);
}

static void *work(void *argument)
{
	struct pool *pool = argument;
	struct job *job;

	/* Linux gives each thread a priority of its own. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
	while ((job = take(pool))) {
		job->run(job);
		job->posted.run = job_done;
		loop_post(job->loop, &job->posted);
	}
	return NULL;
}

/* One more thread, if there may be one.  Called with the lock held, or before anybody else can. */
static void grow(struct pool *pool)
{
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_SIZE);
	if (pool->count < pool->most &&
	    pthread_create(&pool->threads[pool->count], &small, work, pool) == 0)
		pool->count++;
	pthread_attr_destroy(&small);
}

struct pool *pool_open(unsigned int threads)
{
	struct pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->threads[0]));

	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->more, NULL);
	pool->last = &pool->first;
	pool->most = threads;
	pthread_mutex_lock(&pool->lock);
	grow(pool);
	pthread_mutex_unlock(&pool->lock);
	if (pool->count)
		return pool;
	pool_close(pool);
	return NULL;
}

void pool_submit(struct pool *pool, struct job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&pool->lock);
	*pool->last = job;
	pool->last = &job->next;
	pool->waiting++;
	if (pool->waiting > pool->idle)
		grow(pool);
	pthread_cond_signal(&pool->more);
	pthread_mutex_unlock(&pool->lock);
}

void pool_close(struct pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->closing = true;
	pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	while (pool->count)
		pthread_join(pool->threads[--pool->count], NULL);
	pthread_cond_destroy(&pool->more);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
