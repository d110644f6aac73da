/* How the times of calls are shown; compare/time/time.c takes them. */
#ifndef SIDECALL_COMPARE_TIME_TIME_H
#define SIDECALL_COMPARE_TIME_TIME_H

#include "compare/show/html.h"
#include "compare/time/schedule.h"
#include "compare/part/part.h"
#include "compare/part/verdict.h"

/* What stands in place of their table where system calls could not be counted. */
#define TIME_NOT_COUNTED                                                                           \
	"Not known: they are counted by tracing both ends, which is not possible here."

PART_DECLARE(time);

#endif
