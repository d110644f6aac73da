/* How deep decoding may go. */
#ifndef SIDECALL_COMMON_DEPTH_H
#define SIDECALL_COMMON_DEPTH_H

#include <rpc/rpc.h>

/* What a stream of memory needs for it, as long as the stream. */
struct depth {
	struct xdr_ops operations;
	const struct xdr_ops *below;
	const char *began, *end; /* addresses on the stack */
};

/*
 * Has a stream of memory that is to be decoded fail where three quarters of the stack are used.
 * Filters go one call deeper for each item of a linked list (RFC 4506, section 4.19), so whoever
 * sends a list that is long enough would end the process.  The rest of the stack is for whoever
 * encodes or frees, as deep as that, what was decoded.
 */
void depth_limit(struct depth *depth, XDR *stream);

#endif
