/* The median of several figures, and the extremes. */
#include "measure/spread.h"

#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	size_t count;
	double figures[6];
	struct spread spread;
} cases[] = {
	{ 0, { 7 }, { 0, 0, 0 } },
	{ 1, { 7 }, { 7, 7, 7 } },
	{ 2, { 3, 1 }, { 2, 1, 3 } },
	{ 3, { 9, 1, 2 }, { 2, 1, 9 } },
	{ 4, { 10, 1, 4, 3 }, { 3.5, 1, 10 } },
	{ 5, { 5, 4, 3, 2, -1 }, { 3, -1, 5 } },
	{ 6, { 0.5, 0.25, 8, 1, 2, 4 }, { 1.5, 0.25, 8 } },
};

static void test_spread(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		double figures[6];
		struct spread spread;

		for (size_t f = 0; f < cases[i].count; f++)
			figures[f] = cases[i].figures[f];
		spread = spread_of(figures, cases[i].count);
		CHECK_THAT(spread.median == cases[i].spread.median &&
				   spread.least == cases[i].spread.least &&
				   spread.most == cases[i].spread.most,
			   "of %zu: %g (%g to %g)", cases[i].count, spread.median, spread.least,
			   spread.most);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "the median and the extremes", test_spread },
		{ NULL, NULL },
	};

	return harness_run("spread", tests);
}
