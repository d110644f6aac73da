/* Results as JSON and as text: numbers that JSON lacks, or that lose figures on the way. */
#include "client/json.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/json_write.h"
#include "client/print.h"
#include "common/shortest.h"
#include "idl/calc.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BEYOND       ((uint64_t)INT64_MAX + 1)

/* ---- floating-point numbers ---- */

static const struct {
	double number;
	const char *text, *json; /* NULL: the same */
} numbers[] = {
	{ 0, "0", NULL },
	{ -0.0, "-0", "-0.0" },
	{ 3, "3", NULL },
	{ -2.5, "-2.5", NULL },
	{ 0.1, "0.1", NULL },
	{ 0x1.3333333333334p-2, "0.30000000000000004", NULL }, /* 0.1 + 0.2 */
	{ 0x1.5555555555555p-2, "0.3333333333333333",
	  NULL }, /* 16 figures; with 17 it ends in 31 */
	{ 0x1.5555555555555p-1, "0.6666666666666666", NULL },
	{ 1e15, "1e+15", NULL },
	{ 1e22, "1e+22", NULL },
	{ 1e23, "1e+23", NULL },
	{ 123456789012345.6, "123456789012345.6", NULL },
	{ 9007199254740993.0, "9007199254740992", NULL },
	{ -12345678901234568.0, "-12345678901234568", NULL },
	{ 1e-5, "1e-05", NULL },
	{ DBL_MAX, "1.7976931348623157e+308", NULL },
	{ DBL_MIN, "2.2250738585072014e-308", NULL },
	{ 5e-324, "5e-324", NULL }, /* the smallest, which has one figure */
	{ 1.5e-323, "1.5e-323", NULL },
	{ INFINITY, "Infinity", "\"Infinity\"" },
	{ -INFINITY, "-Infinity", "\"-Infinity\"" },
	{ NAN, "NaN", "\"NaN\"" },
};

static void test_shortest(void)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		char text[SHORTEST_ROOM];
		json_t *value = json_double(numbers[i].number);
		char *written = json_written(value, 0);

		CHECK_STR(shortest(numbers[i].number, text), numbers[i].text);
		CHECK_STR(written, numbers[i].json ? numbers[i].json : numbers[i].text);
		CU_ASSERT(isnan(numbers[i].number) || strtod(text, NULL) == numbers[i].number);
		free(written);
		json_decref(value);
	}
}

/* With more and more figures until they give the number: as it was done first. */
static const char *by_trial(double number, char text[SHORTEST_ROOM])
{
	int figures = DBL_DIG;

	do
		snprintf(text, SHORTEST_ROOM, "%.*g", figures, number);
	while (figures++ < DBL_DECIMAL_DIG && strtod(text, NULL) != number);
	return text;
}

static void check_trial(double number)
{
	char text[SHORTEST_ROOM], trial[SHORTEST_ROOM];

	if (fabs(number) >= DBL_MIN && strcmp(shortest(number, text), by_trial(number, trial)) != 0)
		CHECK_STR(text, trial);
}

/* What is written without an exponent, and what stands at its limits: decimals, powers of two and
 * what is next to each. */
static void test_plain(void)
{
	uint64_t bits = 88172645463325252;

	for (int i = 0; i < 20000; i++) {
		double scale = pow(10, (double)(bits % 23) - 6), number;

		bits ^= bits << 13; /* xorshift */
		bits ^= bits >> 7;
		bits ^= bits << 17;
		number = (double)(bits >> (11 + i % 52));
		check_trial(number / scale);
		check_trial(-number / scale / 3);
		check_trial(nextafter(number / scale, DBL_MAX));
		check_trial(nextafter(number / scale, 0));
	}
	for (int power = -20; power < 60; power++) {
		check_trial(ldexp(1, power));
		check_trial(nextafter(ldexp(1, power), 0));
		check_trial(nextafter(pow(10, power), 0));
		check_trial(nextafter(pow(10, power), DBL_MAX));
	}
}

/* Whatever the bits are, they come back, and no shorter text gives them. */
static void test_any_bits(void)
{
	uint64_t bits = 88172645463325252;

	for (int i = 0; i < 20000; i++) {
		char text[SHORTEST_ROOM], shorter[64];
		int figures = 0;
		double number;

		bits ^= bits << 13; /* xorshift */
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&number, &bits, sizeof(number));
		if (!isfinite(number))
			continue;
		shortest(number, text);
		if (strtod(text, NULL) != number)
			CHECK_STR(text, "(another number)");
		for (const char *c = text; *c && *c != 'e'; c++)
			figures += (*c == '0' && figures) || (*c >= '1' && *c <= '9');
		if (figures < 2 || !strchr(text, '.'))
			continue;
		snprintf(shorter, sizeof(shorter), "%.*e", figures - 2, number);
		if (strtod(shorter, NULL) == number)
			CHECK_STR(text, shorter);
	}
}

/* ---- the text of a whole value ---- */

static const char *const values[] = {
	"{}",
	"[]",
	"[1,-2,9223372036854775807]",
	"{\"b\":[],\"a\":{\"c\":null,\"d\":[true,false]}}", /* in its order */
	"{\"quote\\\"\":\"\\u0001\\n\\\\/ \\u00e4\"}",
	"[0.1,[2.0,[\"x\"]]]",
};

/* But for numbers and control characters it is what jansson writes. */
static void test_write(void)
{
	for (size_t i = 0; i < COUNT(values); i++) {
		json_t *value = json_loads(values[i], 0, NULL);
		char *line = json_written(value, 0), *lines = json_written(value, 1);
		char *right = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(6));
		char *rights = json_dumps(value, JSON_INDENT(1) | JSON_REAL_PRECISION(6));

		CHECK_STR(line, right);
		CHECK_STR(lines, rights);
		free(line);
		free(lines);
		free(right);
		free(rights);
		json_decref(value);
	}
}

/* No control character is left as it is, in a key or a value; what it is is not changed. */
static void test_controls(void)
{
	static const char *const texts[][2] = {
		{ "a\033[2J", "\"a\\u001B[2J\"" },
		{ "\177", "\"\\u007f\"" },
		{ "\302\2332J", "\"\\u009b2J\"" },
		{ "\302\200\302\237\302\240", "\"\\u0080\\u009f\302\240\"" },
		{ "\303\233\342\202\254", "\"\303\233\342\202\254\"" },
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		json_t *object = json_object(), *read;
		char *text, expected[80];

		json_object_set_new(object, texts[i][0], json_string(texts[i][0]));
		text = json_written(object, 0);
		snprintf(expected, sizeof(expected), "{%s:%s}", texts[i][1], texts[i][1]);
		CHECK_STR(text, expected);
		read = json_loads(text, 0, NULL);
		CU_ASSERT(json_equal(read, object));
		free(text);
		json_decref(read);
		json_decref(object);
	}
}

/* ---- the same number for people and for programs ---- */

/* What people see of it. */
static char *printed(const struct result_kind *kind, const void *result)
{
	char *written = NULL;
	size_t size;
	struct text out = { .file = open_memstream(&written, &size) };

	result_print(kind, &out, "path", result);
	fclose(out.file);
	return written;
}

static void test_evaluation(void)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		const calc_evaluation evaluation = { CALC_OK, { .value = numbers[i].number } };
		json_t *object = json_result(&result_evaluation, &evaluation);
		char *text = printed(&result_evaluation, &evaluation), *json, expected[80];

		json = json_written(object, 0);
		snprintf(expected, sizeof(expected), "%s\n", numbers[i].text);
		CHECK_STR(text, expected);
		snprintf(expected, sizeof(expected), "{\"status\":\"OK\",\"value\":%s}",
			 numbers[i].json ? numbers[i].json : numbers[i].text);
		CHECK_STR(json, expected);
		free(text);
		free(json);
		json_decref(object);
	}
}

static void test_summary(void)
{
	const calc_summary_result summary = {
		CALC_OK, { { 3, 1, INT64_MIN, INT64_MAX, 1.0 / 3, 2.0 / 3 } }
	};
	json_t *object = json_result(&result_summary, &summary);
	char *json = json_written(object, 0), *text = printed(&result_summary, &summary);

	CHECK_STR(json, "{\"status\":\"OK\",\"count\":3,\"sum\":1,\"minimum\":-9223372036854775808,"
			"\"maximum\":9223372036854775807,\"mean\":0.3333333333333333,"
			"\"deviation\":0.6666666666666666}");
	CU_ASSERT(strstr(text, "mean       0.3333333333333333\n") != NULL);
	CU_ASSERT(strstr(text, "deviation  0.6666666666666666\n") != NULL);
	free(json);
	free(text);
	json_decref(object);
}

/* ---- whole numbers that take 64 bits ---- */

static const uint64_t large[] = { 0, INT64_MAX, BEYOND, UINT64_MAX };

/* The member is the number: as text where JSON's readers would make another of it. */
static void check_member(const json_t *object, const char *key, uint64_t number)
{
	const json_t *member = json_object_get(object, key);
	char figures[24];

	snprintf(figures, sizeof(figures), "%" PRIu64, number);
	if (number > INT64_MAX)
		CHECK_STR(json_string_value(member), figures);
	else
		CHECK_THAT(json_is_integer(member) &&
				   json_integer_value(member) == (json_int_t)number,
			   "%s is not %s", key, figures);
}

static void check_line(const char *text, const char *key, uint64_t number)
{
	char line[64];

	snprintf(line, sizeof(line), "%s%" PRIu64 "\n", key, number);
	CHECK_THAT(strstr(text, line), "no %sin %s", line, text);
}

static void test_attributes(void)
{
	for (size_t i = 0; i < COUNT(large); i++) {
		const fileinfo_stat_result stat = { FILEINFO_OK,
						    { .attributes = { .type = FILEINFO_REGULAR,
								      .size = large[i],
								      .allocated = large[i],
								      .device = large[i],
								      .inode = large[i],
								      .links = UINT32_MAX,
								      .uid = UINT32_MAX,
								      .gid = UINT32_MAX } } };
		json_t *object = json_result(&result_stat, &stat);
		char *text = printed(&result_stat, &stat);

		check_member(object, "size", large[i]);
		check_member(object, "allocated", large[i]);
		check_member(object, "device", large[i]);
		check_member(object, "inode", large[i]);
		check_member(object, "links", UINT32_MAX);
		check_member(object, "uid", UINT32_MAX);
		check_member(object, "gid", UINT32_MAX);
		check_line(text, "size: ", large[i]);
		check_line(text, "allocated: ", large[i]);
		check_line(text, "inode: ", large[i]);
		check_line(text, "uid: ", UINT32_MAX);
		json_decref(object);
		free(text);
	}
}

static void test_cookies(void)
{
	for (size_t i = 0; i < COUNT(large); i++) {
		fileinfo_entry entry = { (char *)"x", large[i], { FILEINFO_NOENT, { { 0 } } } };
		const fileinfo_list_result list = { FILEINFO_OK,
						    { .page = { { 1, &entry }, TRUE } } };
		json_t *object = json_result(&result_list, &list);

		check_member(json_array_get(json_object_get(object, "entries"), 0), "cookie",
			     large[i]);
		json_decref(object);
	}
}

static void test_digest_and_space(void)
{
	static const char *const members[] = { "bytes_total", "bytes_free", "bytes_available",
					       "files_total", "files_free" };

	for (size_t i = 0; i < COUNT(large); i++) {
		const fileinfo_digest_result digest = { FILEINFO_OK,
							{ .digest = { .size = large[i] } } };
		const fileinfo_space_result space = { FILEINFO_OK,
						      { .space = { large[i], large[i], large[i],
								   large[i], large[i] } } };
		json_t *digested = json_result(&result_digest, &digest),
		       *object = json_result(
			       &(struct result_kind)RESULT_KIND(fileinfo_space_result), &space);
		char *text = printed(&(struct result_kind)RESULT_KIND(fileinfo_space_result),
				     &space);

		check_member(digested, "size", large[i]);
		for (size_t m = 0; m < COUNT(members); m++) {
			char key[32];

			check_member(object, members[m], large[i]);
			snprintf(key, sizeof(key), "%-17s", members[m]);
			check_line(text, key, large[i]);
		}
		json_decref(digested);
		json_decref(object);
		free(text);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "the fewest figures", test_shortest },
		{ "the fewest figures, by trial", test_plain },
		{ "numbers of any bits", test_any_bits },
		{ "a whole value", test_write },
		{ "control characters", test_controls },
		{ "evaluate for people and programs", test_evaluation },
		{ "summarize for people and programs", test_summary },
		{ "attributes of 64 bits", test_attributes },
		{ "cookies of 64 bits", test_cookies },
		{ "sizes and space of 64 bits", test_digest_and_space },
		{ NULL, NULL },
	};

	return harness_run("json", tests);
}
