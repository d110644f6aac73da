/* What a server can tell of itself. */
#include "server/runtime/watched.h"

#include <errno.h>
#include <stdlib.h>

#include "server/runtime/worker.h"

static const struct counters *counters_of(const struct workers *workers, unsigned int index)
{
	return &workers->list[index].sessions.counters;
}

/* ---- calls ---- */

static void add_row(struct watched_calls *sum, const struct counters_row *row)
{
	for (int i = 0; i < OUTCOMES; i++)
		sum->outcomes[i] += counter_read(&row->outcomes[i]);
	for (int i = 0; i <= COUNTERS_SPANS; i++)
		sum->spans[i] += counter_read(&row->spans[i]);
	sum->remembered += counter_read(&row->remembered);
	sum->received += counter_read(&row->received);
	sum->sent += counter_read(&row->sent);
	sum->nanoseconds += counter_read(&row->nanoseconds);
}

static struct watched_calls *place_of(struct watched_calls *rows, unsigned int *count,
				      const struct counted *call)
{
	for (unsigned int i = 0; i < *count; i++)
		if (memcmp(&rows[i].call, call, sizeof(*call)) == 0)
			return &rows[i];
	rows[*count].call = *call;
	return &rows[(*count)++];
}

static int compare_calls(const void *one, const void *other)
{
	const struct counted *a = &((const struct watched_calls *)one)->call;
	const struct counted *b = &((const struct watched_calls *)other)->call;
	const uint32_t pairs[][2] = { { a->program, b->program },
				      { a->version, b->version },
				      { a->procedure, b->procedure },
				      { a->protocol, b->protocol },
				      { a->transport, b->transport } };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i][0] != pairs[i][1])
			return pairs[i][0] < pairs[i][1] ? -1 : 1;
	return 0;
}

int watched_calls(const struct watched *watched, struct watched_calls **rows)
{
	const struct workers *workers = watched->workers;
	unsigned int most = 0, count = 0;

	for (unsigned int w = 0; w < workers->count; w++)
		most += counters_rows(counters_of(workers, w));
	*rows = calloc(most ? most : 1, sizeof(**rows));
	if (!*rows)
		return -ENOMEM;
	for (unsigned int w = 0; w < workers->count; w++) {
		const struct counters *counters = counters_of(workers, w);
		unsigned int here = counters_rows(counters);

		/* One that came meanwhile is told of the next time. */
		for (unsigned int i = 0; i < here && count < most; i++) {
			const struct counters_row *row = counters->rows[i];

			add_row(place_of(*rows, &count, &row->call), row);
		}
	}
	qsort(*rows, count, sizeof(**rows), compare_calls);
	return (int)count;
}

/* ---- the server ---- */

static struct watched_sessions sessions_of(const struct workers *workers, int protocol,
					   int transport)
{
	uint64_t opened = 0, closed = 0;

	for (unsigned int w = 0; w < workers->count; w++) {
		const struct counters *counters = counters_of(workers, w);

		closed += counter_read(&counters->closed[protocol][transport]);
		opened += counter_read(&counters->opened[protocol][transport]);
	}
	return (struct watched_sessions){ .open = opened > closed ? opened - closed : 0,
					  .opened = opened };
}

struct watched_server watched_server(const struct watched *watched)
{
	struct workers *workers = watched->workers;
	const struct peer_limits *limits = &watched->limits->peers;
	struct watched_server server = {
		.workers = workers->count,
		.uptime = loop_nanoseconds() - watched->started_at,
		.memory = { atomic_load(&workers->peers.held), watched->limits->memory },
	};
	unsigned int connections, descriptors;

	peers_counted(&workers->peers, &connections, &descriptors);
	server.connections = (struct watched_budget){ connections, limits->connections };
	server.descriptors = (struct watched_budget){ descriptors, limits->descriptors };
	for (int p = 0; p < ENDPOINT_PROTOCOLS; p++)
		for (int t = 0; t < ENDPOINT_TRANSPORTS; t++)
			server.sessions[p][t] = sessions_of(workers, p, t);
	return server;
}
