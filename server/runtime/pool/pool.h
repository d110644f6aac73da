/*
 * Threads for what may wait for a disk, so that the loops never do.
 *
 * They run at a lower priority than the loops: who digests gigabytes makes way for who adds.  So
 * many jobs run at a time; a peer may have as many of them as are left free then, and so one alone
 * has half, and who comes next finds a place.  The same holds for each device that calls wait for,
 * in one half of the places: a file system that hangs takes that half and no more.  A job that
 * takes long lets others that wait run meanwhile, and goes on when it is its turn again.
 */
#ifndef SIDECALL_SERVER_RUNTIME_POOL_POOL_H
#define SIDECALL_SERVER_RUNTIME_POOL_POOL_H

#include "server/runtime/loop.h"

#define POOL_WHAT 128 /* bytes, for what a job waits for and a zero */

/* How long a job may take by its nature; and what is no call: what opens a client's pipes, and what
 * closes descriptors that are his.  Each kind has a pool of its own. */
enum pool_kind { POOL_SHORT, POOL_LONG, POOL_HOUSEKEEPING, POOL_CLOSING, POOL_KINDS };

/* One whose jobs take turns with others' of the same peer: a connection. */
struct pool_owner {
	struct link link; /* among its peer's, while it has jobs and none is parked */
	struct link jobs; /* that no thread has taken */
	bool parked;      /* one of its jobs is: the others wait behind that */
};

/* What one peer has of a pool; the pool's. */
struct pool_share {
	struct pool_share *next; /* whose turn is next, while jobs of his wait */
	struct link owners;      /* of jobs that no thread has taken, in turn */
	struct link parked;      /* jobs that wait for a device where too many do */
	struct link paused;      /* jobs that let others run */
	unsigned int waits;      /* how many of the first two */
	unsigned int runs;       /* how many run */
	unsigned int threads;    /* that have a job of his, paused ones included */
};

enum job_state { JOB_IDLE, JOB_WAITING, JOB_RUNNING, JOB_PAUSED, JOB_PARKED };

struct pool;

/* Work for a thread of the pool, embedded in whatever describes it, which outlives it. */
struct job {
	/* In a thread of the pool.  False when pool_may_wait() said no: then it has done nothing,
	 * and is run again later. */
	bool (*run)(struct job *job);
	void (*done)(struct job *job); /* afterwards, in the loop that it came from */
	/* Has run() end soon; called from any thread.  NULL: it is neither cancelled nor made way.
	 */
	void (*cancel)(struct job *job);
	struct loop *loop; /* that one */
	bool always;       /* it is not refused for others that wait */
	/* The pool's: */
	struct pool *pool;
	struct pool_share *share;
	struct pool_owner *owner;
	struct posted posted;
	struct link link; /* among those that are fresh, parked, or paused */
	enum job_state state;
	int64_t queued;       /* milliseconds: when it came, or began its pause */
	int64_t since;        /* likewise: when it began, or went on, to run */
	uint64_t device;      /* that it waits for */
	bool inside;          /* it was let in there */
	bool withdrawn;       /* nobody waits for it: it is to end as soon as it can */
	bool refused;         /* it made way for another's before it had run */
	char what[POOL_WHAT]; /* what of it */
};

/*
 * A pool that runs at most so many jobs at a time, in threads of this niceness (nice(2)) that are
 * started as they are needed; or NULL, without memory.  When a peer's job has waited
 * `patience` milliseconds and none of his runs, the job that has run longest of the peer with most
 * is cancelled.
 */
struct pool *pool_open(unsigned int places, unsigned int patience, int niceness);

void pool_share_init(struct pool_share *share);
void pool_owner_init(struct pool_owner *owner);

/*
 * Runs a job as soon as there is a place, and it is its peer's turn and its owner's.  When the peer
 * has as many jobs waiting as there is room left for, the newest of the peer that has most makes
 * way: it is done() as `refused`.  0, or -EBUSY when this peer has most itself, or not even one
 * thread is to be had.
 */
int pool_submit(struct pool *pool, struct pool_share *share, struct pool_owner *owner,
		struct job *job);

/* Takes back a job that no thread has taken: it is done() without having run.  One that is paused
 * goes on at once, for it is to find out that it is cancelled. */
void pool_withdraw(struct job *job);

/* Takes back a job that no thread has taken, as if it had never been submitted, and as `refused`.
 * False: a thread has it, or had. */
bool pool_refuse(struct job *job);

/* Asked by a job that takes long, now and then: lets another one run when some wait and it has had
 * its turn. */
void pool_pause(struct job *job);

/* Asked by a job that runs, before it does anything: whether it may wait for this device.  `what`
 * is for people, in case it never comes back. */
bool pool_may_wait(struct job *job, uint64_t device, const char *what);

/*
 * Ends the threads when all jobs have run.  True when they have, within so many milliseconds; then
 * their done() is still to be called: by loop_run_posted().  Otherwise some hang: each is logged,
 * and their memory must stay as it is until the process ends, or until this is asked again and
 * true.  NULL is harmless.
 */
bool pool_close(struct pool *pool, int64_t milliseconds);

#endif
