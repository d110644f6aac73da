/* What a server can tell of itself: what all of its workers have counted, and what its limits are.
 */
#ifndef SIDECALL_SERVER_RUNTIME_WATCHED_H
#define SIDECALL_SERVER_RUNTIME_WATCHED_H

#include "server/runtime/counters.h"
#include "server/runtime/limits.h"

struct log_target;
struct workers;

/* A server, for those who ask; any thread may. */
struct watched {
	struct workers *workers;
	const struct limits *limits;
	struct log_target *log; /* counts events */
	int64_t started;        /* seconds since 1970 */
	int64_t started_at;     /* nanoseconds of the loop's clock */
};

/* As struct counters_row, of all workers together. */
struct watched_calls {
	struct counted call;
	uint64_t outcomes[OUTCOMES];
	uint64_t remembered, received, sent, nanoseconds;
	uint64_t spans[COUNTERS_SPANS + 1];
};

struct watched_sessions {
	uint64_t open, opened;
};

/* What is there, and what may be. */
struct watched_budget {
	uint64_t used, limit;
};

struct watched_server {
	unsigned int workers;
	int64_t uptime; /* nanoseconds */
	struct watched_budget connections, descriptors, memory;
	struct watched_sessions sessions[ENDPOINT_PROTOCOLS][ENDPOINT_TRANSPORTS];
};

/* All rows, by program, version, procedure, protocol and transport, what is "other" last: in memory
 * to be freed.  How many; or -ENOMEM. */
int watched_calls(const struct watched *watched, struct watched_calls **rows);

struct watched_server watched_server(const struct watched *watched);

#endif
