/* A load on one endpoint: many calls of one procedure, and how long they took. */
#ifndef SIDECALL_MEASURE_LOAD_H
#define SIDECALL_MEASURE_LOAD_H

#include "common/held_signals.h"
#include "measure/answer.h"
#include "measure/histogram.h"

#define LOAD_MAX_CONNECTIONS 4096

struct load {
	struct endpoint endpoint;
	const struct procedure *procedure;
	void *arguments;    /* the caller's; also what they point to */
	void *const *later; /* what later calls have, in turn after these; NULL: the same */
	unsigned int later_count;
	unsigned int connections; /* at least 1 */
	unsigned int depth;       /* calls in flight on each, 1 to FLOW_MAX_DEPTH */
	uint64_t calls;           /* in all; 0: as many as there is time for */
	int64_t duration;         /* nanoseconds in which calls are begun; INT64_MAX: no limit */
	double rate;              /* calls a second that are due, whatever the server does: an open
				   * loop; 0: each call is due when there is a place for it */
	int64_t timeout;          /* nanoseconds until a call counts as failed */
	bool prepared;  /* packed once, and compared; else each by the stub, one at a time */
	int pin[2];     /* the CPUs of client and server; -1 for any */
	pid_t server;   /* its process, where the caller knows; 0: it is looked for */
	int64_t warmup; /* nanoseconds of calls that are not counted, made where the others are */
	/* As in struct answer; NULL: no failure is right. */
	bool (*right)(const void *arguments, const union procedure_result *result);
	/* Signals that end the program are held back here from when calls begin, end the load, and
	 * are the caller's to release, also after a failure; NULL: they end the program. */
	struct held_signals *ends;
};

struct load_result {
	struct histogram latency; /* of the calls that were answered, in nanoseconds */
	uint64_t errors;          /* calls that were not, or were due and never made */
	uint64_t busy;            /* of these: the server was busy, and did not execute them */
	struct failure failure;   /* why the first of them was not, or a connection was lost, maybe
				   * without a call in flight; code 0: neither */
	int64_t elapsed;          /* from the first call's beginning to the last one's end */
	uint64_t sent, received;  /* bytes on the transport, by all calls; 0 with tirpc */
	double client_cpu;        /* seconds */
	double server_cpu;        /* seconds; negative when the server's process is not known */
};

/*
 * Connects, makes one call that is checked and not counted, pins, and puts the load on.  0 with a
 * result (look at its failure), or the failure's code when it could not begin.
 */
int load_run(const struct load *load, struct load_result *result, struct failure *failure);

#endif
