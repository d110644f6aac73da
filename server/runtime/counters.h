/*
 * What a worker counts of calls: for each procedure, protocol and transport how many ended how,
 * their bytes, and how long they took.
 *
 * One thread counts, and any may read: no counter is ever locked, and each worker's are its own.
 *
 * A call costs two comparisons and four additions, for calls that are alike come to their row
 * together.  They do so when the clock was looked at, which is not after every call: all that ended
 * between two looks, alike or not, are said to have taken equal parts of the time.
 */
#ifndef SIDECALL_SERVER_RUNTIME_COUNTERS_H
#define SIDECALL_SERVER_RUNTIME_COUNTERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/endpoint.h"

/* How a call ended: by the words of RFC 5531, section 9, and of the raw format (docs/protocol.md).
 */
enum call_outcome {
	OUTCOME_SUCCESS,
	OUTCOME_NO_REPLY,   /* none when the procedure returned: none is due, or it comes later */
	OUTCOME_PROGRAM,    /* PROG_UNAVAIL */
	OUTCOME_VERSION,    /* PROG_MISMATCH */
	OUTCOME_PROCEDURE,  /* PROC_UNAVAIL, BAD_OPERATION */
	OUTCOME_ARGUMENTS,  /* GARBAGE_ARGS, BAD_REQUEST */
	OUTCOME_SYSTEM,     /* SYSTEM_ERR, SERVER_ERROR */
	OUTCOME_RPC,        /* RPC_MISMATCH, BAD_VERSION: of the protocol itself */
	OUTCOME_CREDENTIAL, /* AUTH_ERROR, DENIED */
	OUTCOME_TOO_LARGE,  /* TOO_LARGE; by rpc it is SYSTEM_ERR */
	OUTCOME_BUSY,       /* BUSY; by rpc it is SYSTEM_ERR: its peer has used its share */
	OUTCOMES
};

/* "Other", in the place of a number: of what no program here has, so that callers who make numbers
 * up fill no table; and of what has no row, for there are too many. */
#define COUNTED_OTHER UINT32_MAX

/* A call, as it is counted. */
struct counted {
	uint32_t program, version, procedure; /* raw messages name no version: theirs is 0 */
	uint8_t protocol, transport;          /* enum endpoint_protocol, endpoint_transport */
	uint8_t outcome;                      /* enum call_outcome; of a row of counters: 0 */
	uint8_t unused;                       /* 0: calls are compared as bytes */
};

/* Durations: in place 0 those below 2^COUNTERS_LEAST nanoseconds; in place i those below
 * 2^(COUNTERS_LEAST + i), and not below half of that; in place COUNTERS_SPANS all that are longer.
 */
#define COUNTERS_LEAST 8
#define COUNTERS_SPANS 28

struct counters_row {
	struct counted call;
	atomic_uint_least64_t outcomes[OUTCOMES];
	atomic_uint_least64_t
		remembered; /* replies sent again, which are no calls (server/runtime/replay.h) */
	atomic_uint_least64_t received, sent; /* bytes of calls, and of replies */
	atomic_uint_least64_t nanoseconds;    /* that all together took */
	atomic_uint_least64_t spans[COUNTERS_SPANS + 1];
};

#define COUNTERS_ROWS 512 /* the last one is for what is all "other" */
/* Rows of the procedures of a version, by a protocol and transport; and of a program no more than
 * half of all.  What served_has_procedure() knows has one beyond them. */
#define COUNTERS_PROCEDURES 64
#define COUNTERS_TALLIES    16
#define COUNTERS_MEMO       32

/* Calls that are alike, and in no row yet. */
struct tally {
	struct counted call;
	struct counters_row *row; /* theirs, where it stays the same; NULL: it is to be found */
	uint64_t count, received, sent;
};

struct served;

struct counters {
	const struct served *served; /* what there is here; all else is "other" */
	unsigned int pending;        /* calls that are in no row yet */
	int64_t since;  /* nanoseconds of the loop's clock: when the first of them began */
	int64_t looked; /* likewise: the last look at it that anybody told of */
	bool untimed;   /* they count as long as the last that were timed ... */
	int64_t usual;  /* ... which took so many nanoseconds each */
	unsigned int tallies, last; /* that are in use; and where the last call was counted */
	struct tally tally[COUNTERS_TALLIES];
	struct counters_row *memo[COUNTERS_MEMO];
	_Atomic(struct counters_row *) rows[COUNTERS_ROWS]; /* the first `count` are there */
	atomic_uint count;
	/* Sessions that began and that ended here; behind the protocols, those of none of them, as
	 * the readers of metrics. */
	atomic_uint_least64_t opened[ENDPOINT_PROTOCOLS + 1][ENDPOINT_TRANSPORTS];
	atomic_uint_least64_t closed[ENDPOINT_PROTOCOLS + 1][ENDPOINT_TRANSPORTS];
};

void counters_release(struct counters *counters);

/* One thread changes it. */
static inline void counter_add(atomic_uint_least64_t *counter, uint64_t more)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
			      memory_order_relaxed);
}

static inline uint64_t counter_read(const atomic_uint_least64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Puts all calls that are in no row yet into theirs, at this time of the loop's clock in
 * nanoseconds. */
void counters_settle(struct counters *counters, int64_t now);

/* What comes now is timed, or not: then each is said to take as long as the last one that was, and
 * as those are that still wait for a time. */
void counters_begin(struct counters *counters, bool timed);

/* The clock was looked at since the last call ended: puts those before into their rows, unless they
 * are so few that the next look does. */
void counters_pass(struct counters *counters, int64_t looked);

/* Where a call is counted that is not like the last one. */
struct tally *counters_place(struct counters *counters, const struct counted *call);

/* Counts a call that has just ended.  `looked` is when the clock was looked at last, which was not
 * since it began. */
static inline void counters_count(struct counters *counters, const struct counted *call,
				  int64_t looked, size_t received, size_t sent)
{
	struct tally *tally = &counters->tally[counters->last];

	if (counters->looked != looked)
		counters_pass(counters, looked);
	if (memcmp(&tally->call, call, sizeof(*call)) != 0)
		tally = counters_place(counters, call);
	counters->pending++;
	tally->count++;
	tally->received += received;
	tally->sent += sent;
}

/* Counts one that took so many nanoseconds, apart from the others, as one that a pool made. */
void counters_count_apart(struct counters *counters, const struct counted *call, int64_t took,
			  size_t received, size_t sent);

/* Counts the reply to a call that got it before.  It says nothing of whether there is such a
 * procedure. */
void counters_count_remembered(struct counters *counters, const struct counted *call,
			       size_t received, size_t sent);

/* The rows that are there; any thread may ask. */
static inline unsigned int counters_rows(const struct counters *counters)
{
	return atomic_load_explicit(&counters->count, memory_order_acquire);
}

/* The place in `spans` of a duration. */
unsigned int counters_span(int64_t nanoseconds);

#endif
