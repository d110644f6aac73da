/* How often each latency was seen, in little memory: a histogram with log-linear buckets. */
#ifndef SIDECALL_MEASURE_HISTOGRAM_H
#define SIDECALL_MEASURE_HISTOGRAM_H

#include <stdint.h>

/*
 * Each power of two is divided into 2^7 buckets of the same width, and values below 2^8 have a
 * bucket each.  So a value that is read back is at most 1/128 (0.8 %) above what was put in, and
 * never below; the extremes and the mean are exact.
 */
#define HISTOGRAM_BITS    7
#define HISTOGRAM_LARGEST ((INT64_C(1) << 42) - 1) /* 73 minutes; what is longer counts as that */
#define HISTOGRAM_BUCKETS ((42 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

/* All zeroes is an empty histogram.  Values are nanoseconds. */
struct histogram {
	uint64_t count;
	int64_t least, most;
	double sum;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, int64_t value);

/* Adds all that another one has seen. */
void histogram_merge(struct histogram *histogram, const struct histogram *other);

/* The value that `share` (0 to 1) of what was seen does not exceed; 0 when nothing was. */
int64_t histogram_quantile(const struct histogram *histogram, double share);

#endif
