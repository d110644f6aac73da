/* Where a message ends on a stream of bytes: four bytes in front of each say how long it is. */
#ifndef STREAM_H
#define STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "raw.h"

#define STREAM_LENGTH 4 /* bytes in front of a message */

/* What came of a stream, and has not been answered: a read is no message, it may bring half of one,
 * or five. */
struct stream {
	uint8_t bytes[STREAM_LENGTH + RAW_MOST];
	size_t begin, end; /* of what is not answered */
};

/* Reads once: more than 0; 0 when the other end is closed; or -1, and errno says why. */
ssize_t stream_read(struct stream *stream, int fd);

/* Takes the first message off the stream and writes its reply, with its length.  How long that is;
 * 0 while no message is whole; -1 when what came is none, and nobody knows where the next begins.
 */
int stream_answer(struct stream *stream, uint8_t reply[STREAM_LENGTH + RAW_MOST_REPLY]);

/* A write is no message, either: it may take a part.  Writes all; -1: the other end is gone. */
int write_all(int fd, const uint8_t *bytes, size_t length);

/* Serves one client until he leaves, and waits for him meanwhile. */
void serve_one(int source, int sink);

#endif
