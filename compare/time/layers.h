/* What the layers of a call cost by themselves, without any transport. */
#ifndef SIDECALL_COMPARE_TIME_LAYERS_H
#define SIDECALL_COMPARE_TIME_LAYERS_H

#include "compare/time/timed.h"

#define LAYERS 5

/* One layer: nanoseconds of one divide of 84 by 2, each round's median. */
struct layer {
	const char *layer, *what; /* its name, and what is done */
	struct timed_number cost;
	size_t packed; /* bytes of what it packs: arguments and result, or both messages */
};

/* Measures all of them on this CPU (-1 for any), in turns of so many nanoseconds.  0, or the
 * failure's code when one computes something wrong. */
int layers_run(struct layer layers[LAYERS], int cpu, int rounds, int64_t duration,
	       struct failure *failure);

#endif
