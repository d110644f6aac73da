/* Reads hex dumps as xxd, xxd -p, hexdump -C, od -t x1 (-A x) and tcpdump -x write them. */
#ifndef SIDECALL_TRACE_HEXDUMP_H
#define SIDECALL_TRACE_HEXDUMP_H

#include <stdbool.h>

#include "client/runtime/failure.h"
#include "common/buffer.h"

#define HEXDUMP_MAX_BLOCK ((size_t)64 << 20) /* bytes */

/* Reads a dump line by line; set text and length, the rest starts at zero. */
struct hexdump {
	const char *text;
	size_t length, offset;
	unsigned int line;   /* of the text, from 1 */
	bool offsets;        /* lines begin with one */
	bool repeated;       /* a line "*" stands for lines like the one before */
	bool settled, octal; /* whether it is known how offsets are written; as od does by itself */
	size_t implied;      /* bytes for which "*" stood, in all blocks */
};

/*
 * Reads the next block into `bytes`, which is emptied first.  A block ends at an empty line, or
 * where the offsets begin at 0 again.  Lines that begin with # are comments.  A block of more than
 * HEXDUMP_MAX_BLOCK bytes is refused, and so is a dump in which "*" stands for more than that.
 *
 * 1 and a block, 0 at the end, or -EBADMSG with *failure set when it is no hex dump; or -ENOMEM.
 */
int hexdump_next(struct hexdump *dump, struct buffer *bytes, struct failure *failure);

#endif
