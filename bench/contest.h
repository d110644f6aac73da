/* Two ways of doing the same thing, measured in turns, and by how much one is better. */
#ifndef SIDECALL_BENCH_CONTEST_H
#define SIDECALL_BENCH_CONTEST_H

#include <stdbool.h>

#include "measure/spread.h"
#include "tests/kit/process.h"

#define CONTEST_MAX_ROUNDS 99

/* The servers that contestants call: ours, ours with one worker, and libtirpc's own; and another
 * program of rpcgen's, linked with the library, as libtirpc has it, and under `sidecall run`. */
struct servers {
	struct daemon ours, single, stock;
	struct daemon library, svc_run, run;
};

/* One way: a load on an endpoint, or the floor of a transport.  The number it comes to is calls a
 * second, or with `median` the median latency in microseconds. */
struct contestant {
	const char *name;     /* what it is called in the table */
	const char *protocol; /* "rpc", "raw", "tirpc"; "stock" is rpc to libtirpc's server,
				 "single" is rpc to ours with one worker; "library",
				 "svc_run" and "run" are rpc to another program;
				 "floor", "many" for one whose server waits as for many
				 clients, "spin" for one that does not sleep */
	const char *transport;
	unsigned int connections, depth;
	int pin[2];
	double seconds; /* of a round */
	bool median;
};

/* Its numbers, round by round; ordered by contest_summarize(). */
struct numbers {
	double value[CONTEST_MAX_ROUNDS];
	int count;
};

struct spread numbers_spread(const struct numbers *numbers);

/* Runs one round of one contestant, and adds its number.  False, after a report, when a call
 * failed: then there is no number. */
bool contestant_run(const struct contestant *contestant, const struct servers *servers,
		    struct numbers *numbers);

#endif
