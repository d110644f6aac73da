/* When the calls of a load are due. */
#ifndef SIDECALL_CLIENT_MEASURE_SCHEDULE_H
#define SIDECALL_CLIENT_MEASURE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_NEVER INT64_MAX

struct schedule {
	int64_t start, end; /* nanoseconds of channel_clock() */
	uint64_t begun, calls;
	double interval; /* nanoseconds between two calls of an open loop; 0: a closed one */
};

/*
 * When the next call is due: in an open loop by the clock alone, so that the calls which a server
 * that stalls keeps from being made are counted from when they should have been (and not left out,
 * which is known as coordinated omission); in a closed one now.  SCHEDULE_NEVER when none is left.
 */
static inline int64_t schedule_due(const struct schedule *schedule, int64_t now)
{
	int64_t due = now;

	if (schedule->interval > 0)
		due = schedule->start + (int64_t)((double)schedule->begun * schedule->interval);
	return schedule->begun < schedule->calls && due < schedule->end ? due : SCHEDULE_NEVER;
}

#endif
