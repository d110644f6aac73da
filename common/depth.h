/* An XDR stream (RFC 4506) that decodes from memory, and how deep that may go. */
#ifndef SIDECALL_COMMON_DEPTH_H
#define SIDECALL_COMMON_DEPTH_H

#include <rpc/rpc.h>

#include "common/stack.h"
#include "xdr/stream.h"

/* What the stream needs, as long as there is the stream. */
struct depth {
	struct xdr_reader reader;
	struct stack stack;
};

/*
 * As xdrmem_create(3t) for XDR_DECODE, with what is left in x_handy, and the beginning in x_base;
 * but decoding fails where three quarters of the stack are used.  Filters go one call deeper for
 * each item of a linked list (RFC 4506, section 4.19), so whoever sends a list that is long enough
 * would end the process.  The rest of the stack is for whoever encodes or frees, as deep as that,
 * what was decoded.  Filters of <sidecall/xdr.h> read it without a call (xdr/stream.h).
 */
void depth_decode(struct depth *depth, XDR *stream, const void *bytes, size_t length);

#endif
