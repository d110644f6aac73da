/* A second client, which calls while something else goes on at the server. */
#ifndef SIDECALL_CHECK_BESIDE_H
#define SIDECALL_CHECK_BESIDE_H

#include "check/exchange.h"

struct beside {
	/* What goes on: done again and again, also while the client waits, so it must not wait
	 * itself; NULL: nothing is to be done. */
	void (*step)(void *what);
	void *what;
	struct exchange client;        /* connected before */
	struct exchange newcomer;      /* connects for each call */
	const struct exchange *failed; /* which of them was not answered; NULL: neither */
	unsigned int calls;            /* that were answered */
	int64_t slowest;               /* of them; nanoseconds */
};

/* Connects the client, whose first call is answered.  False: it is not. */
bool beside_begin(struct beside *beside, const struct check_target *target);

/* Has both call in turn, until that time or until a call is not answered in the target's. */
void beside_watch(struct beside *beside, int64_t end);

/* Says in a case's exchange what the client saw.  It is released. */
void beside_end(struct beside *beside, struct exchange *exchange);

#endif
