/* A few threads for what may wait for a disk. */
#include "server/pool.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "common/container.h"

#define NICENESS   10
#define LOOKS      40                  /* at what runs, in the time that a job may run */
#define STACK_SIZE ((size_t)512 << 10) /* bytes */

/* Owners in the order of their turns: a ring, known by its last. */
struct turns {
	struct job_line *last;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct turns turns[JOB_KINDS]; /* of those with jobs that no thread has taken yet */
	unsigned int waiting;          /* how many jobs these are */
	bool closing;
	struct job **running;     /* what each thread does, or NULL */
	pthread_t warden;         /* sees to it that those that wait get their turn */
	pthread_cond_t closed;    /* the pool is, or a job waits: something for the warden */
	unsigned int idle;        /* threads that wait for a job, or are about to */
	unsigned int count, most; /* threads that there are, and may be */
	unsigned int prompt;      /* up to so many start as soon as jobs wait: one a processor */
	unsigned int taken;       /* jobs, until now */
	unsigned int patience;    /* milliseconds that a job may run while others wait */
	pthread_t threads[];
};

/* ---- whose turn it is; called with the lock held ---- */

static void line_up(struct turns *turns, struct job_line *line)
{
	struct job_line *last = turns->last;

	line->next = last ? last->next : line;
	if (last)
		last->next = line;
	turns->last = line;
}

static void step_out(struct turns *turns, struct job_line *line)
{
	struct job_line *before = line;

	while (before->next != line)
		before = before->next;
	before->next = line->next;
	if (turns->last == line)
		turns->last = before == line ? NULL : before;
}

static void append(struct job_line *line, struct job *job)
{
	job->next = NULL;
	if (line->first)
		line->last->next = job;
	else
		line->first = job;
	line->last = job;
}

/* A job of the owner whose turn it is; he is last then. */
static struct job *next_of(struct turns *turns)
{
	struct job_line *line = turns->last->next;
	struct job *job = line->first;

	line->first = job->next;
	if (line->first)
		turns->last = line;
	else if (turns->last == line)
		turns->last = NULL;
	else
		turns->last->next = line->next;
	return job;
}

/* Short jobs shall not wait for all the long ones, nor these for ever. */
static struct job *next_job(struct pool *pool)
{
	enum job_kind kind = pool->taken % 2 ? JOB_LONG : JOB_SHORT;

	if (!pool->turns[kind].last)
		kind = kind == JOB_LONG ? JOB_SHORT : JOB_LONG;
	pool->taken++;
	pool->waiting--;
	return next_of(&pool->turns[kind]);
}

/* ---- threads ---- */

/* The next job, or NULL when the pool closes and all have been taken. */
static struct job *take(struct pool *pool, unsigned int *place)
{
	struct job *job = NULL;

	pthread_mutex_lock(&pool->lock);
	while (!pool->waiting && !pool->closing)
		pthread_cond_wait(&pool->more, &pool->lock);
	pool->idle--;
	if (pool->waiting) {
		job = next_job(pool);
		for (*place = 0; pool->running[*place]; ++*place)
			;
		pool->running[*place] = job;
		job->started = loop_clock();
	}
	pthread_mutex_unlock(&pool->lock);
	return job;
}

static void forget(struct pool *pool, unsigned int place)
{
	pthread_mutex_lock(&pool->lock);
	pool->running[place] = NULL;
	pool->idle++;
	pthread_mutex_unlock(&pool->lock);
}

/* Has the job that runs longest end, if it had its time.  Called with the lock held. */
static void cancel_longest(struct pool *pool)
{
	struct job *longest = NULL;

	for (unsigned int i = 0; i < pool->most; i++) {
		struct job *job = pool->running[i];

		if (job && (!longest || job->started < longest->started))
			longest = job;
	}
	if (longest && loop_clock() - longest->started >= pool->patience)
		longest->cancel(longest);
}

static void grow(struct pool *pool);

/* Jobs wait, and since the last look, when `taken` had been taken, no thread was free for one: all
 * may be waiting for a disk, so one more is worth while; or the longest job makes way.  Called with
 * the lock held. */
static void help(struct pool *pool, unsigned int taken)
{
	if (!pool->waiting || pool->idle)
		return;
	if (pool->count == pool->most)
		cancel_longest(pool);
	else if (taken == pool->taken)
		grow(pool);
}

static void *watch(void *argument)
{
	struct pool *pool = argument;
	struct timespec due;
	unsigned int taken;

	pthread_mutex_lock(&pool->lock);
	while (!pool->closing) {
		clock_gettime(CLOCK_MONOTONIC, &due);
		due.tv_nsec += pool->patience * INT64_C(1000000) / LOOKS;
		due.tv_sec += due.tv_nsec / 1000000000;
		due.tv_nsec %= 1000000000;
		taken = pool->taken;
		if (!pool->waiting)
			pthread_cond_wait(&pool->closed, &pool->lock);
		else
			pthread_cond_timedwait(&pool->closed, &pool->lock, &due);
		help(pool, taken);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static void job_done(struct posted *posted)
{
	struct job *job = container_of(posted, struct job, posted);

	job->done(job);
}

static void give_back(struct job *job)
{
	job->posted.run = job_done;
	loop_post(job->loop, &job->posted);
}

static void *work(void *argument)
{
	struct pool *pool = argument;
	unsigned int place;
	struct job *job;

	/* Linux gives each thread a priority of its own. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
	while ((job = take(pool, &place))) {
		job->run(job);
		forget(pool, place);
		give_back(job);
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
	    pthread_create(&pool->threads[pool->count], &small, work, pool) == 0) {
		pool->count++;
		pool->idle++;
	}
	pthread_attr_destroy(&small);
}

/* A condition that is waited for by the clock that nobody sets. */
static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static void release(struct pool *pool)
{
	pthread_cond_destroy(&pool->closed);
	pthread_cond_destroy(&pool->more);
	pthread_mutex_destroy(&pool->lock);
	free(pool->running);
	free(pool);
}

struct pool *pool_open(unsigned int threads, unsigned int patience)
{
	struct pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->threads[0]));

	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	init_condition(&pool->more);
	init_condition(&pool->closed);
	pool->most = threads;
	pool->prompt = (unsigned int)get_nprocs();
	pool->patience = patience;
	pool->running = calloc(threads, sizeof(struct job *));
	if (!pool->running || pthread_create(&pool->warden, NULL, watch, pool) != 0) {
		release(pool);
		return NULL;
	}
	pthread_mutex_lock(&pool->lock);
	grow(pool);
	pthread_mutex_unlock(&pool->lock);
	if (pool->count)
		return pool;
	pool_close(pool);
	return NULL;
}

void pool_submit(struct pool *pool, struct job_owner *owner, struct job *job)
{
	struct job_line *line = &owner->lines[job->kind];

	pthread_mutex_lock(&pool->lock);
	if (!line->first)
		line_up(&pool->turns[job->kind], line);
	append(line, job);
	pool->waiting++;
	if (pool->waiting > pool->idle && pool->count < pool->prompt)
		grow(pool);
	pthread_cond_signal(&pool->more);
	if (pool->waiting == 1)
		pthread_cond_signal(&pool->closed); /* the warden begins to look */
	pthread_mutex_unlock(&pool->lock);
}

static void withdraw(struct pool *pool, struct turns *turns, struct job_line *line)
{
	struct job *job, *next;

	if (!line->first)
		return;
	step_out(turns, line);
	for (job = line->first; job; job = next) {
		next = job->next;
		pool->waiting--;
		give_back(job);
	}
	line->first = NULL;
}

void pool_withdraw(struct pool *pool, struct job_owner *owner)
{
	pthread_mutex_lock(&pool->lock);
	for (int kind = 0; kind < JOB_KINDS; kind++)
		withdraw(pool, &pool->turns[kind], &owner->lines[kind]);
	pthread_mutex_unlock(&pool->lock);
}

void pool_close(struct pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->closing = true;
	pthread_cond_broadcast(&pool->more);
	pthread_cond_signal(&pool->closed);
	pthread_mutex_unlock(&pool->lock);
	pthread_join(pool->warden, NULL);
	while (pool->count)
		pthread_join(pool->threads[--pool->count], NULL);
	release(pool);
}
