/* Either end of any transport, by hand: whole messages, and what no honest end would send. */
#ifndef SIDECALL_COMPARE_LAB_WIRE_H
#define SIDECALL_COMPARE_LAB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/endpoint.h"
#include "common/ring.h"
#include "common/shm.h"

struct wire {
	struct endpoint endpoint;
	int in, out;     /* blocking; the same but for pipe and fifo; shm's is the socket */
	pid_t child;     /* the server behind a pipe that we started, or 0 */
	int shared;      /* the memory's descriptor, or -1 */
	uint8_t *memory; /* NULL but for shm */
	uint32_t size;
	struct ring writer, reader;
};

/* The client's end, to a server that is there; behind a pipe it is started, and has
 * --message-timeout 1.  False when there is none, or it does not let us in; to be closed all the
 * same. */
bool wire_connect(struct wire *wire, const struct endpoint *endpoint);

/* The server's end.  What it listens with, or -1; an endpoint on tcp or udp gets its port.  Then,
 * when somebody comes, his wire; a pipe has nothing to listen with, and he is there already. */
int wire_listen(struct endpoint *endpoint);
bool wire_accept(struct wire *wire, const struct endpoint *endpoint, int listener);

/* False when the server that we started behind a pipe does not end well. */
bool wire_close(struct wire *wire);

/* Waits for a message, without its mark.  Its length, or 0 when there will be none. */
size_t wire_receive(struct wire *wire, void *bytes, size_t size);

/* The first `part` bytes of a message that is announced, where it is announced, with all of its
 * `length`.  In shared memory they stand in the ring, but the tail does not say so. */
void wire_send_part(struct wire *wire, const void *message, size_t length, size_t part);

/* A whole message; and bytes without any mark (in shared memory, a message of them). */
void wire_send(struct wire *wire, const void *message, size_t length);
void wire_send_bare(struct wire *wire, const void *bytes, size_t length);

/* The same message, of up to 1,024 bytes, again and again, until the other end takes no more; how
 * often, `most` at most.  Nothing is read. */
size_t wire_flood(struct wire *wire, const void *message, size_t length, size_t most);

/* What is no message: text where a mark should be; in shared memory, an index beyond the ring. */
void wire_send_garbage(struct wire *wire);

/* Whether the other end closes within so many milliseconds; what it says meanwhile is read, and
 * lost.  The other one tells it of a pipe without reading. */
bool wire_ends(struct wire *wire, int milliseconds);
bool wire_hangs_up(const struct wire *wire, int milliseconds);

#endif
