/* How often each latency was seen, in little memory: a histogram with log-linear buckets. */
#include "measure/histogram.h"

#include <math.h>
#include <stddef.h>

#define ROUNDING 1e-12 /* that a share may have been rounded up by */

/* The bucket of a value: its highest bits, behind how many there are below them. */
static size_t bucket_of(int64_t value)
{
	int shift = 63 - __builtin_clzll((uint64_t)value | 1) - HISTOGRAM_BITS;

	if (shift <= 0)
		return (size_t)value;
	return ((size_t)shift << HISTOGRAM_BITS) + (size_t)(value >> shift);
}

/* The largest value that falls into a bucket. */
static int64_t largest_in(size_t bucket)
{
	size_t shift = bucket >> HISTOGRAM_BITS;

	if (shift <= 1)
		return (int64_t)bucket;
	shift--;
	return ((int64_t)(bucket - (shift << HISTOGRAM_BITS) + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, int64_t value)
{
	if (value < 0)
		value = 0;
	if (value > HISTOGRAM_LARGEST)
		value = HISTOGRAM_LARGEST;
	if (!histogram->count || value < histogram->least)
		histogram->least = value;
	if (value > histogram->most)
		histogram->most = value;
	histogram->count++;
	histogram->sum += (double)value;
	histogram->buckets[bucket_of(value)]++;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
	if (!other->count)
		return;
	if (!histogram->count || other->least < histogram->least)
		histogram->least = other->least;
	if (other->most > histogram->most)
		histogram->most = other->most;
	histogram->count += other->count;
	histogram->sum += other->sum;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		histogram->buckets[i] += other->buckets[i];
}

int64_t histogram_quantile(const struct histogram *histogram, double share)
{
	/* 99.9 / 100 is a little more than 0.999, but not so that of 1000 it is more than 999. */
	double rank = ceil((share - ROUNDING) * (double)histogram->count);
	uint64_t wanted = rank > 0 ? (uint64_t)rank : 0, seen = 0;

	if (!histogram->count)
		return 0;
	if (wanted <= 1)
		return histogram->least;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (seen >= wanted)
			return largest_in(i) < histogram->most ? largest_in(i) : histogram->most;
	}
	return histogram->most;
}
