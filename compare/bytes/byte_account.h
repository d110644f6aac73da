/* What the bytes of one call and its reply were spent on, as an observer of a channel sees them. */
#ifndef SIDECALL_COMPARE_BYTES_BYTE_ACCOUNT_H
#define SIDECALL_COMPARE_BYTES_BYTE_ACCOUNT_H

#include <jansson.h>

#include "client/runtime/channel.h"
#include "trace/message.h"

/* Release with byte_account_release(). */
struct byte_account {
	struct channel_observer observer; /* first: to be a client's */
	bool rpc;                         /* the channel's protocol */
	bool ring;                        /* it is in shared memory */
	bool discovering;                 /* the channel leads to rpcbind */
	struct message_call call;         /* the latest */
	uint32_t id;                      /* which names it */
	/* Of the latest call, each time it was sent, and of all that came in reply. */
	struct field_count count;
	unsigned int messages; /* that these were: two, unless the call was sent again */
	/* Of the whole talk with rpcbind, when there was one. */
	uint64_t asked, told; /* bytes */
	/* The latest call's and its reply's fields: arrays of objects. */
	json_t *sent, *received;
};

void byte_account_init(struct byte_account *account);
void byte_account_release(struct byte_account *account);

/* For whoever sees a message otherwise than by observing a channel: one that was sent, or received,
 * and its framing's bytes. */
void byte_account_take(struct byte_account *account, bool sent, const struct buffer *marks,
		       const void *bytes, size_t length);

#endif
