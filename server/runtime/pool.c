/* Threads for what may wait for a disk. */
#include "server/runtime/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "common/container.h"
#include "server/runtime/log.h"
#include "server/runtime/thread.h"

#define LOOK_TIME  10                  /* milliseconds between two looks at those that wait */
#define STACK_SIZE ((size_t)512 << 10) /* bytes */
#define PLACES     8192                /* for jobs that wait */
#define THREADS    4                   /* for each job that may run: most of them are paused then */
#define TURN_TIME  100                 /* milliseconds that a job runs until it lets others run */

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;     /* a job waits, or the pool closes */
	pthread_cond_t resumed;  /* a paused job is to go on */
	pthread_cond_t look;     /* something for the warden: a job waits; or for who closes */
	struct pool_share *last; /* of the ring of those whose jobs wait */
	unsigned int waiting;    /* jobs that no thread has */
	unsigned int paused;
	bool closing;
	struct job **running;    /* in each place, or NULL */
	unsigned int busy, most; /* places that are taken, and that there are */
	unsigned int idle;       /* threads that wait for a job, or are about to */
	unsigned int woken;      /* of these: told that there is one */
	pthread_t *threads;      /* all that were ever started */
	unsigned int count;      /* how many; they end only when the pool closes */
	unsigned int ended;      /* of these */
	unsigned int taken;      /* threads that have a job */
	unsigned int prompt;     /* up to so many run as soon as jobs wait: one a processor */
	unsigned int begun;      /* jobs, until now */
	unsigned int patience;   /* milliseconds */
	int niceness;            /* of its threads */
	pthread_t warden;        /* sees to it that those that wait get their turn */
};

/* ---- whose turn it is; called with the lock held ---- */

void pool_share_init(struct pool_share *share)
{
	*share = (struct pool_share){ 0 };
	list_init(&share->owners);
	list_init(&share->parked);
	list_init(&share->paused);
}

void pool_owner_init(struct pool_owner *owner)
{
	*owner = (struct pool_owner){ 0 };
	list_init(&owner->jobs);
}

static bool nothing_waits(const struct pool_share *share)
{
	return list_is_empty(&share->owners) && list_is_empty(&share->parked) &&
	       list_is_empty(&share->paused);
}

static void line_up(struct pool *pool, struct pool_share *share)
{
	struct pool_share *last = pool->last;

	if (share->next)
		return;
	share->next = last ? last->next : share;
	if (last)
		last->next = share;
	pool->last = share;
}

/* Takes the share behind `before` out of the ring. */
static void step_out(struct pool *pool, struct pool_share *before)
{
	struct pool_share *share = before->next;

	before->next = share->next;
	if (pool->last == share)
		pool->last = before == share ? NULL : before;
	share->next = NULL;
}

/* Whether one more job of this share may wait for the device: as many of one half of the places as
 * would be left free. */
static bool has_place(const struct pool *pool, const struct pool_share *share, uint64_t device)
{
	unsigned int half = pool->most / 2, all = 0, own = 0;

	for (unsigned int i = 0; i < pool->most; i++) {
		const struct job *job = pool->running[i];

		if (!job || !job->inside || job->device != device)
			continue;
		all++;
		own += job->share == share;
	}
	return all < half && own < half - all;
}

static struct job *first_of(struct link *list)
{
	return list_is_empty(list) ? NULL : container_of(list->next, struct job, link);
}

/* The paused job of the share that may go on, if there is one. */
static struct job *find_paused(const struct pool *pool, struct pool_share *share)
{
	for (struct link *link = share->paused.next; link != &share->paused; link = link->next) {
		struct job *job = container_of(link, struct job, link);

		if (job->withdrawn || !job->inside || has_place(pool, share, job->device))
			return job;
	}
	return NULL;
}

/* The job of the owner whose turn it is. */
static struct job *find_fresh(const struct pool_share *share)
{
	if (list_is_empty(&share->owners))
		return NULL;
	return first_of(&container_of(share->owners.next, struct pool_owner, link)->jobs);
}

/* The first of the parked ones, if its device has a place now; otherwise another one is first,
 * whose device may have. */
static struct job *find_parked(const struct pool *pool, struct pool_share *share)
{
	struct job *job = first_of(&share->parked);

	if (!job || has_place(pool, share, job->device))
		return job;
	list_append(&share->parked, list_pop(&share->parked));
	return NULL;
}

static struct job *older_of(struct job *a, struct job *b)
{
	if (!a || !b)
		return a ? a : b;
	return b->queued < a->queued ? b : a;
}

/* The job of the share whose turn it is, if the share may have another place: as many as would be
 * left free, of places and, for one that has no thread yet, of threads. */
static struct job *find_job(const struct pool *pool, struct pool_share *share)
{
	struct job *job = find_paused(pool, share);

	if (job && job->withdrawn)
		return job;
	if (share->runs >= pool->most - pool->busy)
		return NULL;
	if (share->threads < THREADS * pool->most - pool->taken) {
		job = older_of(job, find_parked(pool, share));
		job = older_of(job, find_fresh(share));
	}
	return job;
}

/* The next job that may run, and the share before its own in the ring; NULL when there is none. */
static struct job *find_next(const struct pool *pool, struct pool_share **before)
{
	struct job *job;

	*before = pool->last;
	if (!pool->last || pool->busy == pool->most)
		return NULL;
	do {
		job = find_job(pool, (*before)->next);
		if (job)
			return job;
		*before = (*before)->next;
	} while (*before != pool->last);
	return NULL;
}

/* Gives the job a place. */
static void run_in_place(struct pool *pool, struct job *job)
{
	unsigned int place = 0;

	while (pool->running[place])
		place++;
	pool->running[place] = job;
	pool->busy++;
	job->share->runs++;
	job->state = JOB_RUNNING;
	job->since = loop_clock();
}

static void leave_place(struct pool *pool, struct job *job)
{
	unsigned int place = 0;

	while (pool->running[place] != job)
		place++;
	pool->running[place] = NULL;
	pool->busy--;
	job->share->runs--;
}

/* Puts the owner behind the others, if it is its turn some time. */
static void line_owner_up(struct pool_share *share, struct pool_owner *owner)
{
	list_remove(&owner->link);
	if (!owner->parked && !list_is_empty(&owner->jobs))
		list_append(&share->owners, &owner->link);
}

/* Takes a job out of where it waits; its owner is last then. */
static void take_out(struct job *job)
{
	list_remove(&job->link);
	if (job->state == JOB_PAUSED)
		return;
	if (job->state == JOB_PARKED)
		job->owner->parked = false;
	line_owner_up(job->share, job->owner);
}

/* The next job, in its place; its share is last then.  NULL: there is none. */
static struct job *next_job(struct pool *pool)
{
	struct pool_share *before, *share;
	struct job *job = find_next(pool, &before);
	bool fresh;

	if (!job)
		return NULL;
	share = job->share;
	fresh = job->state != JOB_PAUSED;
	take_out(job);
	if (nothing_waits(share))
		step_out(pool, before);
	else
		pool->last = share;
	run_in_place(pool, job);
	if (fresh) {
		share->waits--;
		share->threads++;
		pool->waiting--;
		pool->taken++;
		pool->begun++;
	} else {
		pool->paused--;
	}
	return job;
}

/* Whether a thread sleeps, and there is a job for it: then it is to be woken. */
static bool may_wake(struct pool *pool)
{
	struct pool_share *before;

	if (pool->idle <= pool->woken || !find_next(pool, &before))
		return false;
	pool->woken++;
	return true;
}

/* How many of those that run need a processor; who has been at a device for so long may be waiting
 * for it. */
static unsigned int count_moving(const struct pool *pool)
{
	int64_t before = loop_clock() - LOOK_TIME;
	unsigned int count = 0;

	for (unsigned int i = 0; i < pool->most; i++) {
		const struct job *job = pool->running[i];

		count += job && (!job->inside || job->since > before);
	}
	return count;
}

/* More threads than processors would only wait for one.  What that gets wrong, the warden sees. */
static bool may_wake_promptly(struct pool *pool)
{
	return count_moving(pool) + pool->woken < pool->prompt && may_wake(pool);
}

/* Not with the lock held, for which it would have to wait at once. */
static void unlock_and_wake(struct pool *pool, bool one)
{
	pthread_mutex_unlock(&pool->lock);
	if (one)
		pthread_cond_signal(&pool->more);
}

/* Called when one more job waits: the warden begins to look. */
static void count_waiting(struct pool *pool)
{
	pool->waiting++;
	if (pool->waiting == 1)
		pthread_cond_broadcast(&pool->look);
}

/* ---- devices ---- */

bool pool_may_wait(struct job *job, uint64_t device, const char *what)
{
	struct pool *pool = job->pool;
	bool may;

	pthread_mutex_lock(&pool->lock);
	may = has_place(pool, job->share, device);
	job->device = device;
	job->inside = may;
	snprintf(job->what, sizeof(job->what), "%s", what);
	pthread_mutex_unlock(&pool->lock);
	return may;
}

static void park_job(struct pool *pool, struct job *job)
{
	job->state = JOB_PARKED;
	job->owner->parked = true;
	list_remove(&job->owner->link);
	list_append(&job->share->parked, &job->link);
	line_up(pool, job->share);
	job->share->waits++;
	count_waiting(pool);
}

/* ---- threads ---- */

/* Called by each thread that was woken, when it takes a job or finds none; and by others, which
 * only wakes one more than it takes. */
static void is_awake(struct pool *pool)
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

		job = next_job(pool);
		if (job && pool->begun != begun)
			break;
		if (job)
			pthread_cond_broadcast(&pool->resumed);
		else if (pool->closing && !pool->waiting && !pool->paused)
			break;
		else {
			is_awake(pool);
			pthread_cond_wait(&pool->more, &pool->lock);
		}
	}
	is_awake(pool);
	pool->idle--;
	unlock_and_wake(pool, may_wake_promptly(pool));
	return job;
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

/* The job has run, or found no place at its device; then it waits for one, unless nobody waits for
 * it. */
static void put_down(struct pool *pool, struct job *job, bool done)
{
	pthread_mutex_lock(&pool->lock);
	done = done || job->withdrawn;
	leave_place(pool, job);
	job->share->threads--;
	pool->taken--;
	pool->idle++;
	job->inside = false;
	if (done)
		job->state = JOB_IDLE;
	else
		park_job(pool, job);
	if (pool->closing)
		pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	if (done)
		give_back(job);
}

static void *work_jobs(void *argument)
{
	struct pool *pool = argument;
	struct job *job;

	/* Linux gives each thread a priority of its own. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), pool->niceness);
	while ((job = take_job(pool)))
		put_down(pool, job, job->run(job));
	pthread_mutex_lock(&pool->lock);
	pool->ended++;
	pthread_cond_broadcast(&pool->look);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* One more thread, if there may be one.  Called with the lock held. */
static void grow_threads(struct pool *pool)
{
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_SIZE);
	if (pool->count < THREADS * pool->most &&
	    thread_start(&pool->threads[pool->count], &small, work_jobs, pool) == 0) {
		pool->count++;
		pool->idle++;
	}
	pthread_attr_destroy(&small);
}

/* Lets others run, in the place of this one, until it is its turn again.  Called with the lock
 * held; there is a thread to take the place. */
static void pause_here(struct pool *pool, struct job *job)
{
	leave_place(pool, job);
	job->state = JOB_PAUSED;
	job->queued = loop_clock();
	list_append(&job->share->paused, &job->link);
	line_up(pool, job->share);
	pool->paused++;
	pthread_cond_broadcast(&pool->look);
	if (may_wake_promptly(pool))
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
			grow_threads(pool);
		if (pool->idle)
			pause_here(pool, job);
	}
	pthread_mutex_unlock(&pool->lock);
}

/* ---- the warden ---- */

/* The job that has waited longest of those whose share has no thread.  Called with the lock held,
 * as all of these. */
static const struct job *find_starving(const struct pool *pool)
{
	struct pool_share *share = pool->last;
	struct job *starving = NULL;

	if (!share)
		return NULL;
	do {
		if (!share->threads) {
			starving = older_of(starving, find_fresh(share));
			starving = older_of(starving, first_of(&share->parked));
		}
		share = share->next;
	} while (share != pool->last);
	return starving;
}

/* Of those that run, the one that has run longest of the shares that have most. */
static struct job *find_longest(const struct pool *pool)
{
	struct job *longest = NULL;

	for (unsigned int i = 0; i < pool->most; i++) {
		struct job *job = pool->running[i];

		if (job && job->cancel &&
		    (!longest || job->share->runs > longest->share->runs ||
		     (job->share->runs == longest->share->runs && job->since < longest->since)))
			longest = job;
	}
	return longest;
}

static void make_way(struct pool *pool)
{
	const struct job *starving = find_starving(pool);
	int64_t before = loop_clock() - pool->patience;
	struct job *longest;

	if (!starving || starving->queued > before)
		return;
	longest = find_longest(pool);
	if (longest && longest->since <= before)
		longest->cancel(longest);
}

/* Since the last look, when `begun` had been, nobody took a job that may run: all threads may be
 * waiting for a disk, so one more is worth while; or who was woken has not come. */
static void help_along(struct pool *pool, unsigned int begun)
{
	struct pool_share *before;

	if (begun == pool->begun && find_next(pool, &before)) {
		pool->woken = 0;
		if (may_wake(pool))
			pthread_cond_signal(&pool->more);
		else
			grow_threads(pool);
	}
	if (pool->waiting)
		make_way(pool);
}

static struct timespec in_milliseconds(int64_t milliseconds)
{
	struct timespec due;

	clock_gettime(CLOCK_MONOTONIC, &due);
	due.tv_sec += milliseconds / 1000;
	due.tv_nsec += milliseconds % 1000 * 1000000;
	due.tv_sec += due.tv_nsec / 1000000000;
	due.tv_nsec %= 1000000000;
	return due;
}

static void *watch_pool(void *argument)
{
	struct pool *pool = argument;

	pthread_mutex_lock(&pool->lock);
	while (!pool->closing) {
		struct timespec due = in_milliseconds(LOOK_TIME);
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
	bool started;

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
	pool->threads = calloc((size_t)places * THREADS, sizeof(pthread_t));
	if (!pool->running || !pool->threads ||
	    thread_start(&pool->warden, NULL, watch_pool, pool) != 0) {
		release_pool(pool);
		return NULL;
	}
	pthread_mutex_lock(&pool->lock);
	grow_threads(pool);
	started = pool->count;
	pthread_mutex_unlock(&pool->lock);
	if (started)
		return pool;
	pool_close(pool, 0);
	return NULL;
}

/* ---- jobs that come, and that are taken back ---- */

static void leave_ring_if_idle(struct pool *pool, struct pool_share *share)
{
	struct pool_share *before = share;

	if (!nothing_waits(share))
		return;
	while (before->next != share)
		before = before->next;
	step_out(pool, before);
}

/* Whether no thread had taken it.  Called with the lock held, as the next ones are. */
static bool take_back(struct pool *pool, struct job *job)
{
	if (job->state != JOB_WAITING && job->state != JOB_PARKED)
		return false;
	take_out(job);
	job->share->waits--;
	pool->waiting--;
	leave_ring_if_idle(pool, job->share);
	job->state = JOB_IDLE;
	return true;
}

/* Of those whose jobs wait, the one that has most. */
static struct pool_share *find_most(const struct pool *pool)
{
	struct pool_share *most = pool->last;

	for (struct pool_share *s = pool->last->next; s != pool->last; s = s->next)
		if (s->waits > most->waits)
			most = s;
	return most;
}

static struct job *newest_of(const struct pool_share *share)
{
	const struct link *jobs = &share->parked;

	if (!list_is_empty(&share->owners))
		jobs = &container_of(share->owners.previous, struct pool_owner, link)->jobs;
	return list_is_empty(jobs) ? NULL : container_of(jobs->previous, struct job, link);
}

/* Has a job of whoever has most make way for one more of this share's.  False: nobody has more. */
static bool make_room(struct pool *pool, const struct pool_share *share)
{
	const struct pool_share *most = find_most(pool);
	struct job *job = most->waits > share->waits + 1 ? newest_of(most) : NULL;

	if (!job || !job->cancel || !take_back(pool, job))
		return false;
	job->refused = true;
	give_back(job);
	return true;
}

static void enter_line(struct pool *pool, struct pool_share *share, struct pool_owner *owner,
		       struct job *job)
{
	job->pool = pool;
	job->share = share;
	job->owner = owner;
	job->state = JOB_WAITING;
	job->queued = loop_clock();
	job->inside = false;
	job->withdrawn = false;
	job->refused = false;
	list_append(&owner->jobs, &job->link);
	if (!list_has(&owner->link))
		line_owner_up(share, owner);
	share->waits++;
	line_up(pool, share);
	count_waiting(pool);
}

int pool_submit(struct pool *pool, struct pool_share *share, struct pool_owner *owner,
		struct job *job)
{
	bool enters, one = false;

	pthread_mutex_lock(&pool->lock);
	enters = job->always || share->waits + pool->waiting < PLACES || make_room(pool, share);
	if (enters) {
		enter_line(pool, share, owner, job);
		if (pool->waiting > pool->idle && pool->count < pool->prompt)
			grow_threads(pool);
		one = may_wake_promptly(pool);
	}
	unlock_and_wake(pool, one);
	return enters ? 0 : -EBUSY;
}

void pool_withdraw(struct job *job)
{
	struct pool *pool = job->pool;

	pthread_mutex_lock(&pool->lock);
	job->withdrawn = true;
	if (job->state == JOB_PAUSED)
		pthread_cond_broadcast(&pool->more);
	if (take_back(pool, job))
		give_back(job);
	pthread_mutex_unlock(&pool->lock);
}

bool pool_refuse(struct job *job)
{
	struct pool *pool = job->pool;
	bool taken;

	pthread_mutex_lock(&pool->lock);
	taken = take_back(pool, job);
	job->refused |= taken;
	pthread_mutex_unlock(&pool->lock);
	return taken;
}

/* ---- the end ---- */

/* Waits until all threads have ended.  Called with the lock held. */
static bool await_end(struct pool *pool, int64_t milliseconds)
{
	struct timespec due = in_milliseconds(milliseconds);

	while (pool->ended < pool->count)
		if (pthread_cond_timedwait(&pool->look, &pool->lock, &due) == ETIMEDOUT)
			break;
	return pool->ended == pool->count;
}

/* Waits for what threads do on their way out, after they said that they end. */
static void join_all(const struct pool *pool)
{
	for (unsigned int i = 0; i < pool->count; i++)
		pthread_join(pool->threads[i], NULL);
}

static void log_hanging(const struct pool *pool)
{
	for (unsigned int i = 0; i < pool->most; i++)
		if (pool->running[i])
			log_line("a thread still waits in the kernel, at %s: we end without it",
				 pool->running[i]->what);
}

bool pool_close(struct pool *pool, int64_t milliseconds)
{
	bool ended, again;

	if (!pool)
		return true;
	pthread_mutex_lock(&pool->lock);
	again = pool->closing;
	pool->closing = true;
	pthread_cond_broadcast(&pool->more);
	pthread_cond_broadcast(&pool->look);
	pthread_mutex_unlock(&pool->lock);
	if (!again)
		pthread_join(pool->warden, NULL);
	pthread_mutex_lock(&pool->lock);
	ended = await_end(pool, milliseconds);
	if (!ended)
		log_hanging(pool);
	pthread_mutex_unlock(&pool->lock);
	if (!ended)
		return false;
	join_all(pool);
	release_pool(pool);
	return true;
}
