/* When one is less or more than another, when the same, and when nobody can tell. */
#include "compare/part/verdict.h"

#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- in the same rounds ---- */

#define ROUNDS(...)                                                                                \
	{                                                                                          \
		{ __VA_ARGS__ }, sizeof((double[]){ __VA_ARGS__ }) / sizeof(double)                \
	}
#define HUNDREDS ROUNDS(100, 100, 100, 100, 100, 100, 100)

static const struct order_case {
	struct rounds one, other;
	enum order order; /* of one beside the other */
	const char *why;
} cases[] = {
	{ HUNDREDS, HUNDREDS, ORDER_SAME, "equal" },
	{ ROUNDS(110, 110, 110, 110, 110, 110, 110), HUNDREDS, ORDER_MORE, "always" },
	{ ROUNDS(200, 20, 2000, 20, 200, 2000, 20), ROUNDS(100, 10, 1000, 10, 100, 1000, 10),
	  ORDER_MORE, "the rounds differ more among themselves than the two in any" },
	{ ROUNDS(104, 104, 104, 104, 104, 104, 104), HUNDREDS, ORDER_MORE, "just beyond" },
	{ ROUNDS(103, 103, 103, 103, 103, 103, 103), HUNDREDS, ORDER_SAME, "just within" },
	{ ROUNDS(101, 101, 101, 101, 101, 101, 101), HUNDREDS, ORDER_SAME, "agree, but on little" },
	{ ROUNDS(200, 200, 200, 200, 200, 200, 99), HUNDREDS, ORDER_NOISY, "one disagrees" },
	{ ROUNDS(200, 200, 200, 200, 200, 200, 100), HUNDREDS, ORDER_NOISY, "one says neither" },
	{ ROUNDS(200, 200, 200, 200, 200, 200, 100.1), HUNDREDS, ORDER_MORE, "one says little" },
	{ ROUNDS(102, 102, 102, 102, 110, 110, 110), HUNDREDS, ORDER_NOISY, "too little for most" },
	{ ROUNDS(102, 102, 102, 104, 110, 110, 110), HUNDREDS, ORDER_MORE, "enough for most" },
	{ ROUNDS(10, 100, 100, 100, 100, 100, 1000), HUNDREDS, ORDER_SAME, "only the extremes" },
	{ ROUNDS(100, 100, 100, 100, 103, 103, 900), HUNDREDS, ORDER_SAME, "the upper quartile" },
	{ ROUNDS(100, 100, 100, 100, 104, 104, 104), HUNDREDS, ORDER_NOISY, "beyond the margin" },
	{ ROUNDS(200, 200, 200, 200, 200, 200), ROUNDS(100, 100, 100, 100, 100, 100), ORDER_NOISY,
	  "six rounds" },
	{ ROUNDS(100, 101), ROUNDS(100, 100), ORDER_SAME, "two rounds" },
	{ ROUNDS(200, 200, 200, 200, 200, 200, 200, 200), HUNDREDS, ORDER_NOISY,
	  "not the same rounds" },
	{ ROUNDS(1, 1, 1, 1, 1, 1, 1), ROUNDS(0, 0, 0, 0, 0, 0, 0), ORDER_MORE, "than nothing" },
	{ ROUNDS(0, 0, 0, 0, 0, 0, 0), ROUNDS(0, 0, 0, 0, 0, 0, 0), ORDER_SAME, "nothing" },
};

/* The other way around it is the other way around. */
static enum order opposite(enum order order)
{
	return order == ORDER_LESS ? ORDER_MORE : order == ORDER_MORE ? ORDER_LESS : order;
}

static void test_order(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum order order = rounds_order(&cases[i].one, &cases[i].other);
		enum order back = rounds_order(&cases[i].other, &cases[i].one);

		CHECK_THAT(order == cases[i].order, "%s: %s, not %s", cases[i].why,
			   order_name(order), order_name(cases[i].order));
		CHECK_THAT(back == opposite(order), "%s: %s, and back %s", cases[i].why,
			   order_name(order), order_name(back));
	}
}

/* ---- of two runs ---- */

static void test_order_across(void)
{
	static const struct {
		struct rounds one, other;
		double margin;
		enum order order;
	} across[] = {
		{ ROUNDS(201, 202), ROUNDS(100, 100, 100), 2, ORDER_MORE },
		{ ROUNDS(200, 200), ROUNDS(100, 100, 100), 2, ORDER_SAME },
		{ ROUNDS(300, 300, 300, 200), ROUNDS(100), 2, ORDER_NOISY },
		{ ROUNDS(300, 300, 300, 201), ROUNDS(100), 2, ORDER_MORE },
		{ ROUNDS(100), ROUNDS(500), 2, ORDER_LESS },
		{ ROUNDS(100, 900, 100), ROUNDS(300), 2, ORDER_NOISY },
		/* each with each: the third of one is less than the first of the other */
		{ ROUNDS(900, 900, 90), ROUNDS(100, 9, 9), 2, ORDER_NOISY },
		{ ROUNDS(0), ROUNDS(7), 2, ORDER_LESS },
	};

	for (size_t i = 0; i < COUNT(across); i++) {
		enum order order = rounds_order_across(&across[i].one, &across[i].other,
						       across[i].margin);
		enum order back = rounds_order_across(&across[i].other, &across[i].one,
						      across[i].margin);

		CHECK_THAT(order == across[i].order, "row %zu: %s", i, order_name(order));
		CHECK_THAT(back == opposite(order), "row %zu, back: %s", i, order_name(back));
	}
}

/* ---- figures ---- */

static const struct figure us = { .key = "us" };

/* A figure without bounds, or without its rounds, is none. */
static void test_figure(void)
{
	static const char *const lacking[] = { "us", "us_low", "us_high", "us_rounds" };
	struct verdict_figure figure;

	for (size_t i = 0; i <= COUNT(lacking); i++) {
		json_t *row = json_pack("{s:i,s:f,s:i,s:[f,i]}", "us", 5, "us_low", 4.5, "us_high",
					7, "us_rounds", 4.5, 7);

		if (i < COUNT(lacking))
			json_object_del(row, lacking[i]);
		CHECK_INT(verdict_figure_of(row, &us, &figure), i == COUNT(lacking));
		json_decref(row);
	}
	CU_ASSERT_DOUBLE_EQUAL(figure.value, 5, 0);
	CU_ASSERT_DOUBLE_EQUAL(figure.low, 4.5, 0);
	CU_ASSERT_DOUBLE_EQUAL(figure.high, 7, 0);
	CHECK_INT(figure.rounds.count, 2);
	CU_ASSERT_DOUBLE_EQUAL(figure.rounds.value[1], 7, 0);
}

/* A document may have been edited: as many rounds as there may be, one more, none, no number. */
static void test_rounds(void)
{
	static const struct {
		const char *list;
		bool are_rounds;
	} lists[] = {
		{ "[1,2,3,4,5,6,7,8,9]", true },
		{ "[1,2,3,4,5,6,7,8,9,10]", false },
		{ "[]", false },
		{ "[1,null]", false },
		{ "7", false },
	};

	for (size_t i = 0; i < COUNT(lists); i++) {
		json_t *list = json_loads(lists[i].list, JSON_DECODE_ANY, NULL);
		json_t *row = json_pack("{s:o}", "us_rounds", list);
		struct rounds rounds;

		CHECK_THAT(rounds_of(row, &us, &rounds) == lists[i].are_rounds, "%s",
			   lists[i].list);
		json_decref(row);
	}
}

static const struct test tests[] = {
	{ "which is more, in the same rounds", test_order },
	{ "which is more, of two runs", test_order_across },
	{ "what is a figure", test_figure },
	{ "what are rounds", test_rounds },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("verdict", tests);
}
