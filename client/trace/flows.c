/* Puts the bytes of captured TCP connections back in order, each direction for itself. */
#include "client/trace/flows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HELD 1024 /* segments; then those missing are given up */

/* A segment that came too early. */
struct segment {
	struct segment *next;
	uint32_t sequence;
	size_t length;
	uint8_t bytes[];
};

static bool is_of(const struct flow *flow, const char *from, const char *to, bool tcp)
{
	return flow->tcp == tcp && strcmp(flow->from, from) == 0 && strcmp(flow->to, to) == 0;
}

static struct flow *find(const struct flows *flows, const char *from, const char *to, bool tcp)
{
	for (size_t i = 0; i < flows->count; i++)
		if (is_of(flows->list[i], from, to, tcp))
			return flows->list[i];
	return NULL;
}

struct flow *flows_reverse(const struct flows *flows, const struct flow *flow)
{
	return find(flows, flow->to, flow->from, flow->tcp);
}

struct flow *flows_find(struct flows *flows, const struct packet *packet)
{
	struct flow *flow = find(flows, packet->from, packet->to, packet->tcp);
	struct flow **list, *reverse;

	if (flow)
		return flow;
	list = realloc(flows->list, (flows->count + 1) * sizeof(struct flow *));
	if (!list)
		return NULL;
	flows->list = list;
	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return NULL;
	memcpy(flow->from, packet->from, sizeof(flow->from));
	memcpy(flow->to, packet->to, sizeof(flow->to));
	flow->tcp = packet->tcp;
	reverse = flows_reverse(flows, flow);
	flow->connection = reverse ? reverse->connection : flows->count + 1;
	flows->list[flows->count++] = flow;
	return flow;
}

/* ---- bytes in order ---- */

static void drop_held(struct flow *flow)
{
	struct segment *first = flow->held;

	flow->held = first->next;
	flow->held_count--;
	free(first);
}

/* What follows is not the rest of what came before. */
static void forget(struct flow *flow)
{
	flow->stream.length = 0;
	flow->reader = (struct framing_reader){ 0 };
	flow->protocol = FLOW_UNKNOWN;
	flow->directed = false;
}

/* A connection between the same two ports begins anew. */
static void restart(struct flow *flow, uint32_t sequence)
{
	while (flow->held)
		drop_held(flow);
	forget(flow);
	flow->next = sequence;
	flow->started = true;
}

/* Appends what is new of bytes that do not begin behind what is to come. */
static int append(struct flow *flow, uint32_t sequence, const uint8_t *bytes, size_t length)
{
	size_t known = flow->next - sequence;

	if (known >= length)
		return 0;
	flow->next += (uint32_t)(length - known);
	return buffer_append(&flow->stream, bytes + known, length - known);
}

static bool is_ahead(const struct flow *flow, uint32_t sequence)
{
	return (int32_t)(sequence - flow->next) > 0;
}

static int hold(struct flow *flow, const struct packet *packet)
{
	struct segment **place = &flow->held, *segment;

	segment = malloc(sizeof(*segment) + packet->length);
	if (!segment)
		return -ENOMEM;
	segment->sequence = packet->sequence;
	segment->length = packet->length;
	memcpy(segment->bytes, packet->payload, packet->length);
	while (*place && (int32_t)(packet->sequence - (*place)->sequence) > 0)
		place = &(*place)->next;
	segment->next = *place;
	*place = segment;
	flow->held_count++;
	return 0;
}

/* Appends the held segments whose turn it is. */
static int release_held(struct flow *flow)
{
	while (flow->held && !is_ahead(flow, flow->held->sequence)) {
		int r = append(flow, flow->held->sequence, flow->held->bytes, flow->held->length);

		if (r < 0)
			return r;
		drop_held(flow);
	}
	return 0;
}

static int skip_gap(struct flow *flow)
{
	flow->lost += flow->stream.length + (flow->held->sequence - flow->next);
	forget(flow);
	flow->next = flow->held->sequence;
	return release_held(flow);
}

int flow_take(struct flow *flow, const struct packet *packet)
{
	int r;

	if (packet->syn && (!flow->started || packet->sequence != flow->next))
		restart(flow, packet->sequence);
	if (packet->length == 0)
		return 0;
	if (!flow->started)
		restart(flow, packet->sequence);
	if (is_ahead(flow, packet->sequence)) {
		r = hold(flow, packet);
		return r == 0 && flow->held_count > MAX_HELD ? skip_gap(flow) : r;
	}
	r = append(flow, packet->sequence, packet->payload, packet->length);
	return r < 0 ? r : release_held(flow);
}

int flow_finish(struct flow *flow)
{
	int r = 0;

	while (r == 0 && flow->held)
		r = skip_gap(flow);
	return r;
}

void flows_release(struct flows *flows)
{
	for (size_t i = 0; i < flows->count; i++) {
		struct flow *flow = flows->list[i];

		while (flow->held)
			drop_held(flow);
		buffer_release(&flow->stream);
		buffer_release(&flow->marks);
		free(flow);
	}
	free(flows->list);
	*flows = (struct flows){ 0 };
}
