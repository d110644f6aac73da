/* One connection that is kept full: prepared calls in flight, and when each was due. */
#ifndef SIDECALL_MEASURE_FLOW_H
#define SIDECALL_MEASURE_FLOW_H

#include "measure/prepared.h"

#define FLOW_MAX_DEPTH 4096 /* calls in flight on one connection */

/* A place for a call in flight; its index is the lower part of the call's name. */
struct flight {
	uint32_t id;  /* 0 when nothing is in flight here */
	int64_t due;  /* when it was to be sent, and is counted from */
	int64_t sent; /* when it was */
	const struct prepared_call *prepared;
};

struct flow {
	struct client client;
	struct prepared_calls *prepared; /* the caller's, whose names are written here */
	struct flight *flights;
	uint16_t *free; /* a stack of the places without a call */
	unsigned int depth, free_count;
	uint32_t turn; /* the upper part of the next call's name */
	int64_t heard; /* when the server answered last, or had nothing to answer */
	/* Told of each call that ended: its latency, or that it failed; also that the connection
	 * was lost with no call in flight. */
	void (*answered)(void *context, int64_t latency);
	void (*failed)(void *context, unsigned int count, const struct failure *failure);
	void *context;
};

/* Takes over a client that is connected.  0 or -ENOMEM; to be closed in either case. */
int flow_open(struct flow *flow, struct client *client, struct prepared_calls *prepared,
	      unsigned int depth);
void flow_close(struct flow *flow);

unsigned int flow_in_flight(const struct flow *flow);

/* Sends a call, counted from `due`.  False when there is no place, or no room, for it. */
bool flow_send(struct flow *flow, int64_t due, int64_t now);

/*
 * Receives what is there, waiting for the first reply until the deadline, which may be CHANNEL_NOW.
 * `refill` is called after each reply, with the time.  0; -errno when the connection is lost, and
 * its calls with it.
 */
int flow_receive(struct flow *flow, int64_t deadline,
		 void (*refill)(void *context, struct flow *flow, int64_t now));

/* Gives the connection up because of an error (a positive errno), and all its calls.  -errno. */
int flow_lose(struct flow *flow, int error);

/* Gives calls up whose time is over.  0; -ETIMEDOUT when the server has answered none for as long,
 * which loses the connection: nobody could say when a load on it would end. */
int flow_expire(struct flow *flow, int64_t now);

#endif
