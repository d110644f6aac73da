/*
 * What the dissector writes of a capture, when tshark runs it with the word "messages"
 * (contract/dissector/show.lua).  A line each:
 *
 *   message PACKET SECONDS FROM TO rpc|raw call|reply CONNECTION FRAMED LENGTH, and then the bytes
 *   lost FROM TO MISSING PASSED UNFINISHED        bytes of a direction of a conversation of ours
 *   end CUT DATAGRAMS FRAGMENTS OURS OTHERS LEFT  see struct capture_losses; it comes last
 */
#ifndef SIDECALL_TRACE_CAPTURE_H
#define SIDECALL_TRACE_CAPTURE_H

#include "trace/decode.h"

/* What of a capture is not whole, and what is not ours.  All zeroes at first. */
struct capture_losses {
	bool ended;           /* the last line was there */
	size_t missing;       /* bytes of ours that were not captured */
	size_t passed;        /* bytes of ours that were passed over, up to the next message */
	size_t unfinished;    /* bytes of messages of ours that are not whole */
	size_t cut;           /* packets that were captured in part */
	size_t datagrams;     /* of ours among them */
	size_t fragments;     /* of packets that never became whole */
	size_t our_fragments; /* among them those between hosts of ours */
	size_t others;        /* messages of other programs, in conversations of ours */
	size_t left_out;      /* conversations that are not ours */
};

/* Explains the messages as they come, to the end.  0, -EPROTO when it is not written as above, or
 * -ENOMEM. */
int capture_read(struct decoder *decoder, FILE *from, struct capture_losses *losses);

/* Prints the count of bytes, and what is not whole.  0, or the failure's code. */
int capture_conclude(struct decoder *decoder, const struct capture_losses *losses,
		     struct failure *failure);

#endif
