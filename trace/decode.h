/* Explains messages that were dumped or captured: which protocol, where one ends, call or reply. */
#ifndef SIDECALL_TRACE_DECODE_H
#define SIDECALL_TRACE_DECODE_H

#include <stdio.h>

#include "client/runtime/failure.h"
#include "trace/flows.h"
#include "trace/print.h"

/* Set out and known, and most_kept if it is to be another; the rest starts at zero. */
struct decoder {
	FILE *out;
	struct message_known known; /* what the messages may be at all */
	size_t most_kept; /* bytes of streams that wait for what was not captured; 0: 256 MiB */
	struct calls calls;
	struct field_count sent, received; /* of calls, and of replies */
	size_t messages;                   /* shown */
	size_t unclear;                    /* of them not understood to their last byte */
	size_t other;                      /* packets and streams that carry neither protocol */
};

/*
 * Explains the messages in a block of bytes, whose framing may be there or not.
 * 0, -EBADMSG when it holds none, or -ENOMEM.
 */
int decode_block(struct decoder *decoder, const uint8_t *bytes, size_t length);

/* Explains a datagram, and what of a stream has arrived; with `ended` also a message that is not
 * whole.  `when` begins each title.  0 or -ENOMEM. */
int decode_datagram(struct decoder *decoder, struct flow *flow, const uint8_t *bytes, size_t length,
		    const char *when);
int decode_stream(struct decoder *decoder, const struct flows *flows, struct flow *flow, bool ended,
		  const char *when);

/* Explains a whole input, a hex dump or a pcap file, and closes with the count of bytes.  0, or the
 * failure's code. */
int decode_hexdump(struct decoder *decoder, const struct buffer *input, struct failure *failure);
int decode_capture(struct decoder *decoder, const struct buffer *input, struct failure *failure);

/* Whether an input is a pcap file. */
bool is_capture(const struct buffer *input);

#endif
