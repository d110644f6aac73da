/* Reads hex dumps as xxd, xxd -p, hexdump -C, od -A x -t x1 and tcpdump -x write them. */
#ifndef SIDECALL_CLIENT_TRACE_HEXDUMP_H
#define SIDECALL_CLIENT_TRACE_HEXDUMP_H

#include <stdbool.h>

#include "client/failure.h"
#include "common/buffer.h"

/* Reads a dump line by line; set text and length, the rest starts at zero. */
struct hexdump {
	const char *text;
	size_t length, offset;
	unsigned int line; /* of the text, from 1 */
	bool offsets;      /* lines begin with one */
	bool repeated;     /* a line "*" stands for lines like the one before */
};

/*
 * Reads the next block into `bytes`, which is emptied first.  A block ends at an empty line, or
 * where the offsets begin at 0 again.  Lines that begin with # are comments.
 *
 * 1 and a block, 0 at the end, or -EBADMSG with *failure set when it is no hex dump; or -ENOMEM.
 */
int hexdump_next(struct hexdump *dump, struct buffer *bytes, struct failure *failure);

#endif
