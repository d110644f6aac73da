/* What a server has counted (idl/status.x), asked of it. */
#ifndef SIDECALL_CLIENT_COUNTS_H
#define SIDECALL_CLIENT_COUNTS_H

#include "client/client.h"
#include "client/failures.h"
#include "idl/status.h"

struct counts {
	status_server server;
	status_events events;
	status_calls *calls; /* of all pages */
	size_t count;
};

/* Asks by rpc, over what is connected or may be.  0, or the failure's code; counts_release() in any
 * case. */
int counts_ask(struct client *client, struct counts *counts, struct failure *failure);
void counts_release(struct counts *counts);

/* All of them: how many there were, how many the server refused to execute or could not find or
 * understand, and how many failed there. */
uint64_t counts_calls(const status_outcomes *outcomes);
uint64_t counts_refused(const status_outcomes *outcomes);
uint64_t counts_failed(const status_outcomes *outcomes);

/* Nanoseconds in which this part of the calls (0 to 1) ended, as far as they are counted: in steps
 * that double.  0 where there were none. */
double counts_percentile(const u_quad_t spans[STATUS_SPANS], double part);

#endif
