/* A command's operands become a procedure's arguments, or are refused with a reason. */
#include "client/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/procedures.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST_WORDS   (CALC_MAX_VALUES + 1)

/* Parses words for a procedure.  The failure's code; the arguments are to be released. */
static int parse(const char *procedure, const char *const words[], int count,
		 union procedure_arguments *arguments, struct failure *failure)
{
	memset(arguments, 0, sizeof(*arguments));
	memset(failure, 0, sizeof(*failure));
	/* What failed before is nobody's business here. */
	errno = ERANGE;
	return procedure_find(procedure)->arguments->parse(count, (char **)(uintptr_t)words,
							   arguments, failure);
}

/* ---- whole numbers ---- */

static const struct {
	const char *text;
	int code;
	quad_t value;
	const char *why; /* a word of it */
} numbers[] = {
	{ "0", 0, 0, NULL },
	{ "-7", 0, -7, NULL },
	{ "+7", 0, 7, NULL },
	{ "007", 0, 7, NULL },
	{ "9223372036854775807", 0, INT64_MAX, NULL },
	{ "-9223372036854775808", 0, INT64_MIN, NULL },
	{ "9223372036854775808", 64, 0, "64 bits" },
	{ "-9223372036854775809", 64, 0, "64 bits" },
	{ "99999999999999999999999999", 64, 0, "64 bits" },
	{ "", 64, 0, "whole number" },
	{ "-", 64, 0, "whole number" },
	{ "x", 64, 0, "whole number" },
	{ "1x", 64, 0, "whole number" },
	{ "1 ", 64, 0, "whole number" },
	{ " 1", 64, 0, "whole number" },
	{ "\n1", 64, 0, "whole number" },
	{ "1.5", 64, 0, "whole number" },
	{ "0x10", 64, 0, "whole number" },
	{ "1e3", 64, 0, "whole number" },
};

/* In each place where one may stand. */
static void check_number(size_t i, int place)
{
	const char *words[2] = { "1", "1" };
	union procedure_arguments arguments;
	struct failure failure;
	int code;

	words[place] = numbers[i].text;
	code = parse("add", words, 2, &arguments, &failure);
	CHECK_THAT(code == numbers[i].code, "\"%s\": %d (%s)", numbers[i].text, code, failure.why);
	if (code) {
		CHECK_THAT(strstr(failure.why, numbers[i].why), "\"%s\": %s", numbers[i].text,
			   failure.why);
		return;
	}
	CHECK_INT(place ? arguments.operands.b : arguments.operands.a, numbers[i].value);
	CHECK_INT(place ? arguments.operands.a : arguments.operands.b, 1);
}

static void test_numbers(void)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		check_number(i, 0);
		check_number(i, 1);
	}
}

/* ---- how many, and how long ---- */

/* A text of so many bytes. */
static const char *text_of(size_t length)
{
	static char text[FILEINFO_MAX_PATH + 2];

	memset(text, 'x', length);
	text[length] = '\0';
	return text;
}

static const struct {
	const char *procedure;
	size_t longest;
} lengths[] = {
	{ "evaluate", CALC_MAX_EXPRESSION }, { "accumulate", CALC_MAX_REGISTER },
	{ "stat", FILEINFO_MAX_PATH },       { "list", FILEINFO_MAX_PATH },
	{ "readlink", FILEINFO_MAX_PATH },   { "digest", FILEINFO_MAX_PATH },
	{ "space", FILEINFO_MAX_PATH },
};

static void test_lengths(void)
{
	for (size_t i = 0; i < COUNT(lengths); i++) {
		const struct procedure *procedure = procedure_find(lengths[i].procedure);
		int count = strcmp(procedure->name, "accumulate") == 0 ? 2 : 1;
		union procedure_arguments arguments;
		struct failure failure;

		for (size_t more = 0; more < 2; more++) {
			const char *words[] = { text_of(lengths[i].longest + more), "1" };
			int code = parse(procedure->name, words, count, &arguments, &failure);

			CHECK_THAT(code == (more ? 64 : 0), "%s, %zu bytes: %d", procedure->name,
				   lengths[i].longest + more, code);
			procedure_release(procedure, &arguments, NULL);
		}
	}
}

static const struct {
	const char *procedure;
	int fewest, most;
} counts[] = {
	{ "null", 0, 0 },       { "add", 2, 2 },   { "divide", 2, 2 },   { "evaluate", 1, 1 },
	{ "stat", 0, 1 },       { "list", 0, 1 },  { "readlink", 0, 1 }, { "digest", 0, 1 },
	{ "accumulate", 2, 2 }, { "space", 0, 1 },
};

static void test_counts(void)
{
	static const char *const words[] = { "1", "1", "1" };

	for (size_t i = 0; i < COUNT(counts); i++)
		for (int count = 0; count <= 3; count++) {
			bool right = count >= counts[i].fewest && count <= counts[i].most;
			union procedure_arguments arguments;
			struct failure failure;
			int code = parse(counts[i].procedure, words, count, &arguments, &failure);

			CHECK_THAT(code == (right ? 0 : 64), "%s with %d words: %d",
				   counts[i].procedure, count, code);
			procedure_release(procedure_find(counts[i].procedure), &arguments, NULL);
		}
}

static void test_values(void)
{
	static const char *words[MOST_WORDS];
	static const int many[] = { 0, 1, 2, CALC_MAX_VALUES, CALC_MAX_VALUES + 1 };
	const struct procedure *summarize = procedure_find("summarize");

	for (int i = 0; i < MOST_WORDS; i++)
		words[i] = "5";
	for (size_t i = 0; i < COUNT(many); i++) {
		union procedure_arguments arguments;
		struct failure failure;
		int code = parse("summarize", words, many[i], &arguments, &failure);

		CHECK_INT(code, many[i] > CALC_MAX_VALUES ? 64 : 0);
		if (code == 0)
			CHECK_INT(arguments.values.calc_values_len, many[i]);
		procedure_release(summarize, &arguments, NULL);
	}
}

/* ---- numbers on standard input ---- */

static const struct {
	const char *text;
	size_t length; /* 0: up to the zero byte */
	int code;
	unsigned int count; /* numbers that were read, or come before what is wrong */
	const char *why;    /* words of it */
} inputs[] = {
	{ "", 0, 0, 0, NULL },
	{ " \n\t\n", 0, 0, 0, NULL },
	{ "1", 0, 0, 1, NULL },
	{ "1 2\n3\t4\r\n", 0, 0, 4, NULL },
	{ "1 x 2", 0, 65, 1, "behind 1 numbers: a whole number" },
	{ "1 2\0003", 5, 65, 1, "behind 1 numbers: there is a zero byte" },
	{ "\0", 1, 65, 0, "behind 0 numbers: there is a zero byte" },
	{ "1 99999999999999999999", 0, 65, 1, "64 bits" },
	/* 63 bytes are a word, however many zeroes are in it; 64 are not. */
	{ "000000000000000000000000000000000000000000000000000000000000007", 0, 0, 1, NULL },
	{ "0000000000000000000000000000000000000000000000000000000000000007", 0, 65, 0,
	  "too long" },
	{ "5 0000000000000000000000000000000000000000000000000000000000000007 5", 0, 65, 1,
	  "behind 1 numbers: a whole number is needed, and this word is too long" },
};

/* Parses "-", with this as standard input. */
static int parse_input(FILE *input, union procedure_arguments *arguments, struct failure *failure)
{
	static const char *const words[] = { "-" };
	FILE *before = stdin;
	int code;

	stdin = input;
	code = parse("summarize", words, 1, arguments, failure);
	stdin = before;
	fclose(input);
	return code;
}

static void test_input(void)
{
	for (size_t i = 0; i < COUNT(inputs); i++) {
		size_t length = inputs[i].length ? inputs[i].length : strlen(inputs[i].text);
		FILE *input = length ? fmemopen((char *)(uintptr_t)inputs[i].text, length, "r")
				     : fopen("/dev/null", "r");
		union procedure_arguments arguments;
		struct failure failure;
		int code = parse_input(input, &arguments, &failure);

		CHECK_THAT(code == inputs[i].code, "\"%s\": %d (%s)", inputs[i].text, code,
			   failure.why);
		if (code)
			CHECK_THAT(strstr(failure.why, inputs[i].why), "\"%s\": %s", inputs[i].text,
				   failure.why);
		else
			CHECK_INT(arguments.values.calc_values_len, inputs[i].count);
		procedure_release(procedure_find("summarize"), &arguments, NULL);
	}
}

static void check_many(int count, int code)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	union procedure_arguments arguments;
	struct failure failure;

	for (int i = 0; i < count; i++)
		fprintf(out, "%d\n", i);
	fclose(out);
	CHECK_INT(parse_input(fmemopen(text, length, "r"), &arguments, &failure), code);
	if (code)
		CHECK_THAT(strstr(failure.why, "behind 4096 numbers: at most 4096"), "%s",
			   failure.why);
	else
		CHECK_INT(arguments.values.calc_values_val[count - 1], count - 1);
	procedure_release(procedure_find("summarize"), &arguments, NULL);
	free(text);
}

static void test_much_input(void)
{
	check_many(CALC_MAX_VALUES, 0);
	check_many(CALC_MAX_VALUES + 1, 65);
}

/* A directory is opened, and cannot be read: that is not the same as empty. */
static void test_unreadable_input(void)
{
	union procedure_arguments arguments;
	struct failure failure;

	CHECK_INT(parse_input(fopen("/", "r"), &arguments, &failure), 71);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.why, "cannot read standard input"));
	procedure_release(procedure_find("summarize"), &arguments, NULL);
}

static const struct test tests[] = {
	{ "whole numbers", test_numbers },
	{ "as long as may be", test_lengths },
	{ "how many", test_counts },
	{ "as many numbers as may be", test_values },
	{ "standard input", test_input },
	{ "much standard input", test_much_input },
	{ "standard input that cannot be read", test_unreadable_input },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("arguments", tests);
}
