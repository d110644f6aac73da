/* Remembers calls by what names them. */
#include "client/trace/calls.h"

void calls_remember(struct calls *calls, size_t connection, uint32_t id,
		    const struct message_call *what)
{
	calls->latest[calls->count++ % CALLS_REMEMBERED] = (struct remembered){ connection, id,
										*what };
}

const struct message_call *calls_find(const struct calls *calls, size_t connection, uint32_t id)
{
	size_t kept = calls->count < CALLS_REMEMBERED ? calls->count : CALLS_REMEMBERED;

	for (size_t i = 1; i <= kept; i++) {
		const struct remembered *call =
			&calls->latest[(calls->count - i) % CALLS_REMEMBERED];

		if (call->id == id && call->connection == connection)
			return &call->what;
	}
	return NULL;
}
