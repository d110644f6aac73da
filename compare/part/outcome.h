/* What a caller sees of a call that goes wrong, or should: the outcome in a word, and the rest. */
#ifndef SIDECALL_COMPARE_PART_OUTCOME_H
#define SIDECALL_COMPARE_PART_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "client/runtime/failure.h"
#include "compare/part/figures.h"

enum seen {
	SEEN_NONE,     /* it could not be staged: the note says why */
	SEEN_ANSWERED, /* right, in time */
	SEEN_LATE,     /* right, after the deadline */
	SEEN_WRONG,    /* success, with a result that is wrong */
	SEEN_ACCEPTED, /* success, with what should have been refused */
	SEEN_REFUSED,  /* the server said what is wrong with the call */
	SEEN_DETECTED, /* the caller saw that what came is no reply to the call */
	SEEN_CLOSED,   /* the connection ended */
	SEEN_NOBODY,   /* nobody is there */
	SEEN_TIMEOUT,  /* nothing came before the deadline */
	SEEN_HUNG,     /* not even the deadline ended it: we did */
	SEEN_FAILED,   /* something else */
	SEEN_COUNT
};

/* What an outcome means to the caller. */
enum meaning { NOTHING, SERVED, TOLD, DOUBT, HARM, MEANINGS };

/* What there is to say of each of them. */
struct seen_words {
	const char *name; /* "answered", "timed out", ... */
	char mark[3];     /* the same in two letters; capitals for what nobody wants to see */
	enum meaning meaning;
	int badness;           /* for a caller: see compare/against/change.c */
	const char *explained; /* a sentence without its end */
};

extern const struct seen_words seen_words[SEEN_COUNT];

const char *seen_name(enum seen seen);
/* The outcome of that name, or SEEN_NONE. */
enum seen seen_find(const char *name);

#define SIGHT_UNKNOWN (-1) /* where a number is not known */

struct sight {
	enum seen seen;
	int code;         /* the exit code, or SIGHT_UNKNOWN where there is no call of ours */
	int64_t after;    /* nanoseconds */
	int64_t executed; /* how often the call was */
	bool bad_client;  /* who looks is the bad client himself, for there is no other */
	char said[648];   /* what a person is told; "" for success */
	char note[160];   /* what the rest does not say, or "" */
};

void sight_init(struct sight *sight);

/* Takes a call's end in: its code and, unless that is 0, its failure.  A server that says no, or a
 * reply that is none, is `refusal`; success is `success`. */
void sight_take(struct sight *sight, int code, const struct failure *failure, enum seen success,
		enum seen refusal);

void sight_note(struct sight *sight, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds it to an object: "saw", "code", "after_ns", "executed", "said", "note", each only where it
 * is known, and "seen_by_bad_client" where that is so. */
void sight_put(const struct sight *sight, json_t *object);

#endif
