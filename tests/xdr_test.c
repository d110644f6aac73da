/* The filters of every contract at hand, on ours and on libtirpc's functions: the same bytes, the
 * same values, the same refusals; and what ours do better. */
#include "tests/xdr/compare.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "tests/kit/harness.h"
#define SIDECALL_XDR_PLAIN
#include "tests/xdr/held.h"
#include "xdr/xdr.h"

#define LONGEST 600 /* bytes of what is decoded */
#define ROOM    COMPARE_ROOM

#define DECLARE(name, type) bool_t own_xdr_##name(XDR *stream, type *value);
HELD(DECLARE)

/* ---- bytes to decode ---- */

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* Words that are counts, statuses and bools, and some that are too many. */
static uint32_t next_word(uint64_t *state)
{
	uint32_t kind = next_random(state) % 16, word = next_random(state);

	return kind < 10   ? word % 4
	       : kind < 13 ? word % 8
	       : kind < 15 ? word % 256
			   : word | 1u << 31;
}

static size_t make_bytes(uint8_t *bytes, uint64_t *state)
{
	size_t length = next_random(state) % LONGEST;

	for (size_t i = 0; i < length; i += 4) {
		uint32_t word = htonl(next_word(state));

		memcpy(bytes + i, &word, length - i < 4 ? length - i : 4);
	}
	return length;
}

/* ---- one against the other ---- */

/* Whether it decodes. */
static bool check_bytes(const struct held *held, const uint8_t *bytes, size_t length)
{
	char said[COMPARE_SAID] = "";
	enum compared compared = compare_filters(held, bytes, length, said);

	CHECK_STR(said, "");
	return compared == COMPARE_DECODED;
}

/* Also what is cut off. */
static void check_beginnings(const struct held *held, const uint8_t *bytes, size_t length)
{
	for (size_t end = 0; end < length; end++)
		check_bytes(held, bytes, end);
}

static void check_filter(const struct held *held, uint64_t *state)
{
	uint8_t bytes[LONGEST + 4];
	int decoded = 0;

	for (int i = 0; i < 1500 / HARNESS_SLOWNESS; i++) {
		size_t length = make_bytes(bytes, state);

		if (check_bytes(held, bytes, length) && decoded++ % 64 == 0)
			check_beginnings(held, bytes, length);
	}
	CHECK_THAT(decoded > 20 / HARNESS_SLOWNESS, "%s decoded %d times", held->name, decoded);
}

static void test_same(void)
{
	uint64_t state = 4506;

	for (size_t i = 0; i < held_count; i++) {
		CHECK_THAT(all_held[i].size <= ROOM, "%s is small", all_held[i].name);
		check_filter(&all_held[i], &state);
	}
}

/* ---- what is better ---- */

/* A long is a signed number. */
static void test_long(void)
{
	static const uint8_t minus_two[] = { 0xff, 0xff, 0xff, 0xfe };
	struct decoded decoded;
	u_long u;
	long l;

	decode_by(&decoded, FILTER(sidecall_xdr_long), minus_two, 4);
	memcpy(&l, decoded.value, sizeof(l));
	CHECK_INT(l, -2);
	decode_by(&decoded, FILTER(sidecall_xdr_u_long), minus_two, 4);
	memcpy(&u, decoded.value, sizeof(u));
	CU_ASSERT_EQUAL(u, 0xfffffffe);
}

struct items {
	u_int count;
	char *items;
};

static u_int size_of_item;
static xdrproc_t filter_of_item;

static bool_t filter_items(XDR *stream, void *value)
{
	struct items *items = value;

	return sidecall_xdr_array(stream, &items->items, &items->count, ~0u, size_of_item,
				  filter_of_item);
}

static const struct items *decode_items(struct decoded *decoded, const char *hex, u_int size,
					xdrproc_t filter)
{
	uint8_t bytes[64];

	size_of_item = size;
	filter_of_item = filter;
	decode_by(decoded, FILTER(filter_items), bytes, bytes_from_hex(bytes, hex));
	return (const void *)decoded->value;
}

/* A count that cannot be true takes no memory, and leaves nothing to be freed. */
static void test_claimed(void)
{
	static const struct {
		const char *bytes;
		u_int size;
		xdrproc_t filter;
	} cases[] = {
		{ "20000000 00000001", sizeof(int), FILTER(sidecall_xdr_int) },
		{ "00000002 00000001", sizeof(int), FILTER(sidecall_xdr_int) },
		{ "00000002 00000001 00000000 00000000", sizeof(quad_t),
		  FILTER(sidecall_xdr_hyper) },
		{ "00000002 00000001", sizeof(char), FILTER(sidecall_xdr_char) },
		{ "20000000 00000001 00000001", sizeof(every_mixed), FILTER(own_xdr_every_mixed) },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decoded decoded;
		const struct items *items = decode_items(&decoded, cases[i].bytes, cases[i].size,
							 cases[i].filter);

		CU_ASSERT_FALSE(decoded.done);
		CU_ASSERT_PTR_NULL(items->items);
		CHECK_INT(items->count, 0);
	}
}

/* Of three strings one came, and a part of the next. */
static void test_halfway(void)
{
	struct decoded decoded;
	const struct items *items = decode_items(
		&decoded, "00000003 00000001 61000000 00000009 62000000", sizeof(every_string),
		FILTER(own_xdr_every_string));

	CU_ASSERT_FALSE(decoded.done);
	CHECK_INT(items->count, 2);
	xdr_free(FILTER(filter_items), decoded.value);
	CU_ASSERT_PTR_NULL(items->items);
}

/* What is longer than its bound is not sent. */
static void test_bounds(void)
{
	int numbers[7] = { 0 };
	char text[] = "a text of 21 letters.", *string = text;
	every_ints ints = { 7, numbers };
	every_bytes bytes = { 21, text };
	struct bytes out;

	CU_ASSERT_FALSE(encode_within(&out, FILTER(own_xdr_every_ints), &ints, ROOM));
	CU_ASSERT_FALSE(encode_within(&out, FILTER(own_xdr_every_bytes), &bytes, ROOM));
	CU_ASSERT_FALSE(encode_within(&out, FILTER(own_xdr_every_string), &string, ROOM));
	ints.every_ints_len--;
	bytes.every_bytes_len--;
	text[20] = '\0';
	CU_ASSERT(encode_within(&out, FILTER(own_xdr_every_ints), &ints, ROOM));
	CU_ASSERT(encode_within(&out, FILTER(own_xdr_every_bytes), &bytes, ROOM));
	CU_ASSERT(encode_within(&out, FILTER(own_xdr_every_string), &string, ROOM));
	string = NULL;
	CU_ASSERT_FALSE(encode_within(&out, FILTER(own_xdr_every_string), &string, ROOM));
}

int main(void)
{
	static const struct test tests[] = {
		{ "as libtirpc's filters", test_same },
		{ "negative numbers", test_long },
		{ "counts that cannot be true", test_claimed },
		{ "what came halfway", test_halfway },
		{ "more than a bound", test_bounds },
		{ NULL, NULL },
	};

	return harness_run("xdr", tests);
}
