/* Puts the bytes of captured TCP connections back in order, each direction for itself. */
#ifndef SIDECALL_TRACE_FLOWS_H
#define SIDECALL_TRACE_FLOWS_H

#include "trace/packet.h"
#include "common/buffer.h"
#include "common/framing.h"

/* What a direction of a connection carries, as far as it was found out. */
enum flow_protocol { FLOW_UNKNOWN, FLOW_RPC, FLOW_RAW, FLOW_FOREIGN };

/* One direction. */
struct flow {
	char from[PACKET_ADDRESS], to[PACKET_ADDRESS];
	bool tcp;
	size_t connection; /* both directions have the same */
	bool started;
	uint32_t next;        /* sequence number of the byte that is to come */
	struct segment *held; /* that came too early, in the order of their numbers */
	size_t held_count, held_bytes;
	size_t kept;        /* bytes of memory, as they were counted in flows->kept */
	struct flow *chain; /* the next of the same hash */
	uint64_t hash;
	size_t lost; /* bytes that never came */
	/* For whoever reads it: the bytes in order, which are taken from the front. */
	struct buffer stream;
	enum flow_protocol protocol;
	bool directed, calls; /* whether it is known what it carries: calls, or replies */
	struct framing_reader reader;
	struct buffer marks;
};

#define FLOWS_MAX ((size_t)2 << 20)

/* Set limit; the rest starts at zero. */
struct flows {
	size_t limit; /* bytes that all may keep while they wait for others */
	size_t kept;
	struct flow **list;   /* in the order in which they began */
	struct flow **chains; /* by hash; as many as the list has room for */
	size_t count, capacity;
	uint64_t seed; /* of the hash, so that nobody can know which collide */
};

/* The flow that a packet belongs to, made when it is new.  0, -ENOMEM, or -EFBIG: too many. */
int flows_find(struct flows *flows, const struct packet *packet, struct flow **flow);

/* The other direction, or NULL. */
struct flow *flows_reverse(const struct flows *flows, const struct flow *flow);

/* Takes a TCP packet's payload: its bytes, and those that waited for it, go behind flow->stream;
 * what was there before is dropped.  0 or -ENOMEM. */
int flow_take(struct flow *flow, const struct packet *packet);

/* No more comes: what is held goes behind the stream, and what is missing counts as lost. */
int flow_finish(struct flow *flow);

/* After a flow's stream was read: counts what it still keeps.  0, or -EFBIG: all keep too much. */
int flows_count(struct flows *flows, struct flow *flow);

void flows_release(struct flows *flows);

#endif
