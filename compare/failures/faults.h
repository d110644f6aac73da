/* What can go wrong at an endpoint: made to happen, and seen by a caller. */
#ifndef SIDECALL_COMPARE_FAILURES_FAULTS_H
#define SIDECALL_COMPARE_FAILURES_FAULTS_H

#include "compare/lab/fake.h"
#include "compare/lab/testbed.h"

struct fault {
	const char *key;   /* in the document */
	const char *title; /* what goes wrong */
	const char *how;   /* how it is made to happen, in a sentence, for crafted_words() */
	/* Makes it happen to a testbed that is not open yet, and fills in its outcome.  0, or the
	 * failure's code when it could not be staged; the testbed is closed afterwards. */
	int (*happen)(struct testbed *testbed, struct failure *failure);
};

/* All of them; ends with a row of zeroes. */
extern const struct fault faults[];

/* The one of that key, which there is. */
const struct fault *fault_find(const char *key);

/* What they, and others, are made of.  As in happen() above: to a testbed that is open, a signal is
 * sent to its server while it executes a call, a digest that takes longer than `time` (nanoseconds,
 * which the call has); and to one that is not, a call is made to a server that misbehaves. */
int fault_signal_in_call(struct testbed *testbed, int signal, int64_t time,
			 struct failure *failure);
int fault_bad_server(struct testbed *testbed, enum fake_behaviour behaviour,
		     struct failure *failure);

#endif
