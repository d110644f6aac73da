/* Ways of doing the same thing, measured in turns. */
#ifndef SIDECALL_BENCH_CONTEST_H
#define SIDECALL_BENCH_CONTEST_H

#include <stdbool.h>

#include "measure/spread.h"
#include "tests/kit/process.h"

#define CONTEST_MAX_ROUNDS 99

/* The servers that contestants call: ours, ours with one worker, and libtirpc's own; another
 * program of rpcgen's, linked with the library, as libtirpc has it, and under `sidecall run`; and a
 * loop that is packed by hand, once for each protocol. */
struct servers {
	struct daemon ours, single, stock;
	struct daemon library, svc_run, run;
	struct daemon bare_rpc, bare_raw;
};

/* One way: a load on an endpoint, or the floor of a transport. */
struct contestant {
	const char *name;     /* what it is called in the table */
	const char *protocol; /* "rpc", "raw", "tirpc", or a name of contest.c's `aliases`;
				 "floor", "many" for one whose server waits as for many
				 clients, "spin" for one that does not sleep */
	const char *transport;
	unsigned int connections, depth;
	int pin[2];
	double seconds;      /* of a round */
	unsigned int hypers; /* summarize() of so many; 0: add() */
};

/* What is seen of a contestant in a round. */
enum metric {
	METRIC_RATE, /* calls a second */
	METRIC_P50,  /* microseconds */
	METRIC_CPU,  /* microseconds of the server's processor a call; negative: not known */
	METRICS
};

struct numbers {
	double value[CONTEST_MAX_ROUNDS];
	int count;
};

struct spread numbers_spread(const struct numbers *numbers);

/* Runs one round of one contestant, and adds its numbers.  False, after a report, when a call
 * failed: then there are none. */
bool contestant_run(const struct contestant *contestant, const struct servers *servers,
		    struct numbers numbers[METRICS]);

#endif
