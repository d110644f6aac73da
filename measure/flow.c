/* One connection that is kept full: prepared calls in flight, and when each was due. */
#include "client/failures.h"
#include "measure/flow.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_BITS 12 /* of a call's name: 2^12 is FLOW_MAX_DEPTH */
#define PLACE_MASK ((UINT32_C(1) << PLACE_BITS) - 1)

int flow_open(struct flow *flow, struct client *client, struct prepared_calls *prepared,
	      unsigned int depth)
{
	*flow = (struct flow){ .client = *client, .prepared = prepared, .depth = depth };
	flow->client.channel->corked = true;
	flow->turn = flow->client.channel->first_id;
	flow->flights = calloc(depth, sizeof(*flow->flights));
	flow->free = calloc(depth, sizeof(*flow->free));
	if (!flow->flights || !flow->free)
		return -ENOMEM;
	while (flow->free_count < depth) {
		flow->free[flow->free_count] = (uint16_t)(depth - 1 - flow->free_count);
		flow->free_count++;
	}
	return 0;
}

void flow_close(struct flow *flow)
{
	free(flow->flights);
	free(flow->free);
	client_release(&flow->client);
	*flow = (struct flow){ 0 };
}

unsigned int flow_in_flight(const struct flow *flow)
{
	return flow->depth - flow->free_count;
}

/* A name that no call in flight has, and that leads back to its place; never 0. */
static uint32_t name(struct flow *flow, unsigned int place)
{
	do
		flow->turn++;
	while ((flow->turn << PLACE_BITS) == 0);
	return flow->turn << PLACE_BITS | place;
}

bool flow_send(struct flow *flow, int64_t due, int64_t now)
{
	struct prepared_call *prepared = prepared_next(flow->prepared);
	struct channel *channel = flow->client.channel;
	unsigned int place;
	uint32_t id, bytes;

	if (!flow->free_count)
		return false;
	place = flow->free[flow->free_count - 1];
	id = name(flow, place);
	bytes = htobe32(id);
	memcpy(prepared->call.data, &bytes, sizeof(bytes));
	if (channel_send(channel, prepared->call.data, prepared->call.length, CHANNEL_NOW) < 0)
		return false; /* when the peer has gone, receiving tells */
	if (flow_in_flight(flow) == 0)
		flow->heard = now;
	flow->free_count--;
	flow->flights[place] = (struct flight){ id, due, now, prepared };
	prepared_advance(flow->prepared);
	return true;
}

static void give_back(struct flow *flow, struct flight *flight)
{
	flight->id = 0;
	flow->free[flow->free_count++] = (uint16_t)(flight - flow->flights);
}

/* The connection is of no more use: all its calls have failed, and there may be none. */
int flow_lose(struct flow *flow, int error)
{
	struct failure failure;

	client_transport_failure(&flow->client, error, flow_in_flight(flow) > 0, &failure);
	flow->failed(flow->context, flow_in_flight(flow), &failure);
	flow->free_count = flow->depth;
	memset(flow->flights, 0, flow->depth * sizeof(*flow->flights));
	return -error;
}

/* Whose reply it is; NULL when nobody waits for it (any more). */
static struct flight *find_slot(const struct flow *flow, const struct message *reply)
{
	uint32_t id = reply->length < sizeof(id) ? 0 : channel_id_of(reply->bytes);
	uint32_t place = id & PLACE_MASK;
	struct flight *flight;

	if (id == 0 || place >= flow->depth || flow->flights[place].id != id)
		return NULL;
	flight = &flow->flights[place];
	return channel_answers(flow->client.channel, flight->prepared->call.data, reply) ? flight
											 : NULL;
}

/* All that arrived together, arrived at the same time: `now`, unless that is 0.  But shared memory
 * may have the reply to a call that was sent since.  When it arrived. */
static int64_t take_reply(struct flow *flow, const struct message *reply, int64_t now)
{
	struct flight *flight = find_slot(flow, reply);
	struct failure failure;

	if (!now || (flight && flight->sent >= now))
		now = clock_now();
	if (!flight)
		return now;
	flow->heard = now;
	if (prepared_check(flight->prepared, &flow->client.endpoint, reply, &failure) == 0)
		flow->answered(flow->context, now - flight->due);
	else
		flow->failed(flow->context, 1, &failure);
	give_back(flow, flight);
	return now;
}

int flow_receive(struct flow *flow, int64_t deadline,
		 void (*refill)(void *context, struct flow *flow, int64_t now))
{
	struct message reply;
	int64_t now = 0;
	int r = channel_receive(flow->client.channel, &reply, deadline);

	while (r > 0) {
		now = take_reply(flow, &reply, now);
		refill(flow->context, flow, now);
		r = channel_receive(flow->client.channel, &reply, CHANNEL_ARRIVED);
	}
	if (r == -ETIMEDOUT)
		return 0;
	return flow_lose(flow, r == 0 ? ECONNRESET : -r);
}

int flow_expire(struct flow *flow, int64_t now)
{
	struct failure failure;

	if (flow_in_flight(flow) && now - flow->heard >= flow->client.timeout)
		return flow_lose(flow, ETIMEDOUT);
	for (unsigned int i = 0; i < flow->depth; i++) {
		struct flight *flight = &flow->flights[i];

		if (!flight->id || now - flight->sent < flow->client.timeout)
			continue;
		client_transport_failure(&flow->client, ETIMEDOUT, true, &failure);
		flow->failed(flow->context, 1, &failure);
		give_back(flow, flight);
	}
	return 0;
}
