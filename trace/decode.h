/* Explains messages that were dumped or captured: which protocol, where one ends, call or reply. */
#ifndef SIDECALL_TRACE_DECODE_H
#define SIDECALL_TRACE_DECODE_H

#include <stdio.h>

#include "client/runtime/failure.h"
#include "common/buffer.h"
#include "trace/print.h"

/* Set out and known; the rest starts at zero. */
struct decoder {
	FILE *out;
	struct message_known known; /* what the messages may be at all; of others none is shown */
	struct calls calls;
	struct field_count sent, received; /* of calls, and of replies */
	size_t messages;                   /* shown */
	size_t unclear;                    /* of them not understood to their last byte */
};

/*
 * Explains the messages in a block of bytes, whose framing may be there or not.
 * 0, -EBADMSG when it holds none, or -ENOMEM.
 */
int decode_block(struct decoder *decoder, const uint8_t *bytes, size_t length);

/*
 * Explains one message of a known form, whose bytes are as on the wire: with its framing, where it
 * has one.  `title` begins its first line.  0, -EBADMSG when it is not whole, or -ENOMEM.
 */
int decode_message(struct decoder *decoder, const char *title, struct trace_message *message,
		   bool framed);

/* Explains a whole hex dump, and closes with the count of bytes.  0, or the failure's code. */
int decode_hexdump(struct decoder *decoder, const struct buffer *input, struct failure *failure);

/* Prints the count of bytes.  0, or the failure's code: no message, or one that is not understood.
 */
int decode_conclude(struct decoder *decoder, struct failure *failure);

#endif
