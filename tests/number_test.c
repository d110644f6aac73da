/* Numbers that somebody wrote: what is one, and what is none, or not within the bounds. */
#include <errno.h>

#include "common/number.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_whole(void)
{
	static const struct {
		const char *text;
		int64_t least, most, number;
		int r;
	} cases[] = {
		{ "0", 0, 0, 0, 0 },
		{ "-7", -7, 7, -7, 0 },
		{ "+7", -7, 7, 7, 0 },
		{ "007", -7, 7, 7, 0 },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX, 0 },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN, 0 },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, 0, -ERANGE },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, 0, -ERANGE },
		{ "8", -7, 7, 0, -ERANGE },
		{ "-8", -7, 7, 0, -ERANGE },
		{ "", -7, 7, 0, -EINVAL },
		{ "-", -7, 7, 0, -EINVAL },
		{ " 7", -7, 7, 0, -EINVAL },
		{ "7 ", -7, 7, 0, -EINVAL },
		{ "7.0", -7, 7, 0, -EINVAL },
		{ "0x7", -7, 7, 0, -EINVAL },
		{ "seven", -7, 7, 0, -EINVAL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t number = 0;
		int r;

		errno = ERANGE; /* somebody else's */
		r = number_read(cases[i].text, cases[i].least, cases[i].most, &number);
		CHECK_THAT(r == cases[i].r && (r || number == cases[i].number), "\"%s\": %d",
			   cases[i].text, r);
	}
}

static void test_real(void)
{
	static const struct {
		const char *text;
		double number;
		int r;
	} cases[] = {
		{ "2.5", 2.5, 0 },     { "1e2", 100, 0 },    { "100.5", 0, -ERANGE },
		{ "0", 0, -ERANGE },   { "-1", 0, -ERANGE }, { "nan", 0, -ERANGE },
		{ "inf", 0, -ERANGE }, { "", 0, -EINVAL },   { "1s", 0, -EINVAL },
		{ " 1", 0, -EINVAL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		double number = -1;
		int r = number_read_real(cases[i].text, 100, &number);

		CHECK_THAT(r == cases[i].r && number == cases[i].number, "\"%s\": %d, %g",
			   cases[i].text, r, number);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "whole numbers", test_whole },
		{ "with a fraction", test_real },
		{ NULL, NULL },
	};

	return harness_run("number", tests);
}
