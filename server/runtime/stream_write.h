/* Writing to a byte stream whose peer may be gone, or slow. */
#ifndef SIDECALL_SERVER_RUNTIME_STREAM_WRITE_H
#define SIDECALL_SERVER_RUNTIME_STREAM_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/framing.h"

/* As write(2), but a socket whose peer is gone brings EPIPE and no signal; a pipe brings both. */
ssize_t stream_write(int fd, bool socket, const void *bytes, size_t length);

/* Writes all of a message behind its mark to a socket, and waits for the peer: as long as it takes
 * some of it every so many milliseconds.  0 or -errno. */
int write_marked(int fd, const uint8_t mark[FRAMING_HEADER], const uint8_t *bytes, size_t length,
		 int milliseconds);

#endif
