/* Messages of either protocol as they are on the transport. */
#ifndef SIDECALL_CHECK_MESSAGE_H
#define SIDECALL_CHECK_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "check/reference.h"
#include "common/buffer.h"
#include "common/endpoint.h"

struct link;

/* The server under test. */
struct check_target {
	struct endpoint endpoint;  /* complete */
	uint32_t program, version; /* raw messages have none */
	uint32_t registered;       /* the version that rpcbind was asked for; 0: it was not asked */
	int64_t timeout;           /* nanoseconds that a case may wait */
	const struct reference *reference; /* who has the right answers; NULL: nobody */
	struct link
		*kept; /* a connection that a call of the table left, for the next; NULL: none */
	int held; /* by named pipes: a writer of the well-known one, up to the case without; -1 */
};

/* What a raw server answers to null, behind its id (docs/protocol.md). */
#define MESSAGE_RAW_NULL "80000000"

/* Whether the server takes datagrams; and raw messages. */
bool check_datagrams(const struct check_target *target);
bool check_raw(const struct check_target *target);

/* What people call the bytes in front of a message, where bytes are a stream. */
const char *check_front(const struct check_target *target);

/* Each appends, and returns 0 or -ENOMEM: a null call of this name; bytes in hexadecimal, blanks
 * between them; and a message, behind its mark where bytes are a stream. */
int message_null(const struct check_target *target, uint32_t xid, struct buffer *out);
int message_hex(const char *hex, struct buffer *out);
int message_raw(uint32_t id, const char *hex, struct buffer *out);
int message_marked(const struct check_target *target, const struct buffer *message,
		   struct buffer *out);

/* A null call as message_marked() has it. */
int message_null_marked(const struct check_target *target, uint32_t xid, struct buffer *out);

#endif
