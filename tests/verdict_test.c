/* When two figures differ, and when they are a tie. */
#include "client/compare/verdict.h"

#include "tests/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	struct verdict_figure one, other;
	int order;
} cases[] = {
	{ { 10, 10, 10 }, { 10, 10, 10 }, 0 },
	{ { 10, 10, 10 }, { 11, 11, 11 }, -1 },
	{ { 11, 11, 11 }, { 10, 10, 10 }, 1 },
	/* the rounds of either may differ as much */
	{ { 10, 9, 11 }, { 12, 12, 12 }, 0 },
	{ { 12, 12, 12 }, { 10, 9, 11 }, 0 },
	{ { 10, 9, 11 }, { 12.1, 12, 12.2 }, -1 },
	{ { 12.1, 12, 12.2 }, { 10, 9, 11 }, 1 },
	{ { 10, 9.5, 10.5 }, { 11.5, 10, 12 }, 0 },
	/* not both together */
	{ { 10, 9, 11 }, { 13, 12, 14 }, -1 },
	{ { -1, -1, -1 }, { 1, 1, 1 }, -1 },
};

static void test_order(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		int order = verdict_order(&cases[i].one, &cases[i].other);

		CHECK_THAT(order == cases[i].order, "row %zu: %d, not %d", i, order,
			   cases[i].order);
	}
}

/* A figure without bounds is none. */
static void test_figure(void)
{
	static const char *const lacking[] = { "us", "us_low", "us_high" };
	struct verdict_figure figure;

	for (size_t i = 0; i <= COUNT(lacking); i++) {
		json_t *row = json_pack("{s:i,s:f,s:i}", "us", 5, "us_low", 4.5, "us_high", 7);

		if (i < COUNT(lacking))
			json_object_del(row, lacking[i]);
		CHECK_INT(verdict_figure_of(row, "us", &figure), i == COUNT(lacking));
		json_decref(row);
	}
	CU_ASSERT_DOUBLE_EQUAL(figure.value, 5, 0);
	CU_ASSERT_DOUBLE_EQUAL(figure.low, 4.5, 0);
	CU_ASSERT_DOUBLE_EQUAL(figure.high, 7, 0);
}

static const struct test tests[] = {
	{ "which is more", test_order },
	{ "what is a figure", test_figure },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("verdict", tests);
}
