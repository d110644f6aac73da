/* What can go wrong at an endpoint: made to happen, and seen by a caller. */
#ifndef SIDECALL_COMPARE_FAILURES_FAULTS_H
#define SIDECALL_COMPARE_FAILURES_FAULTS_H

#include "compare/lab/testbed.h"

struct fault {
	const char *key;   /* in the document */
	const char *title; /* what goes wrong */
	const char *how;   /* how it is made to happen, in a sentence, for odd_words() */
	/* Makes it happen to a stage that is not open yet, and fills in its sight.  0, or the
	 * failure's code when it could not be staged; the stage is closed afterwards. */
	int (*happen)(struct stage *stage, struct failure *failure);
};

/* All of them; ends with a row of zeroes. */
extern const struct fault faults[];

#endif
