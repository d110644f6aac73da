/* A load under way, and what became of its calls. */
#ifndef SIDECALL_MEASURE_RUN_H
#define SIDECALL_MEASURE_RUN_H

#include "measure/load.h"
#include "measure/prepared.h"
#include "measure/schedule.h"

struct run {
	const struct load *load;
	struct load_result *result;
	struct schedule schedule;
	struct answer *answers; /* of the calls that are made in turn */
	unsigned int answer_count;
	struct prepared_calls prepared; /* of these */
	unsigned int in_flight;
	int64_t looked; /* when somebody looked last whether it is to end */
};

#define RUN_INTERVAL INT64_C(20000000) /* nanoseconds between two looks; no wait takes longer */

/* Begins no more calls when the program was told to end.  To be called often: it mostly returns at
 * once. */
void run_look(struct run *run, int64_t now);

/* What became of the calls.  The context is the run. */
void run_answered(void *context, int64_t latency);
void run_failed(void *context, unsigned int count, const struct failure *failure);

#endif
