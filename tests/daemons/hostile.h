/* Clients that mean a daemon no good, each in a process of its own until it is ended. */
#ifndef SIDECALL_TESTS_DAEMONS_HOSTILE_H
#define SIDECALL_TESTS_DAEMONS_HOSTILE_H

#include <sys/types.h>

#include "tests/daemons/call.h"

/* Whom it attacks, and with what. */
struct target {
	struct place place;
	struct ask ask, bulk; /* an honest call, and the one with the longest reply */
	int far;              /* the network namespace it comes from, or -1 */
	unsigned int crowd;   /* how many connections those have who crowd in */
};

/* Never returns. */
typedef void hostile_act(const struct target *target);

/* Messages that do not end: two bytes, or the first half of a call, and silence; a byte now and
 * then. */
hostile_act hostile_two_bytes, hostile_half_call, hostile_drip;

/* Replies that nobody takes: none of them, a few bytes now and then, or the connection closed. */
hostile_act hostile_never_read, hostile_slow_read, hostile_early_close;

/* Connections without calls: many that stay, without or with most of a record, and one after the
 * other. */
hostile_act hostile_crowd, hostile_half_records, hostile_churn;

/* What is no call: fragments without an end, lengths beyond all bounds, random bytes and calls that
 * were damaged or cut off, as records or as datagrams. */
hostile_act hostile_fragments, hostile_huge, hostile_garbage;

/* Starts it; -1 when there is no process to be had. */
pid_t hostile_start(hostile_act *act, const struct target *target);
void hostile_end(pid_t pid);

#endif
