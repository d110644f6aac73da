/* A client that means no harm: it asks a daemon's real procedures, over and over, by each way. */
#ifndef SIDECALL_TESTS_DAEMONS_HONEST_H
#define SIDECALL_TESTS_DAEMONS_HONEST_H

#include "tests/daemons/daemons.h"

#define HONEST_DEADLINE (5 * SECOND) /* of a call */

struct honest {
	struct ask asks[DAEMON_ASKS];
	struct place places[DAEMON_ASKS][WAYS];
	bool found[DAEMON_ASKS][WAYS];
	int stayers[DAEMON_ASKS][WAYS]; /* descriptors that stay connected, or -1 */
	unsigned int calls;
	int64_t slowest; /* nanoseconds */
	char slowest_at[64];
	char why[160]; /* what went wrong first, and where; or "" */
};

/* Finds out from rpcbind where the daemon is, by the ways in the mask, and connects.  False when a
 * procedure is nowhere to be asked. */
bool honest_join(struct honest *honest, const struct ask *asks, unsigned int ways);

/* By how many ways the null procedure is answered; 0 when one that was found does not answer. */
unsigned int honest_probe(const struct honest *honest);

void honest_leave(struct honest *honest);

/* Asks each procedure by each way, on the connection that stays and on a new one.  False, and
 * `why`, once something went wrong; then it does nothing more. */
bool honest_round(struct honest *honest);

/* Rounds for so many nanoseconds, a few milliseconds apart. */
bool honest_rounds(struct honest *honest, int64_t duration);

#endif
