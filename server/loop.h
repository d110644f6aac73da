/*
 * Waits for descriptors and for time, and calls whoever asked: one thread, nothing that blocks.
 * Only loop_post() may be called from other threads.
 */
#ifndef SIDECALL_SERVER_LOOP_H
#define SIDECALL_SERVER_LOOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/spin.h"

struct loop;

/* A descriptor somebody waits for; embedded in the waiter, which outlives it. */
struct watch {
	int fd;
	uint32_t events; /* what is waited for now: EPOLLIN, EPOLLOUT; the loop's */
	void (*ready)(struct watch *watch, uint32_t events);
};

/* Something to be done after the events at hand, without waiting; it runs once. */
struct deferred {
	struct deferred *next;
	bool queued;
	void (*run)(struct deferred *deferred);
};

/* Something that another thread wants done in this one; embedded in what it is about. */
struct posted {
	struct posted *next;
	void (*run)(struct posted *posted);
};

/* A timer in a queue in which every timer runs equally long, so that the first is the next. */
struct timer {
	struct timer *previous, *next; /* NULL when it is not running */
	int64_t due;                   /* milliseconds of the loop's clock */
};

struct timer_queue {
	struct timer head;
	int64_t duration; /* milliseconds; 0: its timers never expire */
	void (*expired)(struct timer *timer);
	struct timer_queue *next;
};

/*
 * Somebody whose work shows in memory before any descriptor tells of it, so that the loop looks
 * there for a short while before it sleeps.
 */
struct spinner {
	struct spinner *previous, *next;
	bool spinning;
	bool (*look)(struct spinner *spinner);  /* does what there is; whether there was any */
	void (*sleep)(struct spinner *spinner); /* from now on a descriptor has to tell */
};

struct loop {
	int epoll;
	bool stop;   /* set by a callback: loop_run() returns */
	int64_t now; /* milliseconds, CLOCK_MONOTONIC, at the last wake-up */
	struct timer_queue *queues;
	struct deferred *first, **last; /* deferred work, in order */
	struct watch wake;              /* an eventfd: something was posted */
	pthread_mutex_t lock;           /* of what was posted */
	struct posted *posted, **posted_last;
	struct spinner *spinners;
	struct spin spin;
	int64_t spun_until; /* nanoseconds: when to stop looking; 0 while nobody looks */
};

/* 0 or -errno. */
int loop_init(struct loop *loop);
void loop_release(struct loop *loop);

/* Waits for these events (level-triggered) from now on; 0 stops waiting.  0 or -errno. */
int loop_watch(struct loop *loop, struct watch *watch, uint32_t events);

/* Runs `deferred` once after the events at hand; harmless when it is queued already. */
void loop_defer(struct loop *loop, struct deferred *deferred);

/* Runs what was deferred until now; what these defer in turn waits for the next round. */
void loop_run_deferred(struct loop *loop);

/* Has `posted` run in the loop's thread, soon.  May be called from any thread. */
void loop_post(struct loop *loop, struct posted *posted);

/* Runs what was posted until now. */
void loop_run_posted(struct loop *loop);

/* Adds an empty queue, which the loop then looks at until it is released. */
void loop_add_queue(struct loop *loop, struct timer_queue *queue, int64_t duration,
		    void (*expired)(struct timer *timer));

/* (Re)starts a timer at the end of its queue; stops it, harmless when it is not running. */
void timer_start(struct loop *loop, struct timer_queue *queue, struct timer *timer);
void timer_stop(struct timer *timer);

/* Looks there from now on, until it has been in vain for long enough: then the spinner sleeps, and
 * is to be added again.  Descriptors are looked at in between.  Removing is harmless at any time.
 */
void loop_add_spinner(struct loop *loop, struct spinner *spinner);
void loop_remove_spinner(struct loop *loop, struct spinner *spinner);

/* Serves until loop->stop, or for at most `milliseconds` (-1: no limit).  0 or -errno. */
int loop_run(struct loop *loop, int64_t milliseconds);

/* Milliseconds of CLOCK_MONOTONIC, now. */
int64_t loop_clock(void);

/* The same, but only as exact as the kernel's tick (1 to 10 ms), for a tenth of the time. */
int64_t loop_tick(void);

#endif
