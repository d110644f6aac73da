/* What the protocols that are served have in common: a call's bytes in, a reply's bytes out. */
#ifndef SIDECALL_SERVER_RUNTIME_PROTOCOL_H
#define SIDECALL_SERVER_RUNTIME_PROTOCOL_H

#include "common/buffer.h"
#include "common/framing.h"
#include "server/runtime/served.h"

struct protocol {
	const char *name;
	const struct framing *framing; /* where its messages end on a byte stream */
	/*
	 * Executes the call whose message is bytes[0 .. length) and appends its reply, at most
	 * `limit` bytes, to `reply`.  A reply that would be longer becomes an error reply.
	 * 0 (also when there is nothing to reply); 1 when it would have to wait and may not:
	 * nothing was done; -EPROTO when this is no call of the protocol, which ends a session on a
	 * stream; -ENOMEM.  Unless it returns 0, `reply` is as it was.
	 * The call says then which it was, and how it ended.
	 */
	int (*answer)(struct sidecall_svc_call *call, const uint8_t *bytes, size_t length,
		      struct buffer *reply, size_t limit);
	/* Whether what begins so, all of it not yet there, may be a call: what cannot be one is not
	 * waited for.  NULL: it may. */
	bool (*may_be)(const uint8_t *begun, size_t length);
	/* What its procedure's row says of this call; and which it is (NULL: nobody asks). */
	struct traits (*look)(const struct served *served, const uint8_t *bytes, size_t length,
			      struct counted *counted);
	/* Appends a reply which says that the call was not executed, because its peer has used its
	 * share.  0; -EPROTO when this is no call; -ENOMEM. */
	int (*refuse)(const uint8_t *bytes, size_t length, struct buffer *reply);
	/* Frees what it kept for a way.  NULL: it keeps nothing. */
	void (*release)(void *kept);
};

extern const struct protocol protocol_rpc;

#endif
