/* The threads of a pool: how many there are, which are woken, and who sees to it that all get on.
 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/duration.h"
#include "server/runtime/pool/internal.h"
#include "server/runtime/thread.h"

#define LOOK_TIME 10  /* milliseconds between two looks at those that wait */
#define TURN_TIME 100 /* milliseconds that a job runs until it lets others run */

/* Whether a thread sleeps, and there is a job for it: then it is to be woken. */
static bool may_wake(struct pool *pool)
{
	struct pool_share *before;

	if (pool->idle <= pool->woken || !pool_find_next(pool, &before))
		return false;
	pool->woken++;
	return true;
}

bool pool_may_wake(struct pool *pool)
{
	return pool_count_moving(pool, LOOK_TIME) + pool->woken < pool->prompt && may_wake(pool);
}

void pool_unlock(struct pool *pool, bool one)
{
	pthread_mutex_unlock(&pool->lock);
	if (one)
		pthread_cond_signal(&pool->more);
}

/* Called by each thread that was woken, when it takes a job or finds none; and by others, which
 * only wakes one more than it takes. */
static void count_awake(struct pool *pool)
{
	if (pool->woken)
		pool->woken--;
}

/* The next job that is new, or NULL when the pool closes and all have been taken.  Paused ones go
 * on in their own threads. */
static struct job *take_job(struct pool *pool)
{
	struct job *job;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		unsigned int begun = pool->begun;

		job = pool_next_job(pool);
		if (job && pool->begun != begun)
			break;
		if (job)
			pthread_cond_broadcast(&pool->resumed);
		else if (pool->closing && !pool->waiting && !pool->paused)
			break;
		else {
			count_awake(pool);
			pthread_cond_wait(&pool->more, &pool->lock);
		}
	}
	count_awake(pool);
	pool->idle--;
	pool_unlock(pool, pool_may_wake(pool));
	return job;
}

/* The job has run, or found no place at its device; then it waits for one, unless nobody waits for
 * it. */
static void end_run(struct pool *pool, struct job *job, bool done)
{
	pthread_mutex_lock(&pool->lock);
	done = done || job->withdrawn;
	pool_leave_place(pool, job);
	job->share->threads--;
	pool->taken--;
	pool->idle++;
	job->inside = false;
	if (done)
		job->state = JOB_IDLE;
	else
		pool_park(pool, job);
	if (pool->closing)
		pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	if (done)
		pool_return(job);
}

static void *work_jobs(void *argument)
{
	struct pool *pool = argument;
	struct job *job;

	/* Linux gives each thread a priority of its own. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), pool->niceness);
	while ((job = take_job(pool)))
		end_run(pool, job, job->run(job));
	pthread_mutex_lock(&pool->lock);
	pool->ended++;
	pthread_cond_broadcast(&pool->look);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* With as much of a stack as any thread: what is deep is encoded here, too. */
void pool_grow(struct pool *pool)
{
	if (pool->count < POOL_THREADS * pool->most &&
	    thread_start(&pool->threads[pool->count], NULL, work_jobs, pool) == 0) {
		pool->count++;
		pool->idle++;
	}
}

bool pool_begin(struct pool *pool)
{
	if (!pool->count)
		pool_grow(pool);
	if (pool->count && !pool->supervised && !pool->closing)
		pool->supervised = thread_start(&pool->supervisor, NULL, pool_supervise, pool) == 0;
	return pool->count && (pool->supervised || pool->closing);
}

/* Lets others run, in the place of this one, until it is its turn again.  Called with the lock
 * held; there is a thread to take the place. */
static void pause_here(struct pool *pool, struct job *job)
{
	pool_leave_place(pool, job);
	pool_queue_paused(pool, job);
	pthread_cond_broadcast(&pool->look);
	if (pool_may_wake(pool))
		pthread_cond_signal(&pool->more);
	while (job->state == JOB_PAUSED)
		pthread_cond_wait(&pool->resumed, &pool->lock);
}

void pool_pause(struct job *job)
{
	struct pool *pool = job->pool;

	pthread_mutex_lock(&pool->lock);
	if ((pool->waiting || pool->paused) && !pool->closing && !job->withdrawn &&
	    loop_clock() - job->since >= TURN_TIME) {
		if (!pool->idle)
			pool_grow(pool);
		if (pool->idle)
			pause_here(pool, job);
	}
	pthread_mutex_unlock(&pool->lock);
}

/* ---- the supervisor ---- */

static void cancel_longest(struct pool *pool)
{
	const struct job *starving = pool_find_starving(pool);
	int64_t before = loop_clock() - pool->patience;
	struct job *longest;

	if (!starving || starving->queued > before)
		return;
	longest = pool_find_longest(pool);
	if (longest && longest->since <= before)
		longest->cancel(longest);
}

/* Since the last look, when `begun` had been, nobody took a job that may run: all threads may be
 * waiting for a disk, so one more is worth while; or who was woken has not come. */
static void help_along(struct pool *pool, unsigned int begun)
{
	struct pool_share *before;

	if (begun == pool->begun && pool_find_next(pool, &before)) {
		pool->woken = 0;
		if (may_wake(pool))
			pthread_cond_signal(&pool->more);
		else
			pool_grow(pool);
	}
	if (pool->waiting)
		cancel_longest(pool);
}

static struct timespec time_after(int64_t milliseconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return duration_timespec(now.tv_sec * SECOND + now.tv_nsec + milliseconds * MILLISECOND);
}

void *pool_supervise(void *argument)
{
	struct pool *pool = argument;

	pthread_mutex_lock(&pool->lock);
	while (!pool->closing) {
		struct timespec due = time_after(LOOK_TIME);
		unsigned int begun = pool->begun;

		if (!pool->waiting && !pool->paused)
			pthread_cond_wait(&pool->look, &pool->lock);
		else
			pthread_cond_timedwait(&pool->look, &pool->lock, &due);
		help_along(pool, begun);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* ---- the end ---- */

bool pool_await_threads(struct pool *pool, int64_t milliseconds)
{
	struct timespec due = time_after(milliseconds);

	while (pool->ended < pool->count)
		if (pthread_cond_timedwait(&pool->look, &pool->lock, &due) == ETIMEDOUT)
			break;
	return pool->ended == pool->count;
}

void pool_join(const struct pool *pool)
{
	for (unsigned int i = 0; i < pool->count; i++)
		pthread_join(pool->threads[i], NULL);
}
