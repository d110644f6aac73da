/* Messages in shared memory, between two ends that do not trust each other. */
#include "common/ring.h"

#include <assert.h>
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/duration.h"

#define WORD ((uint32_t)sizeof(uint32_t))
/* The call that takes this program's struct timespec: on 32 bits there are two. */
#ifdef SYS_futex_time64
#define FUTEX (sizeof(time_t) > sizeof(long) ? SYS_futex_time64 : SYS_futex)
#else
#define FUTEX SYS_futex
#endif

#define REWIND_AFTER ((uint32_t)16 << 10) /* bytes: half of a processor's first cache */

static_assert(sizeof(struct ring_control) == 256, "the layout of the segment is fixed");
static_assert(ATOMIC_INT_LOCK_FREE == 2, "two processes share no lock");

/* ---- sizes ---- */

size_t ring_capacity(uint32_t size)
{
	return size - WORD;
}

uint32_t ring_size_for(size_t length)
{
	uint32_t size = RING_MIN_SIZE;

	while (size < RING_MAX_SIZE && ring_capacity(size) < length)
		size *= 2;
	return size;
}

size_t ring_segment(uint32_t size)
{
	return RING_HEADER + 2 * (size_t)size;
}

uint32_t ring_size_in(size_t segment)
{
	for (uint32_t size = RING_MIN_SIZE; size <= RING_MAX_SIZE; size *= 2)
		if (ring_segment(size) == segment)
			return size;
	return 0;
}

uint32_t ring_taken(size_t length)
{
	return WORD + (((uint32_t)length + WORD - 1) & ~(WORD - 1));
}

void ring_attach(struct ring *ring, void *segment, uint32_t size, enum ring_name name,
		 enum ring_end end)
{
	*ring = (struct ring){ .control = (struct ring_control *)segment + name,
			       .bytes = (uint8_t *)segment + RING_HEADER + name * (size_t)size,
			       .size = size,
			       .end = end };
}

/* ---- what is shared: each read is one load, which the language cannot repeat ---- */

static uint32_t offset(const struct ring *ring, uint32_t index)
{
	return index & (ring->size - 1);
}

/* A length's word.  It does not wrap, because everything in a ring is whole words. */
static _Atomic uint32_t *word_at(const struct ring *ring, uint32_t index)
{
	return (_Atomic uint32_t *)(void *)(ring->bytes + offset(ring, index));
}

static uint32_t load_other_index(const struct ring *ring)
{
	/* Sequentially consistent, as all that ring_sleep() and ring_must_wake() depend on. */
	return atomic_load(ring->end == RING_READER ? &ring->control->tail : &ring->control->head);
}

/* A message that goes on at the ring's beginning reaches to its end. */
static void note_reach(struct ring *ring, uint32_t taken)
{
	uint32_t end = offset(ring, ring->here) + taken;

	if (end > ring->reach)
		ring->reach = end < ring->size ? end : ring->size;
}

static void store_own_index(struct ring *ring)
{
	atomic_store(ring->end == RING_READER ? &ring->control->head : &ring->control->tail,
		     ring->here);
}

/* Bytes that the reader may read, or the writer may write, if the other end's index is `there`. */
static uint32_t bytes_open(const struct ring *ring, uint32_t there)
{
	return ring->end == RING_READER ? there - ring->here : ring->size - (ring->here - there);
}

/* Looks where the other end is.  Its index only moves on, by words, and never past ours. */
static int look_at_there(struct ring *ring)
{
	uint32_t there = load_other_index(ring);
	uint32_t open = bytes_open(ring, there);

	if (there % WORD || open > ring->size || open < bytes_open(ring, ring->there))
		return -EPROTO;
	ring->there = there;
	return 0;
}

/* ---- writing ---- */

static void copy_in(struct ring *ring, uint32_t index, const uint8_t *from, size_t length)
{
	uint32_t at = offset(ring, index);
	size_t first = length < ring->size - at ? length : ring->size - at;

	memcpy(ring->bytes + at, from, first);
	if (length > first)
		memcpy(ring->bytes, from + first, length - first);
}

/* Goes back to the ring's beginning, if nothing stands there any more. */
static void rewind_when_empty(struct ring *ring, uint32_t need)
{
	uint32_t at = offset(ring, ring->here);

	if (at < REWIND_AFTER || at < need || look_at_there(ring) < 0 || ring->here != ring->there)
		return;
	atomic_store_explicit(word_at(ring, ring->here), RING_REWIND, memory_order_relaxed);
	ring->here += ring->size - at;
}

int ring_write(struct ring *ring, const void *message, size_t length)
{
	uint32_t need;

	if (length > ring_capacity(ring->size))
		return -EMSGSIZE;
	need = ring_taken(length);
	rewind_when_empty(ring, need);
	if (bytes_open(ring, ring->there) < need) {
		if (look_at_there(ring) < 0)
			return -EPROTO;
		if (bytes_open(ring, ring->there) < need)
			return 0;
	}
	atomic_store_explicit(word_at(ring, ring->here), (uint32_t)length, memory_order_relaxed);
	copy_in(ring, ring->here + WORD, message, length);
	note_reach(ring, need);
	ring->here += need;
	store_own_index(ring);
	return 1;
}

/* ---- reading ---- */

static void copy_out(const struct ring *ring, uint32_t index, uint8_t *to, size_t length)
{
	uint32_t at = offset(ring, index);
	size_t first = length < ring->size - at ? length : ring->size - at;

	memcpy(to, ring->bytes + at, first);
	if (length > first)
		memcpy(to + first, ring->bytes, length - first);
}

/* The word where the next message begins.  1, 0 when there is none, -EPROTO. */
static int next_word(struct ring *ring, uint32_t *word)
{
	if (ring->here == ring->there && look_at_there(ring) < 0)
		return -EPROTO;
	if (ring->here == ring->there)
		return 0;
	*word = atomic_load_explicit(word_at(ring, ring->here), memory_order_relaxed);
	return 1;
}

/* The next message's length, behind a rewind if there is one.  1, 0, -EPROTO. */
static int next_length(struct ring *ring, uint32_t *length)
{
	int r = next_word(ring, length);

	if (r > 0 && *length == RING_REWIND) {
		uint32_t skipped = ring->size - offset(ring, ring->here);

		if (skipped >= bytes_open(ring, ring->there))
			return -EPROTO; /* the message behind it is published with it */
		ring->here += skipped;
		r = next_word(ring, length);
	}
	if (r > 0 && (*length > ring_capacity(ring->size) ||
		      ring_taken(*length) > bytes_open(ring, ring->there)))
		return -EPROTO;
	return r;
}

int ring_read(struct ring *ring, struct buffer *message, size_t limit)
{
	uint32_t length;
	int r = next_length(ring, &length);

	if (r <= 0)
		return r;
	if (length > limit)
		return -EMSGSIZE;
	if (buffer_reserve(message, length) < 0)
		return -ENOMEM;
	if (length)
		copy_out(ring, ring->here + WORD, message->data + message->length, length);
	message->length += length;
	note_reach(ring, ring_taken(length));
	ring->here += ring_taken(length);
	store_own_index(ring);
	return 1;
}

/* ---- waiting ---- */

bool ring_ready(const struct ring *ring, size_t length)
{
	uint32_t there = load_other_index(ring);

	if (ring->end == RING_READER)
		return there != ring->here;
	return there % WORD || ring->here - there > ring->size ||
	       length > ring_capacity(ring->size) || bytes_open(ring, there) >= ring_taken(length);
}

/*
 * One end stores its index and then loads the flag; the other stores the flag and then loads the
 * index.  In a single order of all four, which memory_order_seq_cst promises, at least one of them
 * sees what the other did.  With acquire and release both could miss it, and sleep for ever.
 */
void ring_sleep(struct ring *ring, enum ring_sleep sleep)
{
	atomic_store(&ring->control->sleeping[ring->end].word, sleep);
}

bool ring_is_asleep(const struct ring *ring)
{
	return atomic_load(&ring->control->sleeping[ring->end].word) != RING_AWAKE;
}

bool ring_wait(struct ring *ring, int64_t nanoseconds)
{
	const struct timespec longest = duration_timespec(nanoseconds);

	return syscall(FUTEX, &ring->control->sleeping[ring->end].word, FUTEX_WAIT, RING_WAITING,
		       &longest, NULL, 0) == 0 ||
	       errno != ETIMEDOUT;
}

bool ring_wake(struct ring *ring)
{
	_Atomic uint32_t *word = &ring->control->sleeping[!ring->end].word;
	uint32_t sleep = atomic_load(word) ? atomic_exchange(word, RING_AWAKE) : RING_AWAKE;

	if (sleep == RING_WAITING)
		syscall(FUTEX, word, FUTEX_WAKE, 1, NULL, NULL, 0);
	return sleep != RING_AWAKE && sleep != RING_WAITING;
}
