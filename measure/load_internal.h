/* A load under way: what its two ways of calling share. */
#ifndef SIDECALL_MEASURE_LOAD_INTERNAL_H
#define SIDECALL_MEASURE_LOAD_INTERNAL_H

#include "measure/load.h"
#include "measure/prepared.h"
#include "measure/schedule.h"

struct run {
	const struct load *load;
	struct load_result *result;
	struct schedule schedule;
	struct answer answer;
	struct prepared prepared;
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

/* One call at a time, by the stub, as programs call. */
void run_by_stub(struct run *run, struct client *client);

/* Connections that are kept full of prepared calls. */
struct members;

/* Opens them, of which `first` is one already.  0 or the failure's code; close them in any case. */
int members_open(struct members **members, struct run *run, struct client *first,
		 struct failure *failure);
void members_close(struct members *members);
void members_run(struct members *members);

/* Bytes on the transport until now. */
void members_traffic(const struct members *members, uint64_t *sent, uint64_t *received);

#endif
