/* What the server's two protocols have in common: a call's bytes in, a reply's bytes out. */
#ifndef SIDECALL_SERVER_PROTOCOL_H
#define SIDECALL_SERVER_PROTOCOL_H

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
	 * 0 (also when there is nothing to reply); -EPROTO when this is no call of the protocol,
	 * which ends a session on a stream; -ENOMEM.  After an error `reply` is as it was.
	 */
	int (*answer)(struct service *service, const uint8_t *call, size_t length,
		      struct buffer *reply, size_t limit);
};

extern const struct protocol protocol_rpc;
extern const struct protocol protocol_raw;

#endif
