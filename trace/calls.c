/* Remembers calls by what names them. */
#include "trace/calls.h"

#include <sys/types.h>

static size_t chain_of(size_t connection, uint32_t id)
{
	uint64_t mixed = (id ^ (uint64_t)connection << 32) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(mixed >> 32) % CALLS_REMEMBERED;
}

void calls_remember(struct calls *calls, size_t connection, uint32_t id,
		    const struct message_call *what)
{
	size_t *chain = &calls->chains[chain_of(connection, id)];
	size_t number = ++calls->count;

	calls->latest[number % CALLS_REMEMBERED] = (struct remembered){
		.connection = connection, .id = id, .what = *what, .older = *chain
	};
	*chain = number;
}

/* Its place among the latest, or -1. */
static ssize_t place_of(const struct calls *calls, size_t connection, uint32_t id)
{
	size_t number = calls->chains[chain_of(connection, id)];

	/* What is older than the latest has been written over, and so have those before it. */
	while (number && calls->count - number < CALLS_REMEMBERED) {
		const struct remembered *call = &calls->latest[number % CALLS_REMEMBERED];

		if (call->id == id && call->connection == connection)
			return (ssize_t)(number % CALLS_REMEMBERED);
		number = call->older;
	}
	return -1;
}

const struct message_call *calls_find(const struct calls *calls, size_t connection, uint32_t id)
{
	ssize_t place = place_of(calls, connection, id);

	return place < 0 ? NULL : &calls->latest[place].what;
}

struct remembered *calls_recall(struct calls *calls, size_t connection, uint32_t id)
{
	ssize_t place = place_of(calls, connection, id);

	return place < 0 ? NULL : &calls->latest[place];
}
