/* What the files of a pool share.  But for pool_unlock(), all is called with the lock held. */
#ifndef SIDECALL_SERVER_RUNTIME_POOL_INTERNAL_H
#define SIDECALL_SERVER_RUNTIME_POOL_INTERNAL_H

#include <pthread.h>

#include "server/runtime/pool/pool.h"

#define POOL_THREADS 4 /* for each job that may run: most of them are paused then */

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;     /* a job waits, or the pool closes */
	pthread_cond_t resumed;  /* a paused job is to go on */
	pthread_cond_t look;     /* something for the supervisor: a job waits; or for who closes */
	struct pool_share *last; /* of the ring of those whose jobs wait */
	unsigned int waiting;    /* jobs that no thread has */
	unsigned int paused;
	bool closing;
	bool supervised;         /* there is a supervisor, whom nobody has waited for yet */
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
	pthread_t
		supervisor; /* sees to it that those that wait get their turn; with the first job */
};

/* ---- places.c ---- */

/* Whether one more job of this share may wait for the device: as many of one half of the places as
 * would be left free. */
bool pool_has_place(const struct pool *pool, const struct pool_share *share, uint64_t device);

/* Gives the job a place, or takes it away again. */
void pool_take_place(struct pool *pool, struct job *job);
void pool_leave_place(struct pool *pool, struct job *job);

/* How many of those that run need a processor: who has been at a device for `at_device`
 * milliseconds may be waiting for it. */
unsigned int pool_count_moving(const struct pool *pool, int64_t at_device);

/* Of those that run, the one that has run longest of the shares that have most. */
struct job *pool_find_longest(const struct pool *pool);

void pool_log_hanging(const struct pool *pool);

/* ---- queue.c ---- */

/* The next job that may run, and the share before its own in the ring; NULL when there is none. */
struct job *pool_find_next(const struct pool *pool, struct pool_share **before);

/* The next job, in its place; its share is last then.  NULL: there is none. */
struct job *pool_next_job(struct pool *pool);

/* The job that has waited longest of those whose share has no thread. */
const struct job *pool_find_starving(const struct pool *pool);

/* Puts a job where it waits: fresh, for a place at its device, or for its next turn. */
void pool_enqueue(struct pool *pool, struct pool_share *share, struct pool_owner *owner,
		  struct job *job);
void pool_park(struct pool *pool, struct job *job);
void pool_queue_paused(struct pool *pool, struct job *job);

/* Has a job of whoever has most make way for one more of this share's.  False: nobody has more. */
bool pool_make_room(struct pool *pool, const struct pool_share *share);

/* Takes a job out of the queue; whether no thread had taken it. */
bool pool_take_back(struct pool *pool, struct job *job);

/* Has the job's done() called in its loop. */
void pool_return(struct job *job);

/* ---- threads.c ---- */

/* Whether a thread is to be woken now, which is counted then. */
bool pool_may_wake(struct pool *pool);

/* Unlocks the pool, and wakes a thread then: not before, or it would wait for the lock at once. */
void pool_unlock(struct pool *pool, bool wake);

/* One more thread, if there may be one. */
void pool_grow(struct pool *pool);

/* The first threads, which the first job needs.  False: they are not to be had. */
bool pool_begin(struct pool *pool);

/* The supervisor's thread: sees to it that those that wait get their turn. */
void *pool_supervise(void *pool);

/* Waits until all threads have ended, and for what they do on their way out. */
bool pool_await_threads(struct pool *pool, int64_t milliseconds);
void pool_join(const struct pool *pool);

#endif
