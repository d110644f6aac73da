/* Who is timed against whom: the contestants of three contests. */
#ifndef SIDECALL_COMPARE_TIME_SCHEDULE_H
#define SIDECALL_COMPARE_TIME_SCHEDULE_H

#include "compare/lab/servers.h"
#include "compare/time/timed.h"

#define SCHEDULE_SIZES 5

/*
 * One call at a time on each endpoint and on each bare transport; many calls over tcp; and large
 * arguments.  The first two have both ends on one CPU and, where there is another, each on its own.
 * Each row of the document says so, and has the command that repeats it on servers that
 * schedule_prepare() starts.
 */
struct schedule {
	const struct servers *servers; /* the caller's */
	int64_t timeout;
	int cpus[2]; /* the second is -1 where there is only one */
	union procedure_arguments operands, payloads[SCHEDULE_SIZES];
	struct contest latency, throughput, payload;
};

/* False when an endpoint is missing, or memory; to be released in any case.  The rest of each
 * contest, as how long a turn takes, is the caller's to set. */
bool schedule_open(struct schedule *schedule, const struct servers *servers, int64_t timeout);
void schedule_release(struct schedule *schedule);

/* The commands that start the servers which the rows' commands call: a new array of strings. */
json_t *schedule_prepare(void);

#endif
