/* How many system calls one call takes, at both ends, counted by ptrace. */
#ifndef SIDECALL_COMPARE_TIME_SYSTEM_CALLS_H
#define SIDECALL_COMPARE_TIME_SYSTEM_CALLS_H

#include "compare/part/part.h"

/*
 * Makes an array with a row for each endpoint: means of many calls of divide on one connection, one
 * at a time, both ends on this CPU (-1 for any).  Where this process may not trace others there is
 * none: NULL, and 0.  Otherwise 0 or the failure's code, as when an answer is wrong.
 */
int system_calls_run(json_t **rows, struct comparison *comparison, int cpu,
		     struct failure *failure);

#endif
