/* The rings in shared memory: messages that wrap, and a peer that lies. */
#include "common/ring.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/harness.h"

#define SMALL     RING_MIN_SIZE
#define BIG       ((uint32_t)64 << 10) /* big enough to rewind */
#define SCRIBBLES 100000
#define MESSAGES  100000

/* A segment as long as it has to be and no byte longer, so that a sanitizer sees what is beyond. */
struct segment {
	struct ring_control *controls; /* calls and replies */
	uint8_t *memory;
	uint32_t size;
	struct ring writer, reader; /* of the calls */
	struct buffer read;
};

static void segment_make(struct segment *segment, uint32_t size)
{
	memset(segment, 0, sizeof(*segment));
	segment->memory = aligned_alloc(4096, ring_segment(size));
	CU_ASSERT_FATAL(segment->memory != NULL);
	memset(segment->memory, 0, ring_segment(size));
	segment->controls = (struct ring_control *)(void *)segment->memory;
	segment->size = size;
	ring_attach(&segment->writer, segment->memory, size, RING_CALLS, RING_WRITER);
	ring_attach(&segment->reader, segment->memory, size, RING_CALLS, RING_READER);
}

static void segment_release(struct segment *segment)
{
	free(segment->memory);
	buffer_release(&segment->read);
}

static int write_text(struct segment *segment, const char *text)
{
	return ring_write(&segment->writer, text, strlen(text));
}

static int read_next(struct segment *segment)
{
	segment->read.length = 0;
	return ring_read(&segment->reader, &segment->read, segment->size);
}

static void check_text(struct segment *segment, const char *text)
{
	CHECK_INT(read_next(segment), 1);
	CHECK_INT(segment->read.length, strlen(text));
	CHECK_BYTES(segment->read.data, text, strlen(text));
}

static void test_sizes(void)
{
	CHECK_INT(ring_size_for(0), RING_MIN_SIZE);
	CHECK_INT(ring_size_for(4092), 4096);
	CHECK_INT(ring_size_for(4093), 8192);
	CHECK_INT(ring_size_for((size_t)1 << 20), 2 << 20);
	CHECK_INT(ring_size_for(SIZE_MAX), RING_MAX_SIZE);
	CHECK_INT(ring_size_in(ring_segment(8192)), 8192);
	CHECK_INT(ring_size_in(ring_segment(8192) - 1), 0);
	CHECK_INT(ring_size_in(0), 0);
	CHECK_INT(ring_size_in(SIZE_MAX), 0);
	CHECK_INT(ring_taken(0), 4);
	CHECK_INT(ring_taken(1), 8);
	CHECK_INT(ring_taken(4), 8);
}

static void test_in_order(void)
{
	struct segment segment;

	segment_make(&segment, SMALL);
	CHECK_INT(read_next(&segment), 0);
	CHECK_INT(write_text(&segment, "one"), 1);
	CHECK_INT(write_text(&segment, ""), 1);
	CHECK_INT(write_text(&segment, "three and more"), 1);
	check_text(&segment, "one");
	CHECK_INT(read_next(&segment), 1);
	CHECK_INT(segment.read.length, 0);
	check_text(&segment, "three and more");
	CHECK_INT(read_next(&segment), 0);
	segment_release(&segment);
}

/* What the layout in ring.h says, byte by byte. */
static void test_layout(void)
{
	const uint8_t expected[12] = { 5, 0, 0, 0, 'h', 'e', 'l', 'l', 'o', 0, 0, 0 };
	struct segment segment;
	uint32_t tail, head;

	segment_make(&segment, SMALL);
	write_text(&segment, "hello");
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		CHECK_BYTES(segment.memory + RING_HEADER, expected, sizeof(expected));
	memcpy(&tail, segment.memory, sizeof(tail));
	CHECK_INT(tail, 12);
	read_next(&segment);
	memcpy(&head, segment.memory + 64, sizeof(head));
	CHECK_INT(head, 12);
	segment_release(&segment);
}

/* Messages of this length, until they have begun at every place where one can. */
static int count_wrong(struct segment *segment, size_t length, uint8_t *message)
{
	int wrong = 0;

	for (unsigned int i = 0; i < segment->size / 4 + 2; i++) {
		for (size_t j = 0; j < length; j++)
			message[j] = (uint8_t)(i * 31 + j * 7);
		wrong += ring_write(&segment->writer, message, length) != 1;
		wrong += read_next(segment) != 1 || segment->read.length != length ||
			 (length && memcmp(segment->read.data, message, length) != 0);
	}
	return wrong;
}

static void test_wraps_at_every_offset(void)
{
	static const size_t lengths[] = { 0, 1, 2, 3, 4, 5, 8, 63, 1024, 4089, 4091, 4092 };
	uint8_t message[SMALL];
	struct segment segment;

	segment_make(&segment, SMALL);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		CHECK_INT(count_wrong(&segment, lengths[i], message), 0);
	/* Also where the indices themselves wrap. */
	segment.writer.here = segment.writer.there = segment.reader.here = segment.reader.there =
		UINT32_MAX - 2047;
	segment.controls[0].head = segment.controls[0].tail = UINT32_MAX - 2047;
	CHECK_INT(count_wrong(&segment, 100, message), 0);
	segment_release(&segment);
}

static void test_full(void)
{
	uint8_t message[1020] = { 7 };
	struct segment segment;

	segment_make(&segment, SMALL);
	for (int i = 0; i < 4; i++)
		CHECK_INT(ring_write(&segment.writer, message, sizeof(message)), 1);
	CHECK_INT(ring_write(&segment.writer, message, 0), 0);
	CU_ASSERT(!ring_ready(&segment.writer, 0));
	CHECK_INT(read_next(&segment), 1);
	CU_ASSERT(ring_ready(&segment.writer, sizeof(message)));
	CU_ASSERT(!ring_ready(&segment.writer, sizeof(message) + 1));
	CHECK_INT(ring_write(&segment.writer, message, sizeof(message)), 1);
	CHECK_INT(ring_write(&segment.writer, message, 0), 0);
	CHECK_INT(ring_write(&segment.writer, segment.memory, SMALL - 3), -EMSGSIZE);
	segment_release(&segment);
}

static void test_limit(void)
{
	struct segment segment;

	segment_make(&segment, SMALL);
	write_text(&segment, "12345678");
	CHECK_INT(ring_read(&segment.reader, &segment.read, 7), -EMSGSIZE);
	CHECK_INT(ring_read(&segment.reader, &segment.read, 8), 1);
	segment_release(&segment);
}

/* A conversation stays in the first pages of a big ring; what is not read yet is never jumped. */
static void test_rewinds(void)
{
	uint8_t message[1000] = { 0 };
	struct segment segment;
	uint32_t furthest = 0;

	segment_make(&segment, BIG);
	for (int i = 0; i < 1000; i++) {
		uint32_t at = segment.writer.here % BIG;

		furthest = at > furthest ? at : furthest;
		message[0] = (uint8_t)i;
		CHECK_INT(ring_write(&segment.writer, message, sizeof(message)), 1);
		CHECK_INT(read_next(&segment), 1);
		CHECK_INT(segment.read.data[0], message[0]);
	}
	CU_ASSERT(furthest < BIG / 2);
	CU_ASSERT(furthest > BIG / 4 - 1004); /* not with every message: that costs a word */
	for (int i = 0; i < 100 && ring_write(&segment.writer, message, sizeof(message)) == 1; i++)
		;
	CU_ASSERT(segment.writer.here - segment.reader.here > BIG - 1004);
	segment_release(&segment);
}

/* How much of the memory either end has ever touched: what a server counts of a session. */
static void test_reach(void)
{
	uint8_t message[1020] = { 0 };
	struct segment segment;

	segment_make(&segment, SMALL);
	CHECK_INT(segment.writer.reach, 0);
	write_text(&segment, "hello");
	CHECK_INT(segment.writer.reach, 12);
	CHECK_INT(segment.reader.reach, 0);
	check_text(&segment, "hello");
	CHECK_INT(segment.reader.reach, 12);
	for (int i = 0; i < 9; i++) {
		/* The fourth one goes on at the beginning, and so has touched all. */
		uint32_t reach = i < 3 ? 12 + 1024 * ((uint32_t)i + 1) : SMALL;

		CHECK_INT(ring_write(&segment.writer, message, sizeof(message)), 1);
		CHECK_INT(segment.writer.reach, reach);
		CHECK_INT(read_next(&segment), 1);
		CHECK_INT(segment.reader.reach, reach);
	}
	segment_release(&segment);
}

/* ---- a peer that lies ---- */

static void lie_to_reader(uint32_t tail, uint32_t length, int expected)
{
	struct segment segment;

	segment_make(&segment, SMALL);
	write_text(&segment, "an honest message");
	memcpy(segment.memory + RING_HEADER, &length, sizeof(length));
	segment.controls[0].tail = tail;
	CHECK_INT(read_next(&segment), expected);
	segment_release(&segment);
}

static void test_lies_to_the_reader(void)
{
	static const uint32_t tails[] = { 1, 22, 23, 4097, 4100, 1 << 31, UINT32_MAX, -4U, -24U };
	static const uint32_t lengths[] = { 21, 24, 4092, 4093, 4096, 1 << 31, -2U, -4U };

	lie_to_reader(24, 17, 1); /* no lie */
	lie_to_reader(24, 20, 1); /* nor this, for all that can be known */
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
		lie_to_reader(tails[i], 17, -EPROTO);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		lie_to_reader(24, lengths[i], -EPROTO);
	lie_to_reader(4, 17, -EPROTO);             /* half of a message */
	lie_to_reader(24, RING_REWIND, -EPROTO);   /* beyond what was written */
	lie_to_reader(4096, RING_REWIND, -EPROTO); /* nothing behind it */
}

static void test_tail_that_goes_back(void)
{
	struct segment segment;

	segment_make(&segment, SMALL);
	write_text(&segment, "1");
	write_text(&segment, "2");
	CHECK_INT(read_next(&segment), 1);
	segment.controls[0].tail = 8;
	CHECK_INT(read_next(&segment), 1); /* it was seen when it was there */
	CHECK_INT(read_next(&segment), -EPROTO);
	CU_ASSERT(ring_ready(&segment.reader, 0));
	segment_release(&segment);
}

static void test_head_that_goes_back(void)
{
	uint8_t message[2040] = { 0 };
	struct segment segment;

	segment_make(&segment, SMALL);
	for (int i = 0; i < 4; i++)
		CHECK_INT(ring_write(&segment.writer, message, 1020), 1);
	CHECK_INT(read_next(&segment), 1);
	CHECK_INT(read_next(&segment), 1);
	CHECK_INT(ring_write(&segment.writer, message, 1020), 1);
	segment.controls[0].head = 1024;
	CHECK_INT(ring_write(&segment.writer, message, 2040), -EPROTO);
	segment_release(&segment);
}

static void test_rewinds_without_end(void)
{
	const uint32_t word = RING_REWIND;
	struct segment segment;

	segment_make(&segment, SMALL);
	for (size_t i = 0; i < SMALL; i += 4)
		memcpy(segment.memory + RING_HEADER + i, &word, 4);
	write_text(&segment, "");
	read_next(&segment);
	memcpy(segment.memory + RING_HEADER, &word, 4);
	segment.controls[0].tail = SMALL + 4;
	CHECK_INT(read_next(&segment), -EPROTO);
	segment_release(&segment);
}

static void test_lies_to_the_writer(void)
{
	static const uint32_t heads[] = { 1, 4, 8, 4096, 1 << 31, UINT32_MAX, -4U, -4096U };
	uint8_t message[4092] = { 0 };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct segment segment;

		segment_make(&segment, SMALL);
		segment.controls[0].head = heads[i];
		/* The ring is empty, so only the second one has to look. */
		CHECK_INT(ring_write(&segment.writer, message, 4092), 1);
		if (heads[i] % 4 == 0 && heads[i] <= 4096)
			CHECK_INT(ring_write(&segment.writer, message, 4092), heads[i] == 4096);
		else
			CHECK_INT(ring_write(&segment.writer, message, 4092), -EPROTO);
		segment_release(&segment);
	}
}

static uint32_t random_word(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* Anything, but often something that nearly fits. */
static uint32_t random_lie(const struct segment *segment, uint64_t *state)
{
	uint32_t word = random_word(state);

	switch (random_word(state) % 5) {
	case 0:
		return word;
	case 1:
		return RING_REWIND;
	case 2:
		return segment->reader.here + word % (2 * SMALL) * 4;
	case 3:
		return segment->writer.here - word % SMALL;
	default:
		return word % (SMALL + 8);
	}
}

static void scribble(struct segment *segment, uint64_t *state)
{
	uint32_t lie = random_lie(segment, state);
	size_t at = random_word(state) % 3 ? random_word(state) % 4 * 64
					   : RING_HEADER + random_word(state) % SMALL / 4 * 4;

	memcpy(segment->memory + at, &lie, sizeof(lie));
}

/* Whatever is in the memory, nothing outside is touched, and what is read has a sound length. */
static void test_scribbling(void)
{
	uint8_t message[SMALL] = { 0 };
	uint64_t state = 42;
	struct segment segment;
	unsigned int refused = 0, read = 0;

	segment_make(&segment, SMALL);
	for (int i = 0; i < SCRIBBLES; i++) {
		int written, got;

		if (i % 3 == 0)
			scribble(&segment, &state);
		written = ring_write(&segment.writer, message, random_word(&state) % 600);
		if (i % 3 == 1)
			scribble(&segment, &state);
		got = read_next(&segment);
		if (got > 0)
			CU_ASSERT_FATAL(segment.read.length <= ring_capacity(SMALL));
		read += got > 0;
		if (written >= 0 && got >= 0)
			continue;
		refused++;
		memset(segment.controls, 0, RING_HEADER);
		ring_attach(&segment.writer, segment.memory, SMALL, RING_CALLS, RING_WRITER);
		ring_attach(&segment.reader, segment.memory, SMALL, RING_CALLS, RING_READER);
	}
	CU_ASSERT(refused > SCRIBBLES / 100);
	CU_ASSERT(read > SCRIBBLES / 100);
	segment_release(&segment);
}

/* ---- waking ---- */

static void test_waking(void)
{
	struct segment segment;

	segment_make(&segment, SMALL);
	CU_ASSERT(!ring_wake(&segment.writer));
	ring_sleep(&segment.reader, RING_POLLING);
	CU_ASSERT(!ring_wake(&segment.reader)); /* it is the reader that sleeps */
	CU_ASSERT(ring_wake(&segment.writer));
	CU_ASSERT(!ring_wake(&segment.writer)); /* once is enough */
	ring_sleep(&segment.writer, RING_POLLING);
	CU_ASSERT(ring_wake(&segment.reader));
	ring_sleep(&segment.reader, RING_POLLING);
	ring_sleep(&segment.reader, RING_AWAKE);
	CU_ASSERT(!ring_wake(&segment.writer));
	segment_release(&segment);
}

static void *wait_at_ring(void *context)
{
	struct ring *ring = context;

	return ring_wait(ring, INT64_C(60000000000)) ? context : NULL;
}

/* One who waits at the ring needs no descriptor: the other end wakes it.  Unless it was woken
 * before it slept, it ends with its time. */
static void test_waiting(void)
{
	struct segment segment;
	pthread_t thread;
	void *woken;

	segment_make(&segment, SMALL);
	CU_ASSERT(ring_wait(&segment.reader, INT64_C(60000000000))); /* it said nothing */
	ring_sleep(&segment.reader, RING_WAITING);
	CU_ASSERT(ring_is_asleep(&segment.reader));
	CU_ASSERT(!ring_wait(&segment.reader, 1000));
	pthread_create(&thread, NULL, wait_at_ring, &segment.reader);
	CU_ASSERT(!ring_wake(&segment.writer));
	CU_ASSERT(!ring_is_asleep(&segment.reader));
	pthread_join(thread, &woken);
	CU_ASSERT(woken != NULL);
	segment_release(&segment);
}

/* ---- two threads ---- */

struct side {
	pthread_t thread;
	struct ring out, in;
	unsigned int wrong;
};

static size_t length_of(unsigned int i)
{
	return sizeof(i) + i * 37 % 500;
}

static bool send_one(struct side *side, unsigned int i)
{
	uint8_t message[512];

	memset(message, (int)(i & 0xff), sizeof(message));
	memcpy(message, &i, sizeof(i));
	return ring_write(&side->out, message, length_of(i)) == 1;
}

static bool receive_one(struct side *side, struct buffer *buffer, unsigned int i)
{
	unsigned int number = ~i;
	int r;

	buffer->length = 0;
	r = ring_read(&side->in, buffer, 512);
	if (r == 0)
		return false;
	if (r > 0)
		memcpy(&number, buffer->data, sizeof(number));
	if (number != i || buffer->length != length_of(i) ||
	    (buffer->length > 4 && buffer->data[buffer->length - 1] != (uint8_t)i))
		side->wrong++;
	return true;
}

static void *both_ways(void *argument)
{
	struct side *side = argument;
	struct buffer buffer = { 0 };
	unsigned int sent = 0, received = 0;

	while (sent < MESSAGES || received < MESSAGES) {
		bool moved = false;

		if (sent < MESSAGES && send_one(side, sent)) {
			sent++;
			moved = true;
		}
		if (received < MESSAGES && receive_one(side, &buffer, received)) {
			received++;
			moved = true;
		}
		if (!moved)
			sched_yield();
	}
	buffer_release(&buffer);
	return NULL;
}

static void push_both_ways(uint32_t size)
{
	struct side client = { .wrong = 0 }, server = { .wrong = 0 };
	struct segment segment;

	segment_make(&segment, size);
	ring_attach(&client.out, segment.memory, size, RING_CALLS, RING_WRITER);
	ring_attach(&client.in, segment.memory, size, RING_REPLIES, RING_READER);
	ring_attach(&server.in, segment.memory, size, RING_CALLS, RING_READER);
	ring_attach(&server.out, segment.memory, size, RING_REPLIES, RING_WRITER);
	pthread_create(&client.thread, NULL, both_ways, &client);
	pthread_create(&server.thread, NULL, both_ways, &server);
	pthread_join(client.thread, NULL);
	pthread_join(server.thread, NULL);
	CHECK_INT(client.wrong, 0);
	CHECK_INT(server.wrong, 0);
	segment_release(&segment);
}

static void test_two_threads(void)
{
	push_both_ways(SMALL);
	push_both_ways(BIG);
}

int main(void)
{
	static const struct test tests[] = {
		{ "sizes", test_sizes },
		{ "messages come in order", test_in_order },
		{ "the layout is the documented one", test_layout },
		{ "messages wrap at every offset", test_wraps_at_every_offset },
		{ "a full ring takes no more", test_full },
		{ "a message beyond the limit", test_limit },
		{ "an empty ring is rewound", test_rewinds },
		{ "how far a ring was touched", test_reach },
		{ "lies to the reader", test_lies_to_the_reader },
		{ "a tail that goes back", test_tail_that_goes_back },
		{ "a head that goes back", test_head_that_goes_back },
		{ "rewinding without end", test_rewinds_without_end },
		{ "lies to the writer", test_lies_to_the_writer },
		{ "a peer that scribbles", test_scribbling },
		{ "who is to be woken", test_waking },
		{ "who waits at the ring", test_waiting },
		{ "two threads, both ways", test_two_threads },
		{ NULL, NULL },
	};

	return harness_run("ring", tests);
}
