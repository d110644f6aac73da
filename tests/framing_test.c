/* Where messages end on a byte stream, however the stream is cut; and the buffer under it. */
#include "common/framing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/kit/harness.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define READ_SIZE     ((size_t)64 << 10) /* as the server reads */
#define ENOUGH_TIME   2.0                /* seconds of processor time: far above linear work */
#define MAX_RECORD    5                  /* bytes in the record that is cut in all ways */

/* A stream being read as the server reads it: each step's messages are taken, then dropped. */
struct feed {
	struct framing_reader reader;
	struct buffer input;
	char *messages; /* what was found, in hexadecimal, each with "|" behind it */
	size_t room;
};

static void feed_init(struct feed *feed, const struct framing *framing, size_t limit, size_t room)
{
	*feed = (struct feed){ .reader = { .framing = framing, .limit = limit }, .room = room };
	feed->messages = calloc(1, room);
}

static void feed_release(struct feed *feed)
{
	buffer_release(&feed->input);
	free(feed->messages);
}

static void note_message(struct feed *feed, const struct framing_message *message)
{
	size_t used = strlen(feed->messages);

	if (used + 2 * message->length + 2 > feed->room)
		CU_FAIL_FATAL("more messages than were sent");
	for (size_t i = 0; i < message->length; i++)
		used += (size_t)sprintf(feed->messages + used, "%02x", message->bytes[i]);
	strcpy(feed->messages + used, "|");
}

/* Appends what was "read" and takes the messages out.  What framing_next() said last. */
static int feed_step(struct feed *feed, const uint8_t *bytes, size_t length)
{
	struct framing_message message;
	size_t done = 0, left;
	int r;

	if (buffer_append(&feed->input, bytes, length) < 0)
		return -ENOMEM;
	left = feed->input.length;
	while ((r = framing_next(&feed->reader, feed->input.data + done, &left, &message)) > 0) {
		note_message(feed, &message);
		done += message.consumed;
		left -= message.consumed;
	}
	feed->input.length = done + left;
	buffer_consume(&feed->input, done);
	return r;
}

static int feed_in_steps(struct feed *feed, const uint8_t *stream, size_t length, size_t step)
{
	int r = 0;

	for (size_t at = 0; at < length && r == 0; at += step)
		r = feed_step(feed, stream + at, length - at < step ? length - at : step);
	return r;
}

/* ---- streams, each fed 1, 2, ... n bytes at a time ---- */

static const struct {
	const char *name;
	const struct framing *framing;
	size_t limit;
	const char *stream, *messages;
	int end;
} cases[] = {
	{ "one record", &framing_record_marking, 64, "80000003 010203", "010203|", 0 },
	{ "records", &framing_record_marking, 64, "80000001 01 80000002 0203 80000001 04",
	  "01|0203|04|", 0 },
	{ "an empty record", &framing_record_marking, 64, "80000000 80000001 09", "|09|", 0 },
	{ "two fragments", &framing_record_marking, 64, "00000002 0102 80000001 03", "010203|", 0 },
	{ "fragments, then a record", &framing_record_marking, 64,
	  "00000001 01 00000001 02 80000001 03 80000002 0405", "010203|0405|", 0 },
	{ "empty fragments", &framing_record_marking, 64,
	  "00000000 00000000 00000001 01 00000000 80000000 80000001 02", "01|02|", 0 },
	{ "bytes that look like marks", &framing_record_marking, 64,
	  "00000004 80000000 80000004 7fffffff", "800000007fffffff|", 0 },
	{ "half a record", &framing_record_marking, 64, "80000001 01 80000002 02", "01|", 0 },
	{ "no last fragment", &framing_record_marking, 64, "00000001 01 00000001 02", "", 0 },
	{ "a record of the limit", &framing_record_marking, 4, "80000004 01020304", "01020304|",
	  0 },
	{ "fragments up to the limit", &framing_record_marking, 4,
	  "00000001 01 00000003 020304 80000000", "01020304|", 0 },
	{ "the limit is each record's", &framing_record_marking, 2,
	  "00000001 01 80000001 02 00000001 03 80000001 04", "0102|0304|", 0 },
	{ "a record of limit + 1", &framing_record_marking, 4, "80000005 0102030405", "",
	  -EMSGSIZE },
	{ "fragments of limit + 1", &framing_record_marking, 4,
	  "00000001 01 00000003 020304 00000001 05", "", -EMSGSIZE },
	{ "a record, then one too long", &framing_record_marking, 4, "80000001 01 80000005", "01|",
	  -EMSGSIZE },
	{ "a fragment of 2 GiB", &framing_record_marking, FRAMING_MAX_MESSAGE, "7fffffff", "",
	  -EMSGSIZE },
	{ "a last fragment of 2 GiB", &framing_record_marking, FRAMING_MAX_MESSAGE, "ffffffff", "",
	  -EMSGSIZE },
	{ "a later fragment of 2 GiB", &framing_record_marking, FRAMING_MAX_MESSAGE,
	  "00000001 01 7fffffff", "", -EMSGSIZE },
	{ "the greatest limit", &framing_record_marking, INT32_MAX, "7fffffff 01", "", 0 },
	{ "beyond the greatest limit", &framing_record_marking, INT32_MAX, "00000001 01 7fffffff",
	  "", -EMSGSIZE },
	{ "one message", &framing_length_prefix, 64, "00000008 0102030405060708",
	  "0102030405060708|", 0 },
	{ "messages", &framing_length_prefix, 64,
	  "00000008 0102030405060708 00000009 010203040506070809 00000008 1112131415161718",
	  "0102030405060708|010203040506070809|1112131415161718|", 0 },
	{ "half a message", &framing_length_prefix, 64, "00000008 0102030405060708 00000008 01",
	  "0102030405060708|", 0 },
	{ "a message of the limit", &framing_length_prefix, 9, "00000009 010203040506070809",
	  "010203040506070809|", 0 },
	{ "a message of limit + 1", &framing_length_prefix, 9, "0000000a", "", -EMSGSIZE },
	{ "a message below the minimum", &framing_length_prefix, 64, "00000007", "", -EPROTO },
	{ "an empty message", &framing_length_prefix, 64, "00000000", "", -EPROTO },
	{ "a message, then one too short", &framing_length_prefix, 64,
	  "00000008 0102030405060708 00000007 01", "0102030405060708|", -EPROTO },
	{ "no fragments here", &framing_length_prefix, FRAMING_MAX_MESSAGE, "80000008", "",
	  -EMSGSIZE },
	{ "a message of 2 GiB", &framing_length_prefix, FRAMING_MAX_MESSAGE, "7fffffff", "",
	  -EMSGSIZE },
	{ "a message of 4 GiB", &framing_length_prefix, INT32_MAX, "ffffffff", "", -EMSGSIZE },
};

static void test_streams(void)
{
	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint8_t stream[128];
		size_t length = bytes_from_hex(stream, cases[i].stream);

		for (size_t step = 1; step <= length; step++) {
			struct feed feed;

			feed_init(&feed, cases[i].framing, cases[i].limit, 256);
			CHECK_INT(feed_in_steps(&feed, stream, length, step), cases[i].end);
			CHECK_STR(feed.messages, cases[i].messages);
			feed_release(&feed);
		}
	}
}

/* Every point at which the stream can be cut in two. */
static void test_two_reads(void)
{
	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint8_t stream[128];
		size_t length = bytes_from_hex(stream, cases[i].stream);

		for (size_t cut = 1; cut < length; cut++) {
			struct feed feed;
			int r;

			feed_init(&feed, cases[i].framing, cases[i].limit, 256);
			r = feed_step(&feed, stream, cut);
			if (r == 0)
				r = feed_step(&feed, stream + cut, length - cut);
			CHECK_INT(r, cases[i].end);
			CHECK_STR(feed.messages, cases[i].messages);
			feed_release(&feed);
		}
	}
}

static void test_what_a_message_took(void)
{
	uint8_t stream[] = { 0, 0, 0, 1, 'a', 0, 0, 0, 0, 0x80, 0, 0, 2, 'b', 'c', 0x80, 0 };
	struct framing_reader reader = { .framing = &framing_record_marking, .limit = 8 };
	struct framing_message message;
	size_t length = sizeof(stream);

	CHECK_INT(framing_next(&reader, stream, &length, &message), 1);
	CHECK_INT(message.length, 3);
	CHECK_INT(message.consumed, 15);
	CHECK_BYTES(message.bytes, "abc", 3);
	CHECK_INT(length, sizeof(stream));
	CHECK_INT(message.bytes >= stream && message.bytes + 3 <= stream + 15, true);
}

static void test_mark(void)
{
	static const struct {
		const struct framing *framing;
		size_t length;
		uint8_t header[FRAMING_HEADER];
	} marks[] = {
		{ &framing_record_marking, 0, { 0x80, 0, 0, 0 } },
		{ &framing_record_marking, 44, { 0x80, 0, 0, 44 } },
		{ &framing_record_marking, INT32_MAX, { 0xff, 0xff, 0xff, 0xff } },
		{ &framing_length_prefix, 8, { 0, 0, 0, 8 } },
		{ &framing_length_prefix, 0x01020304, { 1, 2, 3, 4 } },
	};

	for (size_t i = 0; i < LENGTH(marks); i++) {
		uint8_t header[FRAMING_HEADER];

		framing_mark(marks[i].framing, header, marks[i].length);
		CHECK_BYTES(header, marks[i].header, FRAMING_HEADER);
	}
}

/* ---- one record, in every way that fragments can make it up ---- */

static size_t put_fragment(uint8_t *stream, const uint8_t *bytes, size_t length, bool last)
{
	stream[0] = last ? 0x80 : 0;
	stream[1] = stream[2] = 0;
	stream[3] = (uint8_t)length;
	memcpy(stream + FRAMING_HEADER, bytes, length);
	return FRAMING_HEADER + length;
}

/*
 * A record of `length` bytes: bit i of `cuts` ends a fragment behind byte i, bit i of `empty` puts
 * an empty fragment before byte i, and the last bit makes the last fragment an empty one.
 */
static size_t put_record(uint8_t *stream, size_t length, unsigned int cuts, unsigned int empty)
{
	static const uint8_t bytes[MAX_RECORD] = { 1, 2, 3, 4, 5 };
	bool empty_end = empty & (1U << length);
	size_t at = 0, begin = 0;

	for (size_t i = 0; i < length; i++) {
		bool last = i == length - 1;

		if (i == begin && empty & (1U << i))
			at += put_fragment(stream + at, bytes, 0, false);
		if (!last && !(cuts & (1U << i)))
			continue;
		at += put_fragment(stream + at, bytes + begin, i + 1 - begin, last && !empty_end);
		begin = i + 1;
	}
	return empty_end ? at + put_fragment(stream + at, bytes, 0, true) : at;
}

static void check_fragments(const uint8_t *stream, size_t length, size_t step)
{
	struct feed feed;

	feed_init(&feed, &framing_record_marking, MAX_RECORD, 64);
	CHECK_INT(feed_in_steps(&feed, stream, length, step), 0);
	CHECK_STR(feed.messages, "0102030405|010203|");
	CHECK_INT(feed.input.length, 0);
	feed_release(&feed);
}

static void test_every_fragmentation(void)
{
	for (unsigned int cuts = 0; cuts < 1U << (MAX_RECORD - 1); cuts++)
		for (unsigned int empty = 0; empty < 1U << (MAX_RECORD + 1); empty++) {
			uint8_t stream[128];
			size_t length = put_record(stream, MAX_RECORD, cuts, empty);

			length += put_record(stream + length, 3, cuts, empty);
			for (size_t step = 1; step <= length; step++)
				check_fragments(stream, length, step);
		}
}

/* ---- what a hostile peer may cost ---- */

static double processor_time(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* Fed in `step`s, a message that never ends holds no more than `most` bytes at any time. */
static void check_endless(const uint8_t *stream, size_t length, size_t step, size_t most)
{
	double start = processor_time();
	struct feed feed;
	size_t worst = 0;
	int r = 0;

	feed_init(&feed, &framing_record_marking, 1024, 16);
	for (size_t at = 0; at < length && r == 0; at += step) {
		r = feed_step(&feed, stream + at, length - at < step ? length - at : step);
		worst = feed.input.length > worst ? feed.input.length : worst;
		if (at % 4096 == 0 && processor_time() - start >= ENOUGH_TIME)
			break;
	}
	CHECK_INT(r, 0);
	CHECK_INT(worst <= most, true);
	CHECK_INT(feed.input.capacity <= 4 * READ_SIZE, true);
	CHECK_INT(processor_time() - start < ENOUGH_TIME, true);
	feed_release(&feed);
}

static void test_endless_empty_fragments(void)
{
	size_t length = (size_t)1 << 20;
	uint8_t *stream = calloc(1, length);

	CU_ASSERT_FATAL(stream != NULL);
	check_endless(stream, length, READ_SIZE, 8);
	check_endless(stream, length, 4093, 12);
	check_endless(stream, length, 1, 12);
	stream[3] = 4; /* the first has four bytes: something is gathered */
	check_endless(stream, length, READ_SIZE, 16);
	free(stream);
}

/* A record of n bytes in n fragments, all there at once or byte by byte: linear work. */
static void check_tiny_fragments(const uint8_t *stream, size_t length, size_t step, size_t expected)
{
	struct framing_reader reader = { .framing = &framing_record_marking,
					 .limit = FRAMING_MAX_MESSAGE };
	struct framing_message message = { 0 };
	struct buffer input = { 0 };
	double start = processor_time();
	size_t most = 0, wrong = 0;
	int r = 0;

	for (size_t at = 0; at < length && r == 0; at += step) {
		size_t n = length - at < step ? length - at : step;

		if (buffer_append(&input, stream + at, n) < 0)
			break;
		r = framing_next(&reader, input.data, &input.length, &message);
		most = input.length > most ? input.length : most;
		if (at % 4096 == 0 && processor_time() - start >= ENOUGH_TIME)
			break;
	}
	CHECK_INT(r, 1);
	CHECK_INT(message.length, expected);
	for (size_t i = 0; r == 1 && i < expected; i++)
		wrong += message.bytes[i] != (uint8_t)i;
	CHECK_INT(wrong, 0);
	CHECK_INT(most <= expected + step + 2 * FRAMING_HEADER + 1, true);
	CHECK_INT(processor_time() - start < ENOUGH_TIME, true);
	buffer_release(&input);
}

static void test_tiny_fragments(void)
{
	static const size_t counts[] = { (size_t)64 << 10, (size_t)256 << 10 };

	for (size_t i = 0; i < LENGTH(counts); i++) {
		size_t length = 5 * counts[i];
		uint8_t *stream = calloc(1, length);

		CU_ASSERT_FATAL(stream != NULL);
		for (size_t j = 0; j < counts[i]; j++) {
			stream[5 * j + 3] = 1;
			stream[5 * j + 4] = (uint8_t)j;
		}
		stream[length - 5] = 0x80;
		check_tiny_fragments(stream, length, length, counts[i]);
		check_tiny_fragments(stream, length, READ_SIZE, counts[i]);
		check_tiny_fragments(stream, length, 7, counts[i]);
		check_tiny_fragments(stream, length, 1, counts[i]);
		free(stream);
	}
}

/* ---- the buffer ---- */

static void test_buffer_append(void)
{
	struct buffer buffer = { 0 };
	uint8_t byte;

	CHECK_INT(buffer_append(&buffer, NULL, 0), 0);
	CHECK_INT(buffer.length, 0);
	for (unsigned int i = 0; i < 1000; i++) {
		byte = (uint8_t)i;
		CHECK_INT(buffer_append(&buffer, &byte, 1), 0);
	}
	CHECK_INT(buffer.length, 1000);
	CHECK_INT(buffer.capacity >= 1000, true);
	for (unsigned int i = 0; i < 1000; i++)
		CHECK_INT(buffer.data[i], i % 256);
	buffer_release(&buffer);
	CHECK_INT(buffer.data == NULL && buffer.length == 0 && buffer.capacity == 0, true);
	CHECK_INT(buffer_append(&buffer, "abc", 3), 0);
	CHECK_BYTES(buffer.data, "abc", 3);
	buffer_release(&buffer);
}

static void test_buffer_reserve(void)
{
	struct buffer buffer = { 0 };
	uint8_t *data;
	size_t capacity;

	CHECK_INT(buffer_append(&buffer, "abc", 3), 0);
	CHECK_INT(buffer_reserve(&buffer, 5000), 0);
	CHECK_INT(buffer.length, 3);
	CHECK_INT(buffer.capacity >= 5003, true);
	CHECK_BYTES(buffer.data, "abc", 3);
	memset(buffer.data + 3, 0, 5000);
	data = buffer.data;
	capacity = buffer.capacity;
	CHECK_INT(buffer_reserve(&buffer, capacity - 3), 0);
	CHECK_INT(buffer.data == data && buffer.capacity == capacity, true);
	CHECK_INT(buffer_reserve(&buffer, capacity - 2), 0);
	CHECK_INT(buffer.capacity >= 2 * capacity, true);
	CHECK_INT(buffer_reserve(&buffer, SIZE_MAX), -ENOMEM);
	CHECK_INT(buffer_reserve(&buffer, SIZE_MAX - 2), -ENOMEM);
	CHECK_INT(buffer_reserve(&buffer, SIZE_MAX / 4), -ENOMEM);
	CHECK_BYTES(buffer.data, "abc", 3);
	CHECK_INT(buffer.length, 3);
	buffer_release(&buffer);
	buffer_release(&buffer);
}

static void test_buffer_consume(void)
{
	static const struct {
		size_t drop;
		const char *left;
	} drops[] = { { 0, "abcdef" }, { 1, "bcdef" }, { 5, "f" }, { 6, "" } };

	for (size_t i = 0; i < LENGTH(drops); i++) {
		struct buffer buffer = { 0 };

		CHECK_INT(buffer_append(&buffer, "abcdef", 6), 0);
		buffer_consume(&buffer, drops[i].drop);
		CHECK_INT(buffer.length, strlen(drops[i].left));
		CHECK_BYTES(buffer.data, drops[i].left, buffer.length);
		CHECK_INT(buffer_append(&buffer, "g", 1), 0);
		CHECK_INT(buffer.data[buffer.length - 1], 'g');
		buffer_release(&buffer);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "streams, n bytes at a time", test_streams },
		{ "streams, cut in two", test_two_reads },
		{ "what a message took", test_what_a_message_took },
		{ "marks", test_mark },
		{ "every fragmentation", test_every_fragmentation },
		{ "endless empty fragments", test_endless_empty_fragments },
		{ "tiny fragments", test_tiny_fragments },
		{ "buffer: append", test_buffer_append },
		{ "buffer: reserve", test_buffer_reserve },
		{ "buffer: consume", test_buffer_consume },
		{ 0 },
	};

	return harness_run("framing", tests);
}
