/* What is said of several figures: the one in the middle, and the extremes. */
#ifndef SIDECALL_MEASURE_SPREAD_H
#define SIDECALL_MEASURE_SPREAD_H

#include <stddef.h>

/* The median of an even count is the mean of the two in the middle. */
struct spread {
	double median, least, most;
};

/* Sorts the figures; of none, all is 0. */
struct spread spread_of(double *figures, size_t count);

#endif
