/* Puts the bytes of captured TCP connections back in order, each direction for itself. */
#include "trace/flows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

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

/* FNV-1a, begun at a secret number. */
static uint64_t hash_of(const struct flows *flows, const char *from, const char *to, bool tcp)
{
	const char *const texts[] = { from, to };
	uint64_t hash = flows->seed ^ tcp;

	for (int i = 0; i < 2; i++) {
		const char *c = texts[i];

		do
			hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
		while (*c++);
	}
	return hash ^ hash >> 32;
}

static struct flow **chain_of(const struct flows *flows, uint64_t hash)
{
	return &flows->chains[hash & (flows->capacity - 1)];
}

static struct flow *find_flow(const struct flows *flows, const char *from, const char *to, bool tcp)
{
	struct flow *flow;

	if (!flows->capacity)
		return NULL;
	flow = *chain_of(flows, hash_of(flows, from, to, tcp));
	while (flow && !is_of(flow, from, to, tcp))
		flow = flow->chain;
	return flow;
}

struct flow *flows_reverse(const struct flows *flows, const struct flow *flow)
{
	return find_flow(flows, flow->to, flow->from, flow->tcp);
}

static void put_in_chain(struct flows *flows, struct flow *flow)
{
	struct flow **chain = chain_of(flows, flow->hash);

	flow->chain = *chain;
	*chain = flow;
}

/* Makes room for another: twice as much, so that chains stay short.  0, -ENOMEM or -EFBIG. */
static int grow_table(struct flows *flows)
{
	size_t capacity = flows->capacity ? 2 * flows->capacity : 64;
	struct flow **list, **chains;

	if (flows->count < flows->capacity)
		return 0;
	if (capacity > FLOWS_MAX)
		return -EFBIG;
	if (!flows->capacity && getrandom(&flows->seed, sizeof(flows->seed), GRND_NONBLOCK) < 0)
		flows->seed = UINT64_C(0xcbf29ce484222325);
	list = realloc(flows->list, capacity * sizeof(struct flow *));
	if (!list)
		return -ENOMEM;
	flows->list = list;
	chains = calloc(capacity, sizeof(struct flow *));
	if (!chains)
		return -ENOMEM;
	free(flows->chains);
	flows->chains = chains;
	flows->capacity = capacity;
	for (size_t i = 0; i < flows->count; i++)
		put_in_chain(flows, flows->list[i]);
	return 0;
}

int flows_find(struct flows *flows, const struct packet *packet, struct flow **found)
{
	struct flow *flow = find_flow(flows, packet->from, packet->to, packet->tcp), *reverse;
	int r = flow ? 0 : grow_table(flows);

	*found = flow;
	if (flow || r < 0)
		return r;
	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return -ENOMEM;
	memcpy(flow->from, packet->from, sizeof(flow->from));
	memcpy(flow->to, packet->to, sizeof(flow->to));
	flow->tcp = packet->tcp;
	flow->hash = hash_of(flows, flow->from, flow->to, flow->tcp);
	reverse = flows_reverse(flows, flow);
	flow->connection = reverse ? reverse->connection : flows->count + 1;
	flows->list[flows->count++] = flow;
	put_in_chain(flows, flow);
	*found = flow;
	return 0;
}

/* ---- bytes in order ---- */

static void drop_held(struct flow *flow)
{
	struct segment *first = flow->held;

	flow->held = first->next;
	flow->held_count--;
	flow->held_bytes -= sizeof(*first) + first->length;
	free(first);
}

/* What follows is not the rest of what came before. */
static void forget_flow(struct flow *flow)
{
	flow->stream.length = 0;
	flow->reader = (struct framing_reader){ 0 };
	flow->protocol = FLOW_UNKNOWN;
	flow->directed = false;
}

/* A connection between the same two ports begins anew. */
static void restart_flow(struct flow *flow, uint32_t sequence)
{
	while (flow->held)
		drop_held(flow);
	forget_flow(flow);
	flow->next = sequence;
	flow->started = true;
}

/* Appends what is new of bytes that do not begin behind what is to come. */
static int append_bytes(struct flow *flow, uint32_t sequence, const uint8_t *bytes, size_t length)
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

static int hold_segment(struct flow *flow, const struct packet *packet)
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
	flow->held_bytes += sizeof(*segment) + packet->length;
	return 0;
}

/* Appends the held segments whose turn it is. */
static int release_held(struct flow *flow)
{
	while (flow->held && !is_ahead(flow, flow->held->sequence)) {
		int r = append_bytes(flow, flow->held->sequence, flow->held->bytes,
				     flow->held->length);

		if (r < 0)
			return r;
		drop_held(flow);
	}
	return 0;
}

static int skip_gap(struct flow *flow)
{
	flow->lost += flow->stream.length + (flow->held->sequence - flow->next);
	forget_flow(flow);
	flow->next = flow->held->sequence;
	return release_held(flow);
}

int flow_take(struct flow *flow, const struct packet *packet)
{
	int r;

	if (packet->syn && (!flow->started || packet->sequence != flow->next))
		restart_flow(flow, packet->sequence);
	if (packet->length == 0)
		return 0;
	if (!flow->started)
		restart_flow(flow, packet->sequence);
	if (is_ahead(flow, packet->sequence)) {
		r = hold_segment(flow, packet);
		return r == 0 && flow->held_count > MAX_HELD ? skip_gap(flow) : r;
	}
	r = append_bytes(flow, packet->sequence, packet->payload, packet->length);
	return r < 0 ? r : release_held(flow);
}

int flow_finish(struct flow *flow)
{
	int r = 0;

	while (r == 0 && flow->held)
		r = skip_gap(flow);
	return r;
}

int flows_count(struct flows *flows, struct flow *flow)
{
	/* Most flows are between two messages, and there may be very many. */
	if (flow->stream.length == 0) {
		buffer_release(&flow->stream);
		buffer_release(&flow->marks);
	}
	flows->kept -= flow->kept;
	flow->kept = flow->held_bytes + flow->stream.capacity + flow->marks.capacity;
	flows->kept += flow->kept;
	return flows->kept > flows->limit ? -EFBIG : 0;
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
	free(flows->chains);
	*flows = (struct flows){ 0 };
}
