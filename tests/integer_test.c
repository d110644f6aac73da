/* Whole numbers of all that fits 64 bits: what is computed of them, above all at the edges. */
#include <string.h>

#include "contract/integer.h"
#include "contract/reading.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Numbers as text, which is what they are shown as. */
static struct integer number(const char *text)
{
	struct integer integer = { 0 };

	for (const char *c = text + (*text == '-'); *c; c++)
		CU_ASSERT(integer_append(&integer, 10, (unsigned int)(*c - '0')));
	if (*text == '-')
		CU_ASSERT(integer_negate(integer, &integer));
	return integer;
}

#define LEAST "-9223372036854775808"
#define MOST  "18446744073709551615"

/* ---- the table: what an operation gives, NULL: nothing that fits ---- */

static const struct {
	const char *a;
	int sign;
	const char *b, *result;
} cases[] = {
	{ MOST, '+', "0", MOST },
	{ MOST, '+', "1", NULL },
	{ MOST, '+', "-1", "18446744073709551614" },
	{ MOST, '+', LEAST, "9223372036854775807" },
	{ LEAST, '+', "-1", NULL },
	{ LEAST, '+', LEAST, NULL },
	{ LEAST, '+', "1", "-9223372036854775807" },
	{ "-1", '+', "1", "0" },
	{ "0", '-', "1", "-1" },
	{ "0", '-', "9223372036854775808", LEAST },
	{ "0", '-', "9223372036854775809", NULL },
	{ "0", '-', MOST, NULL },
	{ MOST, '-', MOST, "0" },
	{ MOST, '-', "-1", NULL },
	{ LEAST, '-', "1", NULL },
	{ LEAST, '-', LEAST, "0" },
	{ "4294967296", '*', "4294967295", "18446744069414584320" },
	{ "4294967296", '*', "4294967296", NULL },
	{ LEAST, '*', "-1", "9223372036854775808" },
	{ LEAST, '*', "-2", NULL },
	{ LEAST, '*', "1", LEAST },
	{ MOST, '*', "-1", NULL },
	{ "-7", '*', "0", "0" },
	{ LEAST, '/', "-1", "9223372036854775808" },
	{ MOST, '/', MOST, "1" },
	{ MOST, '/', "-1", NULL },
	{ "-7", '/', "2", "-3" },
	{ "7", '/', "-2", "-3" },
	{ "-1", '/', MOST, "0" },
	{ "1", '/', "0", NULL },
	{ "-7", '%', "2", "-1" },
	{ "7", '%', "-2", "1" },
	{ LEAST, '%', MOST, LEAST },
	{ "1", '%', "0", NULL },
	{ MOST, '%', "-1", "0" },
	{ "-1", '&', MOST, MOST },
	{ "-1", '|', MOST, "-1" },
	{ LEAST, '|', MOST, "-1" },
	{ "-1", '^', "1", "-2" },
	{ MOST, '^', "-1", NULL }, /* -2^64 */
	{ "1", SHIFT_LEFT, "63", "9223372036854775808" },
	{ "1", SHIFT_LEFT, "64", NULL },
	{ "3", SHIFT_LEFT, "63", NULL },
	{ "-1", SHIFT_LEFT, "1", NULL },
	{ "1", SHIFT_LEFT, "-1", NULL },
	{ MOST, SHIFT_RIGHT, "63", "1" },
	{ MOST, SHIFT_RIGHT, "64", NULL },
	{ LEAST, '<', MOST, "1" },
	{ MOST, '<', LEAST, "0" },
	{ "-1", '<', "0", "1" },
	{ "-2", '<', "-1", "1" },
	{ MOST, '>', "-1", "1" },
	{ MOST, EQUAL, "-1", "0" },
	{ MOST, UNEQUAL, "-1", "1" },
	{ "-1", LESS_OR_EQUAL, "-1", "1" },
	{ "0", GREATER_OR_EQUAL, "1", "0" },
	{ LEAST, AND, "1", "1" },
	{ "0", OR, "0", "0" },
};

static void test_operations(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct integer result;
		char figures[INTEGER_ROOM] = "nothing";

		if (number_compute(cases[i].sign, number(cases[i].a), number(cases[i].b), &result))
			integer_text(result, figures);
		CHECK_THAT(strcmp(figures, cases[i].result ? cases[i].result : "nothing") == 0,
			   "%s, operation %d, %s: %s", cases[i].a, cases[i].sign, cases[i].b,
			   figures);
	}
}

static void test_unary(void)
{
	static const struct {
		int sign;
		const char *number, *result;
	} unary[] = {
		{ '-', LEAST, "9223372036854775808" },
		{ '-', "9223372036854775808", LEAST },
		{ '-', "9223372036854775809", NULL },
		{ '-', "0", "0" },
		{ '~', "0", "-1" },
		{ '~', LEAST, "9223372036854775807" },
		{ '~', MOST, NULL },
		{ '!', "0", "1" },
		{ '!', LEAST, "0" },
		{ '+', MOST, MOST },
	};

	for (size_t i = 0; i < COUNT(unary); i++) {
		struct integer result;
		char figures[INTEGER_ROOM] = "nothing";

		if (number_compute_unary(unary[i].sign, number(unary[i].number), &result))
			integer_text(result, figures);
		CHECK_STR(figures, unary[i].result ? unary[i].result : "nothing");
	}
}

/* ---- how many bits ---- */

static void test_fits(void)
{
	static const struct {
		const char *number;
		unsigned int bits;
		bool has_sign, fits;
	} bits[] = {
		{ "127", 8, true, true },   { "128", 8, true, false },
		{ "-128", 8, true, true },  { "-129", 8, true, false },
		{ "255", 8, false, true },  { "256", 8, false, false },
		{ "-1", 8, false, false },  { "1", 1, false, true },
		{ "2", 1, false, false },   { "9223372036854775807", 64, true, true },
		{ LEAST, 64, true, true },  { "9223372036854775808", 64, true, false },
		{ MOST, 64, false, true },  { LEAST, 64, false, false },
		{ LEAST, 32, true, false }, { "4294967295", 32, false, true },
		{ "-1", 64, false, false }, { "4294967296", 32, false, false },
	};
	struct integer most = number(MOST);

	for (size_t i = 0; i < COUNT(bits); i++)
		CHECK_THAT(integer_fits(number(bits[i].number), bits[i].bits, bits[i].has_sign) ==
				   bits[i].fits,
			   "%s, %u bits", bits[i].number, bits[i].bits);
	CU_ASSERT_FALSE(integer_append(&most, 10, 0));
	CHECK_THAT(integer_compare(most, number(MOST)) == 0, "it is what it was");
	most = number("1844674407370955161");
	CU_ASSERT_FALSE(integer_append(&most, 10, 6));
}

/* ---- against a type that is wide enough, where the compiler has one ---- */

#ifdef __SIZEOF_INT128__

static __int128 wide(struct integer number)
{
	return (__int128)number.low - ((__int128)number.negative << 64);
}

static uint64_t next_random(uint64_t *random)
{
	*random ^= *random << 13; /* xorshift */
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

/* Of any size, and often close to an edge. */
static struct integer random_integer(uint64_t *random)
{
	uint64_t bits = next_random(random), low = next_random(random) >> bits % 64;

	if (bits & 1 << 8)
		low = (bits & 1 << 9 ? (uint64_t)1 << 63 : 0) + (bits >> 12) % 4 - 2;
	return bits & 1 << 10 ? integer_unsigned(low) : integer_signed((int64_t)low);
}

static void check_wide(struct integer a, struct integer b)
{
	__int128 product, expected[] = { wide(a) + wide(b), wide(a) - wide(b), 0, 0, 0 };
	bool too_large = __builtin_mul_overflow(wide(a), wide(b), &product);
	static const int signs[] = { '+', '-', '*', '/', '%' };

	expected[2] = too_large ? (__int128)1 << 100 : product;
	expected[3] = wide(b) ? wide(a) / wide(b) : (__int128)1 << 100;
	expected[4] = wide(b) ? wide(a) % wide(b) : (__int128)1 << 100;
	for (size_t i = 0; i < COUNT(signs); i++) {
		bool fits = expected[i] >= INT64_MIN && expected[i] <= UINT64_MAX;
		struct integer result;
		bool given = number_compute(signs[i], a, b, &result);

		CHECK_THAT(given == fits && (!given || wide(result) == expected[i]),
			   "%d%llx %c %d%llx", a.negative, (unsigned long long)a.low, signs[i],
			   b.negative, (unsigned long long)b.low);
	}
	CHECK_INT(integer_compare(a, b), (wide(a) > wide(b)) - (wide(a) < wide(b)));
}

static void test_wide(void)
{
	uint64_t random = 88172645463325252;

	for (int i = 0; i < 20000; i++) {
		struct integer a = random_integer(&random);

		check_wide(a, random_integer(&random));
	}
}

#else

static void test_wide(void)
{
	harness_skip("the compiler has no wider type");
}

#endif

int main(void)
{
	static const struct test tests[] = {
		{ "operations", test_operations },
		{ "operations on one", test_unary },
		{ "bits", test_fits },
		{ "as of 128 bits", test_wide },
		{ 0 },
	};

	return harness_run("integer", tests);
}
