/*
 * On how many workers the sessions are, where the owner leaves that open: on the fewest that keep
 * up.
 *
 * A worker more is no gain where its thread finds no processor that is idle: then each worker finds
 * fewer calls at a time, and sleeps and is woken more often.  So sessions begin at the first
 * worker.  One that is busy all the time hands half of those that have something to do over to
 * another, while a processor is idle; and one whose work another could do, too, hands over all.
 */
#ifndef SIDECALL_SERVER_RUNTIME_BALANCE_H
#define SIDECALL_SERVER_RUNTIME_BALANCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct sessions;

/* What a worker knows of its load. */
struct balance {
	bool open;          /* the owner leaves it open; nothing else is used otherwise */
	int64_t next_look;  /* milliseconds */
	int64_t looked;     /* nanoseconds: when it looked last */
	int64_t worked;     /* nanoseconds of a processor that its thread had used by then */
	int64_t idle;       /* nanoseconds that all processors had been idle by then; -1: unknown */
	unsigned int full;  /* how many looks in turn found it busy all the time */
	unsigned int round; /* of looks, which sessions bear that have had a turn since */
	unsigned int active;       /* those that have */
	struct sessions *relief;   /* the worker that gets ... */
	unsigned int to_move;      /* ... so many more */
	atomic_bool in_use;        /* newcomers may go there, and its sessions stay */
	atomic_uint load;          /* percent of a processor, when it looked last; read by others */
	atomic_int_least64_t when; /* milliseconds: then */
};

/* What is to be done about a worker. */
enum balance_verdict {
	BALANCE_STAY,
	BALANCE_SPREAD, /* to another worker, if a processor is idle */
	BALANCE_RETIRE  /* its sessions go to those that are in use */
};

/* The first of all workers is in use, and the others where the owner does not leave it open. */
void balance_init(struct balance *balance, bool open, bool first);

/* What is to be done about a worker with this load, `full` looks in turn.  `least` is the load of
 * the one in use before it that has least; negative: it is the first. */
enum balance_verdict balance_judge(unsigned int load, unsigned int full, int least);

/* Whether, in so many nanoseconds, the processors were idle for long enough to spread: they had
 * been for so many before and after.  Where that is not known (negative) they may have been. */
bool balance_has_processor(int64_t before, int64_t after, int64_t elapsed);

/* Looks at the load of this worker, whose thread calls it, and decides. */
void balance_look(struct sessions *sessions);

/* Of all workers that are in use and take more the one with fewest sessions; this one where none
 * does. */
struct sessions *balance_least(struct sessions *sessions);

/* The worker that a session of this one, with nothing under way, is to go to now; NULL: none. */
struct sessions *balance_next(struct sessions *sessions);

#endif
