/* Remembers calls by what names them, so that their replies can be understood. */
#ifndef SIDECALL_TRACE_CALLS_H
#define SIDECALL_TRACE_CALLS_H

#include "trace/message.h"

#define CALLS_REMEMBERED 4096 /* the latest; a reply that comes later is not understood */

/* All zeroes remembers nothing. */
struct calls {
	struct remembered {
		size_t connection;
		uint32_t id;
		struct message_call what;
		size_t older;             /* the one before it in the same chain */
		struct field_count count; /* what its bytes were spent on */
		bool answered;
	} latest[CALLS_REMEMBERED];
	size_t chains[CALLS_REMEMBERED]; /* by hash: the latest, counted from 1; 0 for none */
	size_t count;                    /* of all there were */
};

/* `connection` tells apart callers that may use the same id.  The call is not answered, and nothing
 * is counted of it. */
void calls_remember(struct calls *calls, size_t connection, uint32_t id,
		    const struct message_call *what);

/* The latest call of that id, or NULL: what it asks for, and all that is remembered of it. */
const struct message_call *calls_find(const struct calls *calls, size_t connection, uint32_t id);
struct remembered *calls_recall(struct calls *calls, size_t connection, uint32_t id);

#endif
