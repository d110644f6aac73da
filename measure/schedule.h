/* When the calls of a load are due. */
#ifndef SIDECALL_MEASURE_SCHEDULE_H
#define SIDECALL_MEASURE_SCHEDULE_H

#include <math.h>
#include <stdint.h>

#define SCHEDULE_NEVER INT64_MAX

struct schedule {
	int64_t start, end; /* nanoseconds of clock_now() */
	uint64_t begun, calls;
	double interval; /* nanoseconds between two calls of an open loop; 0: a closed one */
	int64_t latest;  /* what was due before the end is made until then, and then no more */
};

/* When a call of an open loop is due; what is too far away for a clock is never. */
static inline int64_t schedule_when(const struct schedule *schedule)
{
	double since = (double)schedule->begun * schedule->interval;

	return since < (double)(SCHEDULE_NEVER - schedule->start) ? schedule->start + (int64_t)since
								  : SCHEDULE_NEVER;
}

/*
 * When the next call is due: in an open loop by the clock alone, so that the calls which a server
 * that stalls keeps from being made are counted from when they should have been (and not left out,
 * which is known as coordinated omission); in a closed one now.  SCHEDULE_NEVER when none is left,
 * or no time for it.
 */
static inline int64_t schedule_due(const struct schedule *schedule, int64_t now)
{
	int64_t due = now;

	if (schedule->interval > 0)
		due = schedule_when(schedule);
	return schedule->begun < schedule->calls && due < schedule->end && now < schedule->latest
		       ? due
		       : SCHEDULE_NEVER;
}

/* How many calls of an open loop are due until the end and are not made, once no more are: for want
 * of time, or of a server. */
static inline uint64_t schedule_missed(const struct schedule *schedule)
{
	double due = schedule->interval > 0 ? (double)(schedule->end - schedule->start) : 0;
	uint64_t all = schedule->calls;

	if (schedule->interval > 0)
		due = ceil(due / schedule->interval);
	if (due < (double)all)
		all = (uint64_t)due;
	if (all < schedule->begun || schedule_when(schedule) >= schedule->end)
		return 0;
	return all - schedule->begun;
}

#endif
