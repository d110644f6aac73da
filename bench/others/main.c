/*
 * PROGRAM serve DIRECTORY
 * PROGRAM call ADDRESS SECONDS
 *
 * One call at a time, and how long each took: the same loop around every way.  It prints the
 * medians and the 99th percentiles of divide() and of list(), in microseconds, and what list() saw.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/others/way.h"
#include "client/runtime/clock.h"
#include "measure/histogram.h"

#define SECOND INT64_C(1000000000)
#define WARMUP 10 /* a tenth of the time is not counted */

static uint64_t seen; /* by list() */

static bool divide_once(void)
{
	int64_t quotient = 0;

	return way.divide(84, 2, &quotient) && quotient == 42;
}

static bool list_once(void)
{
	return way.list(&seen);
}

static bool measure(bool (*call)(void), int64_t duration, struct histogram *latency)
{
	const int64_t start = clock_now(), counted = start + duration / WARMUP;
	int64_t before = start, after;

	for (; before < start + duration; before = after) {
		if (!call())
			return false;
		after = clock_now();
		if (before >= counted)
			histogram_add(latency, after - before);
	}
	return latency->count > 0;
}

static void print(const struct histogram *latency)
{
	printf("%.2f %.2f ", (double)histogram_quantile(latency, 0.5) / 1000,
	       (double)histogram_quantile(latency, 0.99) / 1000);
}

static int call(const char *address, double seconds)
{
	static struct histogram divide, list;
	int64_t duration = (int64_t)(seconds * SECOND);

	if (!way.open(address) || !measure(divide_once, duration, &divide) ||
	    !measure(list_once, duration, &list)) {
		fprintf(stderr, "a call was not answered, or wrong\n");
		return EXIT_FAILURE;
	}
	print(&divide);
	print(&list);
	printf("%" PRIu64 "\n", seen);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "serve") == 0 && way.serve)
		return way.serve(argv[2]);
	if (argc == 4 && strcmp(argv[1], "call") == 0)
		return call(argv[2], atof(argv[3]));
	fprintf(stderr, "usage: %s serve DIRECTORY | call ADDRESS SECONDS\n", argv[0]);
	return 64;
}
