/*
 * Waits for descriptors and for time, and gives turns to whoever has something to do: one thread,
 * in which nothing waits for anything but the loop itself.  Only loop_post() and loop_wake() may be
 * called from other threads.
 *
 * A round: look at all that has arrived, give turns for a millisecond at most, then end what has
 * waited too long.  So what has arrived is seen before what has more to do goes on, and nobody's
 * time is over while what he sent lies here unseen.
 */
#ifndef SIDECALL_SERVER_RUNTIME_LOOP_H
#define SIDECALL_SERVER_RUNTIME_LOOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/list.h"
#include "common/spin.h"

struct loop;

/* A descriptor somebody waits for; embedded in the waiter, which outlives it. */
struct watch {
	int fd;
	uint32_t events; /* what is waited for now: EPOLLIN, EPOLLOUT; the loop's */
	/* Notes what has come, and asks for a turn; what takes long is done in that turn. */
	void (*ready)(struct watch *watch, uint32_t events);
};

/*
 * One who takes turns with others: a peer, with all that it has here, or all newcomers.  It is
 * embedded in whatever it stands for.
 */
struct party {
	struct party *next; /* NULL while it waits for no turn */
	/* Its turn, until the time for it is over.  Whether it wants another, which it need not ask
	 * for meanwhile; if not, it may be freed by then. */
	bool (*take_turn)(struct party *party);
};

/* Those who wait for a turn: a ring, known by its last.  All zeroes: nobody. */
struct turns {
	struct party *last;
	struct party *taking; /* whose turn it is */
};

/* Something that another thread wants done in this one; embedded in what it is about. */
struct posted {
	struct posted *next;
	void (*run)(struct posted *posted);
};

/* A timer in a queue in which every timer runs equally long, so that the first is the next. */
struct timer {
	struct link link;
	int64_t due; /* milliseconds of the loop's clock */
};

struct timer_queue {
	struct link timers;
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
	bool stop;            /* set by a callback: loop_run() returns */
	int64_t now;          /* milliseconds, CLOCK_MONOTONIC, after the last look */
	int64_t seen;         /* likewise: all that had arrived by then was looked at */
	int64_t clock;        /* nanoseconds of the same, at the end of the last turn */
	int64_t looked;       /* likewise: when anybody looked last, within a turn, too */
	bool fresh;           /* the turn that is being taken has looked at its end */
	int64_t turn_end;     /* when the turn that is being taken should be over */
	int64_t overtime;     /* nanoseconds that turns took beyond theirs, since the beginning */
	unsigned int watched; /* descriptors */
	struct turns turns;
	struct timer_queue *queues;
	struct watch wake;    /* an eventfd: something was posted */
	struct watch alarm;   /* a timerfd, where somebody else's loop waits; else its fd is -1 */
	int64_t alarm_due;    /* milliseconds: when it goes off; 0: not */
	bool passing;         /* it is being called */
	pthread_mutex_t lock; /* of what was posted */
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

/* Has the party take a turn when the others before it had theirs; harmless when it waits for one
 * already. */
void turns_ask(struct turns *turns, struct party *party);
static inline void loop_ask(struct loop *loop, struct party *party)
{
	turns_ask(&loop->turns, party);
}

/* Takes back what it asked for; harmless when it waits for no turn. */
void turns_forget(struct turns *turns, struct party *party);

/* Gives the one that waits longest its turn.  False when nobody waits. */
bool turns_give(struct turns *turns);

/* Gives everybody who waits turns until nobody does, whatever time that takes. */
void loop_give_all_turns(struct loop *loop);

/* When to look whether a turn is over; {0} at its beginning. */
struct turn_meter {
	unsigned int left, stride;
};

/*
 * Whether the turn that is being taken should end: to be asked between two calls.  It looks at the
 * clock after the first call, the third, and the seventh, and from then on after each eighth: a
 * look costs as much as a twentieth of a cheap call, and eight dear calls are a millisecond.
 */
bool loop_turn_is_over(struct loop *loop, struct turn_meter *meter);

/* Nanoseconds, now: for the end of a turn, after which the loop need not look itself. */
int64_t loop_look(struct loop *loop);

/* Has the loop look at everything again, as soon as it waits.  May be called from any thread. */
void loop_wake(struct loop *loop);

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

/* Serves until loop->stop, or for at most `milliseconds` (-1: no limit; 0: one round).  0 or
 * -errno. */
int loop_run(struct loop *loop, int64_t milliseconds);

/* ---- driven by somebody else's loop ---- */

/* From now on loop->epoll tells, as a descriptor that can be read, whenever there is something to
 * do: also when time is over.  0 or -errno. */
int loop_drive(struct loop *loop);

/* Does what there is to do, for a millisecond or so, and waits for nothing.  When it is called by
 * what it calls, it does nothing.  0 or -errno. */
int loop_pass(struct loop *loop);

/* Makes the loop of a process that was forked its own, behind the same descriptors: it waits for
 * nothing yet.  0 or -errno. */
int loop_renew(struct loop *loop);

/* Milliseconds of CLOCK_MONOTONIC, now; and nanoseconds. */
int64_t loop_clock(void);
int64_t loop_nanoseconds(void);

#endif
