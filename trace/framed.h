/*
 * Puts the framing back between the fields of a message, so that each byte that was on the stream
 * is handed out at its place: record marks before each fragment, or the length in front.
 */
#ifndef SIDECALL_TRACE_FRAMED_H
#define SIDECALL_TRACE_FRAMED_H

#include <stdbool.h>

#include "trace/field.h"

struct framed {
	struct field_sink sink; /* first: takes a message's fields */
	struct field_sink *out; /* gets them, and the framing */
	bool rpc;
	const uint8_t *marks;
	size_t length; /* of all marks */
	size_t next;   /* the mark to come, a byte offset into `marks` */
	size_t until;  /* where the fragment under way ends, an offset into the message */
};

/* `marks` are the framing's bytes, four for each fragment, as they were; none for a datagram. */
void framed_begin(struct framed *framed, bool rpc, const uint8_t *marks, size_t length,
		  struct field_sink *out);
/* Hands out the marks of empty fragments at the end. */
void framed_end(struct framed *framed);

#endif
