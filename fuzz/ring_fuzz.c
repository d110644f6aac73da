/*
 * The ring: between honest ends messages arrive as they were sent; a peer that scribbles in the
 * segment, also while we look, makes us read and write nothing outside of our ring.
 *
 * The input is a byte of options, then steps of four bytes: what to do, and three bytes of how.
 */
#include "common/ring.h"

#include <errno.h>
#include <pthread.h>
#include <sanitizer/asan_interface.h> /* its macros do nothing without the sanitizer */

#include "fuzz/fuzz.h"

#define CALLS      1 /* the options: which ring; and how large, so that it can be rewound */
#define BIG        2
#define CONCURRENT 0x1c /* all of these: the peer scribbles in a thread of its own */
#define BIG_SIZE   ((uint32_t)64 << 10)
#define ROUNDS     16
#define STEP       4 /* bytes */
#define MAX_LENGTH (BIG_SIZE + 8)
#define OFFSETS    251

enum step { WRITE, READ, SLEEP, SCRIBBLE_INDEX, SCRIBBLE_WORD, STEPS };

struct table {
	uint8_t *memory; /* the segment */
	uint32_t size;
	struct ring_control *control;
	_Atomic uint32_t *words; /* of the ring's bytes */
	struct ring writer, reader;
	const uint8_t *steps;
	size_t count;
	bool honest;       /* nobody has lied */
	uint32_t *lengths; /* of the messages sent while all were honest */
	uint32_t sent, received;
	struct buffer read;
	atomic_bool done;
};

/* ---- the segment, of which only our ring may be touched ---- */

static void segment_open(struct table *table, enum ring_name name)
{
	const size_t size = ring_segment(table->size);
	uint8_t *bytes;

	table->memory = aligned_alloc(4096, size);
	MUST(table->memory != NULL);
	memset(table->memory, 0, size);
	bytes = table->memory + RING_HEADER + name * (size_t)table->size;
	table->control = (struct ring_control *)(void *)table->memory + name;
	table->words = (_Atomic uint32_t *)(void *)bytes;
	ring_attach(&table->writer, table->memory, table->size, name, RING_WRITER);
	ring_attach(&table->reader, table->memory, table->size, name, RING_READER);
	ASAN_POISON_MEMORY_REGION(table->memory, size);
	ASAN_UNPOISON_MEMORY_REGION(table->control, sizeof(*table->control));
	ASAN_UNPOISON_MEMORY_REGION(bytes, table->size);
}

static void table_open(struct table *table, uint8_t options, const uint8_t *steps, size_t size)
{
	*table = (struct table){ .size = options & BIG ? BIG_SIZE : RING_MIN_SIZE,
				 .steps = steps,
				 .count = size / STEP,
				 .honest = true };
	table->lengths = calloc(table->count + 1, sizeof(*table->lengths));
	MUST(table->lengths != NULL);
	segment_open(table, options & CALLS ? RING_CALLS : RING_REPLIES);
}

static void table_close(struct table *table)
{
	ASAN_UNPOISON_MEMORY_REGION(table->memory, ring_segment(table->size));
	free(table->memory);
	free(table->lengths);
	buffer_release(&table->read);
}

/* ---- what the peer does ---- */

/* A value that is often close to what would be right. */
static uint32_t lie(const struct table *table, const uint8_t *step)
{
	uint32_t number = (uint32_t)step[2] << 8 | step[3];

	switch (step[1] >> 6) {
	case 0:
		return number;
	case 1:
		return RING_REWIND - number;
	case 2:
		return atomic_load(&table->control->tail) + number;
	default:
		return atomic_load(&table->control->head) - number;
	}
}

static void scribble(struct table *table, const uint8_t *step)
{
	uint32_t value = lie(table, step), place = step[1] & 63;

	if (step[0] % STEPS == SCRIBBLE_WORD)
		atomic_store(&table->words[place * place % (table->size / 4)], value);
	else
		atomic_store(place & 1 ? &table->control->tail : &table->control->head, value);
}

static bool is_lie(const uint8_t *step)
{
	return step[0] % STEPS >= SCRIBBLE_INDEX;
}

static void *scribble_on(void *argument)
{
	struct table *table = argument;

	while (!atomic_load(&table->done))
		for (size_t i = 0; i < table->count; i++)
			if (is_lie(table->steps + i * STEP))
				scribble(table, table->steps + i * STEP);
	return NULL;
}

/* ---- what we do ---- */

static size_t length_in(const uint8_t *step)
{
	return ((size_t)step[2] << 8 | step[3]) % MAX_LENGTH >> step[1] % 16;
}

/* Each message begins elsewhere in the same bytes, so that one taken for another shows. */
static const uint8_t *bytes_of(uint32_t number)
{
	static uint8_t bytes[MAX_LENGTH + OFFSETS];
	static bool filled;

	for (size_t i = 0; !filled && i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + (i >> 8));
	filled = true;
	return bytes + number % OFFSETS;
}

/* 0, or why the ring is of no more use. */
static int write_message(struct table *table, size_t length)
{
	int r = ring_write(&table->writer, bytes_of(table->sent), length);

	MUST((r == -EMSGSIZE) == (length > ring_capacity(table->size)));
	if (table->honest) {
		MUST(r >= 0 || r == -EMSGSIZE);
		table->lengths[table->sent] = (uint32_t)length;
		table->sent += r == 1;
	}
	return r == -EPROTO ? r : 0;
}

static void check_message(const struct table *table)
{
	MUST(table->received < table->sent);
	MUST(table->read.length == table->lengths[table->received]);
	MUST(!table->read.length ||
	     memcmp(table->read.data, bytes_of(table->received), table->read.length) == 0);
}

static int read_message(struct table *table, size_t limit)
{
	int r;

	table->read.length = 0;
	r = ring_read(&table->reader, &table->read, limit);
	MUST(r == 1 || table->read.length == 0);
	MUST(table->read.length <= limit && table->read.length <= ring_capacity(table->size));
	/* What was read had been published. */
	MUST(table->reader.there - table->reader.here <= table->size);
	if (table->honest) {
		MUST(r != -EPROTO && r != -ENOMEM);
		MUST((r == 0) == (table->received == table->sent));
		MUST(r != -EMSGSIZE || table->lengths[table->received] > limit);
		if (r == 1)
			check_message(table);
		table->received += r == 1;
	}
	return r < 0 ? r : 0;
}

/* The flags change nothing of what there is to read. */
static void sleep_a_little(struct table *table, const uint8_t *step)
{
	struct ring *ring = step[1] & 1 ? &table->reader : &table->writer;
	struct ring *other = step[1] & 1 ? &table->writer : &table->reader;

	ring_sleep(ring, step[1] & 2 ? RING_POLLING : RING_AWAKE);
	if (step[1] & 4)
		MUST(ring_wake(other) == !!(step[1] & 2) || !table->honest);
	ring_ready(&table->writer, length_in(step));
	if (table->honest)
		MUST(ring_ready(&table->reader, 0) == (table->received < table->sent));
}

static int do_step(struct table *table, const uint8_t *step)
{
	switch (step[0] % STEPS) {
	case WRITE:
		return write_message(table, length_in(step));
	case READ:
		return read_message(table, length_in(step));
	case SLEEP:
		sleep_a_little(table, step);
		return 0;
	default:
		table->honest = false;
		scribble(table, step);
		return 0;
	}
}

static void do_steps(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (do_step(table, table->steps + i * STEP) < 0)
			return;
}

/* The same while the peer's thread scribbles all the time.  Which lie we meet depends on chance, so
 * we look often. */
static void do_concurrently(struct table *table)
{
	pthread_t peer;

	table->honest = false;
	MUST(pthread_create(&peer, NULL, scribble_on, table) == 0);
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < table->count; i++)
			if (!is_lie(table->steps + i * STEP))
				do_step(table, table->steps + i * STEP);
	}
	atomic_store(&table->done, true);
	pthread_join(peer, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct table table;

	if (size < 1 + STEP)
		return 0;
	table_open(&table, data[0], data + 1, size - 1);
	if ((data[0] & CONCURRENT) == CONCURRENT)
		do_concurrently(&table);
	else
		do_steps(&table);
	table_close(&table);
	return 0;
}
