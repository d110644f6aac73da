/*
 * Many calls in flight on one channel, by the same stubs as one.
 *
 * Calls are sent in the order in which they were submitted, as long as there is room for them, and
 * end in any order.  How many are in flight at once depends on the transport: on byte streams and
 * in shared memory as many as have room; by datagrams a number that grows while replies come, and
 * is halved when one is lost (RFC 5681's additive increase, multiplicative decrease).  A server
 * that does nothing for the client's timeout, while calls are in flight, has failed them all.  When
 * the connection breaks, those in flight that may be executed twice are made again over another
 * one, before those that wait; so often without a reply between as client->repeats says.
 */
#ifndef SIDECALL_PROGRAMS_SIDECALL_PIPELINE_H
#define SIDECALL_PROGRAMS_SIDECALL_PIPELINE_H

#include "client/procedures.h"

/* One call; its owner's structure lies around it. */
struct pipeline_call {
	const struct procedure *procedure;
	void *arguments;               /* the owner's, until the call is done */
	union procedure_result result; /* released by the owner */
	int code;                      /* 0, or the failure's */
	struct failure failure;
	/* The call has ended, and belongs to its owner again, who may submit others. */
	void (*done)(struct pipeline_call *call);

	/* The pipeline's own. */
	struct pipeline_call *next, *previous;
	union procedure_pending pending;
	int64_t again, interval; /* when it is sent again, where messages get lost, and the next */
};

struct pipeline_list {
	struct pipeline_call *first, *last;
	unsigned int count;
};

struct pipeline {
	struct client *client; /* the owner's */
	struct pipeline_list waiting, flying;
	unsigned int window; /* calls that may be in flight */
	unsigned int gained; /* replies since it grew last */
	int64_t halved;      /* when it shrank last */
	unsigned int broken; /* connections since the last reply */
	int64_t deadline;    /* when the server has done nothing for too long */
	int input;           /* the owner's: where calls come from, or -1 */
};

/* The client may be connected or not; it connects with the first call. */
void pipeline_init(struct pipeline *pipeline, struct client *client);

/* Takes a call, whose procedure, arguments and done are set and whose rest is zero. */
void pipeline_submit(struct pipeline *pipeline, struct pipeline_call *call);

/* Whether another call would be sent at once: whoever has many submits no more than that. */
bool pipeline_has_room(const struct pipeline *pipeline);

/* Sends what there is room for, waits until something arrives or is lost, or there is something to
 * read from `input`, and has `done` called of each call that ended.  False when there is no call
 * left. */
bool pipeline_run(struct pipeline *pipeline);

/* Fails the calls that have not ended: `done` is called of each.  The channel is as before. */
void pipeline_abandon(struct pipeline *pipeline);

#endif
