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
};

/* Never returns. */
typedef void hostile_act(const struct target *target);

hostile_act hostile_two_bytes;

/* Starts it; -1 when there is no process to be had. */
pid_t hostile_start(hostile_act *act, const struct target *target);
void hostile_end(pid_t pid);

#endif
