/*
 * What is timed against each other: contestants, each of which has a turn in every round.
 *
 * What else the machine does strikes all of them then, and a number that is the median of the
 * rounds, with the extremes beside it, says how far it is to be trusted.
 */
#ifndef SIDECALL_COMPARE_TIME_TIMED_H
#define SIDECALL_COMPARE_TIME_TIMED_H

#include "compare/part/part.h"
#include "compare/part/rounds.h"
#include "measure/baseline.h"
#include "measure/load.h"

#define TIMED_MAX_ROUNDS ROUNDS_MOST

/* A number of each round. */
struct timed_number {
	double value[TIMED_MAX_ROUNDS];
};

/* A load on an endpoint, or (without a procedure) the baseline of a transport. */
struct contestant {
	json_t *object; /* what it is; gets its figures.  Its owner's. */
	struct load load;
	struct baseline baseline;
	struct timed_number p50, p90, p99, p999, per_second, client_cpu, server_cpu;
	struct timed_number sent, received; /* bytes of a call; 0 where nobody counts them */
	bool cpu_known;                     /* the server's, in all rounds */
	uint64_t fewest;                    /* calls of a round */
	struct histogram latency;           /* of all rounds */
};

struct contest {
	json_t *rows; /* the contestants' objects, in the order in which they were added */
	struct contestant **contestants;
	size_t count, room;
	int rounds;
	int64_t duration; /* nanoseconds of a turn */
};

void contest_init(struct contest *contest);
void contest_release(struct contest *contest);

/* Adds a contestant, all zeroes but for its row, which becomes the contest's; NULL when out of
 * memory. */
struct contestant *contest_add(struct contest *contest, json_t *object);

/*
 * Runs rounds, each in another order, so that nobody always comes behind the same one; which orders
 * is always the same.  A turn begins with a tenth of its time that is not counted, where it is
 * counted then.  0, or the failure's code: when one call fails, or is answered wrong, there are no
 * numbers at all.
 */
int contest_run(struct contest *contest, struct comparison *comparison, struct failure *failure);

/* Writes a number's median, with its extremes as bounds. */
void timed_set(json_t *object, const struct figure *figure, const struct timed_number *number,
	       int rounds);

/* The same, and what it was in each round: where it is held against others. */
void timed_set_rounds(json_t *object, const struct figure *figure,
		      const struct timed_number *number, int rounds);

/* Latencies and CPU times; or calls a second with their latencies; or latencies and bytes.  A
 * percentile has ten calls above it in each round, or is left out. */
void contestant_set_latency(const struct contestant *contestant, int rounds);
void contestant_set_throughput(const struct contestant *contestant, int rounds);
void contestant_set_payload(const struct contestant *contestant, int rounds);

/* The latencies that so many percent of the calls did not exceed, as [[percent, ns], ...], of all
 * rounds together: as far as ten calls lie on either side. */
json_t *contestant_percentiles(const struct contestant *contestant);

#endif
