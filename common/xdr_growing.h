/* An XDR stream (RFC 4506) that encodes into a buffer, which grows. */
#ifndef SIDECALL_COMMON_XDR_GROWING_H
#define SIDECALL_COMMON_XDR_GROWING_H

#include <rpc/rpc.h>

#include "common/buffer.h"
#include "common/stack.h"
#include "xdr/stream.h"

struct xdr_growing {
	XDR stream;
	struct buffer *buffer;
	size_t start; /* where the stream begins in it */
	size_t end;   /* where it ends at most */
	struct xdr_writer writer;
	struct stack stack;
	bool_t out_of_memory;
	bool_t too_deep; /* a list has more items than the stack has room for */
};

/*
 * Encodes behind what is in the buffer, at most `limit` bytes.  The buffer's length follows with
 * xdr_growing_end(); until then nobody else touches the buffer.  So a value is encoded in one pass,
 * however long it is: filters are not always as harmless as rpcgen's, and one that reads a file
 * while it encodes cannot be asked twice.  It fails where an eighth of the stack is left: all that
 * was decoded (common/depth.h) can be encoded, and an endless list does not end the process.
 */
void xdr_growing_init(struct xdr_growing *growing, struct buffer *buffer, size_t limit);
void xdr_growing_end(struct xdr_growing *growing);

#endif
