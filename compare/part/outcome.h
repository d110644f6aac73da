/* What a caller sees of a call that goes wrong, or should: the outcome in a word, and the rest. */
#ifndef SIDECALL_COMPARE_PART_OUTCOME_H
#define SIDECALL_COMPARE_PART_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "client/runtime/failure.h"
#include "compare/part/figures.h"

enum outcome_kind {
	OUTCOME_NONE,     /* it could not be staged: the note says why */
	OUTCOME_ANSWERED, /* right, in time */
	OUTCOME_LATE,     /* right, after the deadline */
	OUTCOME_WRONG,    /* success, with a result that is wrong */
	OUTCOME_ACCEPTED, /* success, with what should have been refused */
	OUTCOME_REFUSED,  /* the server said what is wrong with the call */
	OUTCOME_DETECTED, /* the caller saw that what came is no reply to the call */
	OUTCOME_CLOSED,   /* the connection ended */
	OUTCOME_NOBODY,   /* nobody is there */
	OUTCOME_TIMEOUT,  /* nothing came before the deadline */
	OUTCOME_HUNG,     /* not even the deadline ended it: we did */
	OUTCOME_FAILED,   /* something else */
	OUTCOME_COUNT
};

/* What an outcome means to the caller. */
enum meaning { MEANS_NOTHING, MEANS_SERVED, MEANS_TOLD, MEANS_DOUBT, MEANS_HARM, MEANS_COUNT };

/* What there is to say of each of them. */
struct outcome_text {
	const char *name; /* "answered", "timed out", ... */
	char mark[3];     /* the same in two letters; capitals for what nobody wants to see */
	enum meaning meaning;
	int badness;           /* for a caller: see compare/against/change.c */
	const char *explained; /* a sentence without its end */
};

extern const struct outcome_text outcome_texts[OUTCOME_COUNT];

const char *outcome_name(enum outcome_kind kind);
/* The outcome of that name, or OUTCOME_NONE. */
enum outcome_kind outcome_find(const char *name);

#define OUTCOME_UNKNOWN (-1) /* where a number is not known */

struct call_outcome {
	enum outcome_kind kind;
	int code;         /* the exit code, or OUTCOME_UNKNOWN where there is no call of ours */
	int64_t after;    /* nanoseconds */
	int64_t executed; /* how often the call was */
	bool bad_client;  /* who looks is the bad client himself, for there is no other */
	char said[648];   /* what a person is told; "" for success */
	char note[160];   /* what the rest does not say, or "" */
};

void call_outcome_init(struct call_outcome *outcome);

/* Takes a call's end in: its code and, unless that is 0, its failure.  A server that says no, or a
 * reply that is none, is `refusal`; success is `success`. */
void call_outcome_take(struct call_outcome *outcome, int code, const struct failure *failure,
		       enum outcome_kind success, enum outcome_kind refusal);

void call_outcome_note(struct call_outcome *outcome, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds it to an object: "saw", "code", "after_ns", "executed", "said", "note", each only where it
 * is known, and "seen_by_bad_client" where that is so. */
void call_outcome_put(const struct call_outcome *outcome, json_t *object);

#endif
