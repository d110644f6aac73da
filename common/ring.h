/*
 * Messages in shared memory: two rings in one segment, calls in one, replies in the other.
 *
 * Each ring has one writer and one reader, in different processes that do not trust each other.
 * What an end has to rely on it keeps to itself (struct ring); what it reads in the segment it
 * reads once, and checks, and a message is copied out before anybody looks at it.
 *
 * The segment, with rings of `size` bytes (a power of two); integers are 32 bits, of this machine:
 *
 *	bytes          what                                        written by
 *	0              calls: tail, bytes written since ever       the client
 *	64             calls: head, bytes read since ever          the server
 *	128            calls: how the reader sleeps (ring_sleep)   the server; the client clears it
 *	192            calls: how the writer sleeps                the client; the server clears it
 *	256, 320,      replies: the same four, with the ends       the other way round
 *	384, 448
 *	512 .. 4095    nothing
 *	4096           the calls' bytes, `size` of them            the client
 *	4096 + size    the replies' bytes, `size` of them          the server
 *
 * Each of the eight words has a cache line to itself.  Tail and head count on beyond the size and
 * wrap at 2^32, so that head == tail is an empty ring and tail - head == size a full one; the byte
 * they mean is at the index modulo the size.  A message is
 *
 *	u32 length | that many bytes | 0 to 3 bytes that fill up a word
 *
 * and goes on at the ring's beginning when it reaches the ring's end.  The length RING_REWIND is no
 * message: the next one stands at the ring's beginning.  A writer that finds the ring empty may
 * rewind so, and a conversation stays in a few pages of a big ring.
 */
#ifndef SIDECALL_COMMON_RING_H
#define SIDECALL_COMMON_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

#define RING_HEADER   4096             /* bytes of the segment before the rings' own */
#define RING_MIN_SIZE ((uint32_t)4096) /* bytes; a size is a power of two */
#define RING_MAX_SIZE ((uint32_t)1 << 26)
#define RING_REWIND   UINT32_MAX /* instead of a length */

enum ring_name { RING_CALLS, RING_REPLIES };
enum ring_end { RING_READER, RING_WRITER };

/* What an end says of itself: it is awake; it is in ring_wait(); or a descriptor has to wake it. */
enum ring_sleep { RING_AWAKE, RING_WAITING, RING_POLLING };

struct ring_control {
	_Alignas(64) _Atomic uint32_t tail;
	_Alignas(64) _Atomic uint32_t head;
	struct {
		_Alignas(64) _Atomic uint32_t word;
	} sleeping[2]; /* by enum ring_end */
};

/* One end of one ring: all that this end relies on.  Nothing in it is shared. */
struct ring {
	struct ring_control *control;
	uint8_t *bytes;
	uint32_t size;
	enum ring_end end;
	uint32_t here;  /* our own index: of what we read, or write, next */
	uint32_t there; /* the other end's index, as we saw and checked it last */
	uint32_t reach; /* bytes from the ring's beginning that we ever read, or wrote, up to */
};

/* The smallest ring that holds a message of `length` bytes, up to RING_MAX_SIZE. */
uint32_t ring_size_for(size_t length);

/* The longest message that a ring of this size can hold. */
size_t ring_capacity(uint32_t size);

/* Bytes that a message of this length, at most the capacity, takes in a ring: its length's word,
 * itself, and what fills up a word. */
uint32_t ring_taken(size_t length);

/* Bytes in a segment with two rings of this size; and the size in a segment of so many bytes, or 0
 * when there is none like that. */
size_t ring_segment(uint32_t size);
uint32_t ring_size_in(size_t segment);

/* Takes one end of a ring in a segment that is still all zeroes. */
void ring_attach(struct ring *ring, void *segment, uint32_t size, enum ring_name name,
		 enum ring_end end);

/* The writer's: copies a message in.  1, 0 when there is no room for it now, -EMSGSIZE when there
 * never will be, -EPROTO when the other end's index is none. */
int ring_write(struct ring *ring, const void *message, size_t length);

/* The reader's: appends a copy of the next message to the buffer and makes its room free.  1, 0
 * when there is none, -EMSGSIZE when it is longer than `limit`, -EPROTO when the other end's index
 * or the length makes no sense, -ENOMEM.  After an error the ring is of no more use. */
int ring_read(struct ring *ring, struct buffer *message, size_t limit);

/* Whether it is worth trying: there is a message to read; or room to write one of this length; or
 * an error to find out about. */
bool ring_ready(const struct ring *ring, size_t length);

/*
 * Says how this end is about to sleep until the ring is ready, or that it does not any more.
 * After saying so it must look once more, with ring_ready(): either it sees what the other end did
 * meanwhile, or the other end sees that it sleeps.  It may be woken in vain, and then has to say so
 * again before it goes back to sleep.
 */
void ring_sleep(struct ring *ring, enum ring_sleep sleep);

/* Whether this end said that it sleeps, and the other end did not take that back. */
bool ring_is_asleep(const struct ring *ring);

/* Sleeps while the word says RING_WAITING, for so many nanoseconds at most (futex(2)).  False when
 * they are over: nothing here tells that the other end is gone.  A signal may end it, too. */
bool ring_wait(struct ring *ring, int64_t nanoseconds);

/* To be called after reading or writing: if the other end sleeps it counts as awake from now on.
 * One that waits is woken.  True when it polls: then its descriptor is to wake it. */
bool ring_wake(struct ring *ring);

#endif
