/* The two ends of a bare transport, and messages between them without any protocol. */
#ifndef SIDECALL_MEASURE_RAW_PAIR_H
#define SIDECALL_MEASURE_RAW_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/endpoint.h"

#define BARE_MAX_MESSAGE 65536

struct bare_message; /* in shared memory */

/* The last three are the user's; the rest is filled in by bare_connect(). */
struct bare_end {
	int in, out; /* equal for a socket; -1 for shared memory */
	struct bare_message *read, *write;
	uint32_t given, taken; /* messages in shared memory */
	int waiter;            /* of bare_wait_for_many(), or -1 */
	bool spin; /* who waits for shared memory looks without end, or sleeps on a futex */
	/* Asked when a wait was interrupted by a signal, and now and then by who spins, whether to
	 * wait on; NULL: always. */
	bool (*go_on)(const struct bare_end *end);
	const void *context;
};

/* Connects both ends: 0 or -errno.  Each end is to be closed, by every process that has it; what
 * they share is unmapped with either. */
int bare_connect(enum endpoint_transport transport, struct bare_end ends[2]);
/* Has an end that has a descriptor wait by epoll before each read, as a server does that waits for
 * many clients: 0 or -errno. */
int bare_wait_for_many(struct bare_end *end);
void bare_close(struct bare_end *end);
void bare_unmap(struct bare_end *end);

/* One message of a known length, up to BARE_MAX_MESSAGE; in shared memory each is taken before the
 * next one is given.  False when the other end has gone, or when go_on() said no: errno is EINTR.
 */
bool bare_give(struct bare_end *end, const uint8_t *bytes, size_t length);
bool bare_take(struct bare_end *end, uint8_t *bytes, size_t length);

#endif
