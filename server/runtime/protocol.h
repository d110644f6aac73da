/* What the server's two protocols have in common: a call's bytes in, a reply's bytes out. */
#ifndef SIDECALL_SERVER_RUNTIME_PROTOCOL_H
#define SIDECALL_SERVER_RUNTIME_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/framing.h"
#include "server/service/service.h"

struct protocol {
	const char *name;
	const struct framing *framing; /* where its messages end on a byte stream */
	/*
	 * Executes the call that is call[0 .. length) and appends its reply, at most `limit`
	 * bytes, to `reply`.  A reply that would be longer becomes an error reply.
	 * 0 (also when there is nothing to reply); 1 when it would have to wait and may not (struct
	 * root_gate): nothing was done; -EPROTO when this is no call of the protocol, which ends a
	 * session on a stream; -ENOMEM.  Unless it returns 0, `reply` is as it was.
	 */
	int (*answer)(struct service *service, const uint8_t *call, size_t length,
		      struct buffer *reply, size_t limit);
	/* Whether what begins so, all of it not yet there, may be a call: what cannot be one is not
	 * waited for.  NULL: it may. */
	bool (*may_be)(const uint8_t *begun, size_t length);
	/* What its procedure's row says of this call.  One that is longer than any such call can be
	 * waits for nothing and changes nothing: it is to be refused, not to be kept for later. */
	struct traits (*look)(const uint8_t *call, size_t length);
	/* Appends a reply which says that the call was not executed, because its peer has used its
	 * share.  0; -EPROTO when this is no call; -ENOMEM. */
	int (*refuse)(const uint8_t *call, size_t length, struct buffer *reply);
};

/*
 * How long a page of a directory, encoded in XDR, may be when a reply may be `limit` bytes long:
 * what the longer of the two headers leaves, so that a page is the same by both protocols.
 */
static inline size_t protocol_page_limit(size_t limit)
{
	const size_t header = 24; /* of an accepted reply (RFC 5531, section 9) */

	return limit > header ? limit - header : 0;
}

extern const struct protocol protocol_rpc;
extern const struct protocol protocol_raw;

#endif
