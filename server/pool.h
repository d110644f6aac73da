/*
 * A few threads for what may wait for a disk, so that the loops never do.
 *
 * They run at a lower priority than the loops: who digests gigabytes makes way for who adds.
 */
#ifndef SIDECALL_SERVER_POOL_H
#define SIDECALL_SERVER_POOL_H

#include "server/loop.h"

/* How long a job may take by its nature; each kind waits in a queue of its own. */
enum job_kind { JOB_SHORT, JOB_LONG, JOB_KINDS };

/* The jobs of one kind that wait for one owner, who takes turns with the others; all zeroes: none.
 */
struct job_line {
	struct job *first, *last;
	struct job_line *next; /* whose turn is next */
};

/* Whoever submits jobs, at any number at a time.  All zeroes; the pool's, while jobs wait. */
struct job_owner {
	struct job_line lines[JOB_KINDS];
};

/* Work for a thread of the pool, embedded in whatever describes it, which outlives it. */
struct job {
	void (*run)(struct job *job);    /* in a thread of the pool */
	void (*done)(struct job *job);   /* afterwards, in the loop that it came from */
	void (*cancel)(struct job *job); /* has run() end soon; called from any thread */
	struct loop *loop;               /* that one */
	enum job_kind kind;
	struct posted posted;
	struct job *next;
	int64_t started; /* when run() began, in milliseconds of CLOCK_MONOTONIC */
};

struct pool;

/*
 * A pool of at most so many threads, which are started as they are needed; or NULL when not even
 * one is to be had.  While all are busy and jobs wait, the job that has run longest is cancelled
 * once it has had `patience` milliseconds.
 */
struct pool *pool_open(unsigned int threads, unsigned int patience);

/*
 * Runs a job as soon as a thread is free and it is the owner's turn: short jobs and long ones get
 * every other thread while both wait, and of each kind every owner has one job run in his turn.
 */
void pool_submit(struct pool *pool, struct job_owner *owner, struct job *job);

/* Takes back the owner's jobs that no thread has taken: they are done() without having run. */
void pool_withdraw(struct pool *pool, struct job_owner *owner);

/* Ends the threads when all jobs have run.  Their done() is still to be called: by
 * loop_run_posted().  NULL is harmless. */
void pool_close(struct pool *pool);

#endif
