/* The calculator's service: arithmetic, expressions, summaries and registers, without a process. */
#include "server/service/calc.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define THREADS      8
#define STACK        (256 * 1024) /* bytes; a small server thread's */

/* Results arrive full of this, so what a function leaves alone shows. */
#define DIRT 0xa5

static void check_true(bool ok, int line, const char *text)
{
	CU_assertImplementation(ok, (unsigned int)line, text, __FILE__, "", CU_FALSE);
}

/* ---- arithmetic ---- */

static const struct {
	const char *name;
	void (*procedure)(const calc_operands *, calc_result *);
	quad_t a, b;
	calc_status status;
	quad_t value;
} arithmetic_cases[] = {
	{ "add", calc_add, 2, 3, CALC_OK, 5 },
	{ "add", calc_add, -2, 2, CALC_OK, 0 },
	{ "add", calc_add, INT64_MAX, 0, CALC_OK, INT64_MAX },
	{ "add", calc_add, INT64_MAX, INT64_MIN, CALC_OK, -1 },
	{ "add", calc_add, INT64_MAX, 1, CALC_OVERFLOW, 0 },
	{ "add", calc_add, INT64_MIN, -1, CALC_OVERFLOW, 0 },
	{ "subtract", calc_subtract, 2, 3, CALC_OK, -1 },
	{ "subtract", calc_subtract, -1, INT64_MIN, CALC_OK, INT64_MAX },
	{ "subtract", calc_subtract, 0, INT64_MAX, CALC_OK, -INT64_MAX },
	{ "subtract", calc_subtract, 0, INT64_MIN, CALC_OVERFLOW, 0 },
	{ "subtract", calc_subtract, INT64_MIN, 1, CALC_OVERFLOW, 0 },
	{ "multiply", calc_multiply, 6, -7, CALC_OK, -42 },
	{ "multiply", calc_multiply, 3037000499, 3037000499, CALC_OK, 9223372030926249001 },
	{ "multiply", calc_multiply, 3037000500, 3037000500, CALC_OVERFLOW, 0 },
	{ "multiply", calc_multiply, INT64_MIN, 1, CALC_OK, INT64_MIN },
	{ "multiply", calc_multiply, INT64_MIN / 2, 2, CALC_OK, INT64_MIN },
	{ "multiply", calc_multiply, INT64_MIN, -1, CALC_OVERFLOW, 0 },
	{ "multiply", calc_multiply, -1, INT64_MIN, CALC_OVERFLOW, 0 },
	{ "multiply", calc_multiply, INT64_MIN, INT64_MIN, CALC_OVERFLOW, 0 },
	{ "divide", calc_divide, 84, 2, CALC_OK, 42 },
	{ "divide", calc_divide, 7, 2, CALC_OK, 3 },
	{ "divide", calc_divide, -7, 2, CALC_OK, -3 },
	{ "divide", calc_divide, 7, -2, CALC_OK, -3 },
	{ "divide", calc_divide, -7, -2, CALC_OK, 3 },
	{ "divide", calc_divide, -1, 2, CALC_OK, 0 },
	{ "divide", calc_divide, INT64_MIN, 1, CALC_OK, INT64_MIN },
	{ "divide", calc_divide, INT64_MAX, -1, CALC_OK, -INT64_MAX },
	{ "divide", calc_divide, INT64_MIN, -1, CALC_OVERFLOW, 0 },
	{ "divide", calc_divide, 1, 0, CALC_DIVIDE_BY_ZERO, 0 },
	{ "divide", calc_divide, 0, 0, CALC_DIVIDE_BY_ZERO, 0 },
	{ "divide", calc_divide, INT64_MIN, 0, CALC_DIVIDE_BY_ZERO, 0 },
};

static void test_arithmetic(void)
{
	for (size_t i = 0; i < COUNT(arithmetic_cases); i++) {
		calc_operands operands = { arithmetic_cases[i].a, arithmetic_cases[i].b };
		calc_result result, expected;
		char text[128];

		memset(&expected, 0, sizeof(expected));
		expected.status = arithmetic_cases[i].status;
		expected.calc_result_u.value = arithmetic_cases[i].value;
		memset(&result, DIRT, sizeof(result));
		arithmetic_cases[i].procedure(&operands, &result);
		snprintf(text, sizeof(text), "%s %lld %lld: status %d, value %lld",
			 arithmetic_cases[i].name, (long long)operands.a, (long long)operands.b,
			 (int)result.status, (long long)result.calc_result_u.value);
		/* All of its bytes: what the status does not select must be zero. */
		check_true(memcmp(&result, &expected, sizeof(result)) == 0, __LINE__, text);
	}
}

/* ---- expressions ---- */

static void evaluate(const char *text, calc_evaluation *evaluation)
{
	calc_expression expression = (char *)(uintptr_t)text;

	memset(evaluation, DIRT, sizeof(*evaluation));
	calc_evaluate(&expression, evaluation);
}

/* The value and its sign; to the bit where the tolerance, relative, is 0. */
static void check_value(const char *text, double expected, double tolerance)
{
	calc_evaluation got;
	double value;
	char why[256];

	evaluate(text, &got);
	value = got.calc_evaluation_u.value;
	snprintf(why, sizeof(why), "%.80s: status %d, %.17g, not %.17g", text, (int)got.status,
		 value, expected);
	check_true(got.status == CALC_OK && signbit(value) == signbit(expected) &&
			   fabs(value - expected) <= tolerance * fabs(expected),
		   __LINE__, why);
}

static void check_failure(const char *text, calc_status status, unsigned int position)
{
	calc_evaluation got, expected;
	char why[256];

	evaluate(text, &got);
	memset(&expected, 0, sizeof(expected));
	expected.status = status;
	expected.calc_evaluation_u.position = position;
	snprintf(why, sizeof(why), "%.80s: status %d at %u, not %d at %u", text, (int)got.status,
		 got.calc_evaluation_u.position, (int)status, position);
	check_true(memcmp(&got, &expected, sizeof(got)) == 0, __LINE__, why);
}

static const struct {
	const char *text;
	double value;
} exact_cases[] = {
	/* numbers: the nearest double, by any spelling */
	{ "0", 0 },
	{ "42", 42 },
	{ "0.1", 0.1 },
	{ "1.", 1 },
	{ ".5", .5 },
	{ "1.e2", 100 },
	{ ".5E-1", .05 },
	{ "12.5e3", 12500 },
	{ "1e+2", 100 },
	{ "007", 7 },
	{ "1e0000000000000000000002", 100 },
	{ "0e999999999999999999999", 0 },
	{ "1e-999999999999999999999", 0 },
	{ "9007199254740993", 9007199254740992. },
	{ "9007199254740993.0000000000000001", 9007199254740994. },
	{ "1.7976931348623157e308", 1.7976931348623157e308 },
	{ "17976931348623157e292", 1.7976931348623157e308 },
	{ "4.9406564584124654e-324", 4.9406564584124654e-324 },
	{ "2.2250738585072011e-308", 2.2250738585072011e-308 },
	{ "3.14159265358979323846264338327950288419716939937510582097494459", M_PI },
	{ "pi", M_PI },
	{ "e", M_E },
	/* precedence and grouping */
	{ "1+2*3", 7 },
	{ "(1+2)*3", 9 },
	{ "10-4-3", 3 },
	{ "100/10/5", 2 },
	{ "100/10*5", 50 },
	{ "7%4%2", 1 },
	{ "2*7%4", 2 },
	{ "1+7%4", 4 },
	{ "7.5%2", 1.5 },
	{ "-7%4", -3 },
	{ "7%-4", 3 },
	{ "2^3^2", 512 },
	{ "(2^3)^2", 64 },
	{ "2*3^2", 18 },
	{ "2^2*3", 12 },
	{ "0^0", 1 },
	{ "4^.5", 2 },
	{ "(-8)^3", -512 },
	/* unary minus */
	{ "-2^2", -4 },
	{ "(-2)^2", 4 },
	{ "--2^2", 4 },
	{ "2^-1", .5 },
	{ "2^-2^2", 1. / 16 },
	{ "2^-2^-1*4", 0x1.6a09e667f3bcdp-1 * 4 },
	{ "2^--3", 8 },
	{ "-2^-2", -.25 },
	{ "-2^3^2", -512 },
	{ "2--3", 5 },
	{ "2---3", -1 },
	{ "2*-3", -6 },
	{ "2/-4", -.5 },
	{ "-2*-3", 6 },
	{ "-(1+2)", -3 },
	{ "-pi", -M_PI },
	{ "-0", -0. },
	{ "--0", 0 },
	/* functions */
	{ "sqrt(144)", 12 },
	{ "abs(-3.5)", 3.5 },
	{ "floor(-1.5)", -2 },
	{ "ceil(-1.5)", -1 },
	{ "round(2.5)", 3 },
	{ "round(-2.5)", -3 },
	{ "exp(0)", 1 },
	{ "ln(1)", 0 },
	{ "log10(1000)", 3 },
	{ "sin(0)", 0 },
	{ "cos(0)", 1 },
	{ "tan(0)", 0 },
	{ "min(3,1)", 1 },
	{ "min(3,1,2)", 1 },
	{ "max(3,1,2)", 3 },
	{ "max(1,2,3,4,5,6,7,8,-9)", 8 },
	{ "max(min(1,2),min(3,4))", 3 },
	{ "-sqrt(4)^2", -4 },
	{ "2^sqrt(4)^3", 256 },
	{ "(2^3+2^-1)^(1+1^5)", 72.25 },
	{ "min(2^3,2^2^0)", 2 },
	/* blanks */
	{ "  1 +\t2  ", 3 },
	{ "- - 2", 2 },
	{ "2 ^ - 1", .5 },
	{ " min ( 1 , 2 ) ", 1 },
};

static const struct {
	const char *text;
	double value;
} rounded_cases[] = {
	{ "sqrt(2)", 1.4142135623730951 },
	{ "exp(1)", M_E },
	{ "ln(2)", M_LN2 },
	{ "log10(2)", 0.30102999566398120 },
	{ "sin(1)", 0.84147098480789651 },
	{ "cos(1)", 0.54030230586813972 },
	{ "tan(1)", 1.5574077246549022 },
	{ "2^.5", 1.4142135623730951 },
	{ "e^2", 7.3890560989306502 },
	{ "sin(pi/6)+cos(pi/3)", 1 },
	{ "(1+sqrt(5))/2", 1.6180339887498949 },
};

static void test_values(void)
{
	for (size_t i = 0; i < COUNT(exact_cases); i++)
		check_value(exact_cases[i].text, exact_cases[i].value, 0);
	for (size_t i = 0; i < COUNT(rounded_cases); i++)
		check_value(rounded_cases[i].text, rounded_cases[i].value, 1e-15);
}

static const char *const domain_cases[] = {
	"1/0",
	"0/0",
	"-1/0",
	"1/-0",
	"1%0",
	"0^-1",
	"(-8)^.5",
	"sqrt(-1)",
	"ln(0)",
	"ln(-1)",
	"log10(0)",
	"exp(1000)",
	"1e999",
	"1e308*10",
	"1e308+1e308",
	"-1e308-1e308",
	"10^309",
	"1e999999999999999999999",
	"1e18446744073709551617", /* 2^64 + 1 */
	"2^2^2^2^2^2^2",
	/* a value on the way that is not finite, under a result that is */
	"1/(1/0)",
	"exp(-1e999)",
	"min(1,sqrt(-1))",
	"max(sqrt(-1),1)",
	"(0/0)^0",
	"1^(0/0)",
	"1%1e999",
	"0*ln(0)*0+1",
	"2^-(1/0)",
	"2^-9^999",
};

static void test_domain(void)
{
	for (size_t i = 0; i < COUNT(domain_cases); i++)
		check_failure(domain_cases[i], CALC_DOMAIN, 0);
}

static const struct {
	const char *text;
	unsigned int position;
} syntax_cases[] = {
	/* something is missing at the end: the length */
	{ "", 0 },
	{ "   ", 3 },
	{ "-", 1 },
	{ "1+", 2 },
	{ "1 + ", 4 },
	{ "2*", 2 },
	{ "2^", 2 },
	{ "2^-", 3 },
	{ "(", 1 },
	{ "(1", 2 },
	{ "((1)", 4 },
	{ "sin", 3 },
	{ "sin ", 4 },
	{ "sin(", 4 },
	{ "sin(1", 5 },
	{ "min(1", 5 },
	{ "min(1,", 6 },
	{ "min(1,2", 7 },
	{ ".", 1 },
	{ "1e", 2 },
	{ "1e+", 3 },
	{ "1.5e-", 5 },
	/* a character that does not fit */
	{ "+1", 0 },
	{ "1++1", 2 },
	{ "1*/2", 2 },
	{ "1**2", 2 },
	{ "2^+1", 2 },
	{ "^2", 0 },
	{ "*", 0 },
	{ ")", 0 },
	{ "()", 1 },
	{ "(1))", 3 },
	{ "1 2", 2 },
	{ "1 + 2 x", 6 },
	{ "1 = 2", 2 },
	{ "1,2", 1 },
	{ "(1,2)", 2 },
	{ "1#", 1 },
	{ "\n1", 0 },
	{ "1\n", 1 },
	{ "1\xc3\xa9", 1 },
	{ "\xff", 0 },
	{ "(1 2)", 3 },
	{ "2(3)", 1 },
	{ "(2)(3)", 3 },
	/* numbers */
	{ "1,5", 1 },
	{ "1.2.3", 3 },
	{ "1..2", 2 },
	{ "..", 1 },
	{ ".e5", 1 },
	{ "1ex", 2 },
	{ "1e 5", 2 },
	{ "1e+-5", 3 },
	{ "1e1.5", 3 },
	{ "1e5e5", 3 },
	{ "2pi", 1 },
	{ "2 e", 2 },
	{ "0x10", 1 },
	{ "0x1p3", 1 },
	{ "1_000", 1 },
	{ "1 .5", 2 },
	{ "1. 5", 3 },
	/* names */
	{ "x", 0 },
	{ "1+x", 2 },
	{ "foo(1)", 0 },
	{ "1 + foo(", 4 },
	{ "sinx(1)", 0 },
	{ "log(1)", 0 },
	{ "log1(1)", 0 },
	{ "log100(1)", 0 },
	{ "si", 0 },
	{ "pi2", 0 },
	{ "PI", 0 },
	{ "Sin(1)", 0 },
	{ "inf", 0 },
	{ "nan", 0 },
	{ "-infinity", 1 },
	{ "e1", 0 },
	{ "pi(1)", 2 },
	{ "pi pi", 3 },
	{ "sin 3", 4 },
	{ "sin+1", 3 },
	{ "sin)", 3 },
	{ "1+sqrt*2", 6 },
	/* arguments */
	{ "sin()", 4 },
	{ "sin(1,2)", 5 },
	{ "sin(,)", 4 },
	{ "min()", 4 },
	{ "min(1)", 5 },
	{ "min( 1 )", 7 },
	{ "max(1,)", 6 },
	{ "max(,1)", 4 },
	{ "max(1,2,)", 8 },
	{ "max(1;2)", 5 },
	{ "max(1 2)", 6 },
	/* the first of several; and before a value that is not finite */
	{ "(1+]*[", 3 },
	{ "1/0+", 4 },
	{ "sqrt(-1) x", 9 },
	{ "1e999 1", 6 },
};

static void test_syntax(void)
{
	for (size_t i = 0; i < COUNT(syntax_cases); i++)
		check_failure(syntax_cases[i].text, CALC_SYNTAX, syntax_cases[i].position);
}

/* ---- large and hostile expressions ---- */

/* part as often as times says, then middle, then closing as often again. */
struct long_case {
	const char *part;
	unsigned int times;
	const char *middle;
	const char *closing;
	calc_status status;
	unsigned int position;
	double value;
};

static const struct long_case long_cases[] = {
	/* nesting: 64 levels and no more; the 65th "(" is what does not fit */
	{ "(", 64, "7", ")", CALC_OK, 0, 7 },
	{ "(", 65, "7", ")", CALC_SYNTAX, 64, 0 },
	{ "(", 200, "7", ")", CALC_SYNTAX, 64, 0 },
	{ "(", 64, "", "", CALC_SYNTAX, 64, 0 },
	{ "(", 1024, "", "", CALC_SYNTAX, 64, 0 },
	{ " (", 65, "7", ")", CALC_SYNTAX, 129, 0 },
	{ "-(", 64, "7", ")", CALC_OK, 0, 7 },
	{ "-(", 65, "7", ")", CALC_SYNTAX, 129, 0 },
	{ "2^(", 65, "7", ")", CALC_SYNTAX, 194, 0 },
	{ "1^(", 64, "7", ")", CALC_OK, 0, 1 },
	{ "abs(", 64, "-7", ")", CALC_OK, 0, 7 },
	{ "abs(", 65, "-7", ")", CALC_SYNTAX, 259, 0 },
	{ "sin(", 256, "", "", CALC_SYNTAX, 259, 0 },
	{ "min(8,", 64, "7", ")", CALC_OK, 0, 7 },
	{ "min(8,", 100, "7", ")", CALC_SYNTAX, 387, 0 },
	/* what is closed is no nesting any more */
	{ "(1)+", 200, "1", "", CALC_OK, 0, 201 },
	{ "abs(1)+", 100, "1", "", CALC_OK, 0, 101 },
	/* chains are no nesting */
	{ "-", 1022, "1", "", CALC_OK, 0, 1 },
	{ "-", 1023, "1", "", CALC_OK, 0, -1 },
	{ "-", 1024, "", "", CALC_SYNTAX, 1024, 0 },
	{ "1-", 511, "1", "", CALC_OK, 0, -510 },
	{ "1^", 511, "1", "", CALC_OK, 0, 1 },
	{ "1^", 512, "", "", CALC_SYNTAX, 1024, 0 },
	{ "1^-", 341, "1", "", CALC_OK, 0, 1 },
	{ "2^", 511, "2", "", CALC_DOMAIN, 0, 0 },
	{ "2^-", 341, "", "", CALC_SYNTAX, 1023, 0 },
	{ "2*", 511, "2", "", CALC_OK, 0, 0x1p512 },
	{ "1%", 512, "", "", CALC_SYNTAX, 1024, 0 },
	{ "+", 1024, "", "", CALC_SYNTAX, 0, 0 },
	{ ")", 1024, "", "", CALC_SYNTAX, 0, 0 },
	/* long tokens */
	{ "1", 309, "", "", CALC_OK, 0, 1.1111111111111111e308 },
	{ "1", 1024, "", "", CALC_DOMAIN, 0, 0 },
	{ "0", 1023, "1", "", CALC_OK, 0, 1 },
	{ "0", 500, "1", ".", CALC_SYNTAX, 502, 0 },
	{ "e", 1024, "", "", CALC_SYNTAX, 0, 0 },
	{ " ", 1023, "1", "", CALC_OK, 0, 1 },
	{ " ", 1024, "", "", CALC_SYNTAX, 1024, 0 },
	/* longer than the contract allows */
	{ " ", 1024, "1", "", CALC_SYNTAX, 1024, 0 },
	{ "1+", 1000, "1", "", CALC_SYNTAX, 1024, 0 },
	{ "x", 1025, "", "", CALC_SYNTAX, 1024, 0 },
	{ "(", 100000, "", "", CALC_SYNTAX, 1024, 0 },
};

static char *build(const struct long_case *c)
{
	size_t size = c->times * (strlen(c->part) + strlen(c->closing)) + strlen(c->middle) + 1;
	char *text = malloc(size), *end = text;

	for (unsigned int i = 0; i < c->times; i++)
		end = stpcpy(end, c->part);
	end = stpcpy(end, c->middle);
	for (unsigned int i = 0; i < c->times; i++)
		end = stpcpy(end, c->closing);
	return text;
}

static void *run_long_cases(void *unused)
{
	for (size_t i = 0; i < COUNT(long_cases); i++) {
		const struct long_case *c = &long_cases[i];
		char *text = build(c);

		if (c->status == CALC_OK)
			check_value(text, c->value, 1e-15);
		else
			check_failure(text, c->status, c->position);
		free(text);
	}
	return unused;
}

/* On a small stack, so that recursion without a bound ends the test. */
static void test_long(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	CHECK_INT(pthread_attr_setstacksize(&attributes, STACK), 0);
	CHECK_INT(pthread_create(&thread, &attributes, run_long_cases, NULL), 0);
	CHECK_INT(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attributes);
}

/* 1e-400 without an exponent, and zeroes by the hundred that an exponent takes back. */
static void test_long_fractions(void)
{
	static const struct {
		const char *head;
		size_t length; /* of head and the zeroes after it */
		const char *tail;
		double value;
	} cases[] = {
		{ "0.", 401, "1", 0 },          { "0.", 1002, "1e1001", 1 },
		{ ".", 1001, "15e+1002", 15 },  { "15", 1002, "e-1000", 15 },
		{ "15", 1002, ".5e-1000", 15 },
	};
	char text[CALC_MAX_EXPRESSION + 1];

	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(text, '0', sizeof(text));
		memcpy(text, cases[i].head, strlen(cases[i].head));
		strcpy(text + cases[i].length, cases[i].tail);
		check_value(text, cases[i].value, 0);
	}
}

/* Makes a locale whose decimal point is a comma and switches to it; false if there is no way. */
static bool use_comma_locale(const char *directory)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "cd %s && printf 'LC_NUMERIC\\ndecimal_point \"<U002C>\"\\nthousands_sep \"\"\\n"
		 "grouping -1\\nEND LC_NUMERIC\\n' >source && "
		 "{ localedef --no-archive -c -i source -f UTF-8 ./comma >/dev/null 2>&1; "
		 "test -e comma/LC_NUMERIC; }",
		 directory);
	if (system(command) != 0)
		return false;
	setenv("LOCPATH", directory, 1);
	return setlocale(LC_NUMERIC, "comma") && *localeconv()->decimal_point == ',';
}

static void test_locale(void)
{
	char directory[] = "/tmp/calc_test.XXXXXX", command[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	if (use_comma_locale(directory)) {
		check_value("1.5+.25e1", 4, 0);
		check_failure("1,5", CALC_SYNTAX, 1);
	} else {
		harness_skip("localedef makes no locale here");
	}
	setlocale(LC_NUMERIC, "C");
	unsetenv("LOCPATH");
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	CHECK_INT(system(command), 0);
}

/* ---- summaries ---- */

#define QUARTER ((quad_t)1 << 61)

/* Means and deviations were computed with rational numbers and rounded once. */
static const struct {
	const char *name;
	u_int count;
	quad_t values[6];
	calc_summary_result expected;
} summary_cases[] = {
#define SUMMARY(count, sum, minimum, maximum, mean, deviation)                                     \
	{                                                                                          \
		CALC_OK,                                                                           \
		{                                                                                  \
			{                                                                          \
				count, sum, minimum, maximum, mean, deviation                      \
			}                                                                          \
		}                                                                                  \
	}
#define FAILURE(status)                                                                            \
	{                                                                                          \
		status,                                                                            \
		{                                                                                  \
			{                                                                          \
				0, 0, 0, 0, 0, 0                                                   \
			}                                                                          \
		}                                                                                  \
	}
	{ "none", 0, { 0 }, FAILURE(CALC_DOMAIN) },
	{ "one", 1, { 5 }, SUMMARY(1, 5, 5, 5, 5, 0) },
	{ "zero", 1, { 0 }, SUMMARY(1, 0, 0, 0, 0, 0) },
	{ "a few", 3, { 1, 2, 4 }, SUMMARY(3, 7, 1, 4, 7. / 3, 0x1.3f49c0b9ad4dbp+0) },
	{ "two below, two above", 4, { -2, 2, -2, 2 }, SUMMARY(4, 0, -2, 2, 0, 2) },
	{ "no order", 6, { 3, 1, 2, -5, 9, -7 }, SUMMARY(6, 3, -7, 9, .5, 0x1.5226def6cdb60p+2) },
	{ "around 2^53",
	  3,
	  { 9007199254740993, 9007199254740994, 9007199254740995 },
	  SUMMARY(3, 27021597764222982, 9007199254740993, 9007199254740995, 0x1.0000000000001p+53,
		  0x1.a20bd700c2c3ep-1) },
	{ "around 2^61",
	  3,
	  { QUARTER - 2, QUARTER - 1, QUARTER },
	  SUMMARY(3, 3 * QUARTER - 3, QUARTER - 2, QUARTER, 0x1p61, 0x1.a20bd700c2c3ep-1) },
	{ "around 2^62",
	  2,
	  { INT64_MAX / 2, INT64_MAX / 2 - 1 },
	  SUMMARY(2, INT64_MAX - 2, INT64_MAX / 2 - 1, INT64_MAX / 2, 0x1p62, .5) },
	{ "greatest", 1, { INT64_MAX }, SUMMARY(1, INT64_MAX, INT64_MAX, INT64_MAX, 0x1p63, 0) },
	{ "least", 1, { INT64_MIN }, SUMMARY(1, INT64_MIN, INT64_MIN, INT64_MIN, -0x1p63, 0) },
	/* the sum leaves 64 bits on the way, and not in the end */
	{ "over and back",
	  3,
	  { INT64_MAX, 1, -1 },
	  SUMMARY(3, INT64_MAX, -1, INT64_MAX, 0x1.5555555555555p+61, 0x1.e2b7dddfefa66p+61) },
	{ "under and back",
	  3,
	  { INT64_MIN, -1, 1 },
	  SUMMARY(3, INT64_MIN, INT64_MIN, 1, -0x1.5555555555555p+61, 0x1.e2b7dddfefa66p+61) },
	{ "both ends",
	  2,
	  { INT64_MAX, INT64_MIN },
	  SUMMARY(2, -1, INT64_MIN, INT64_MAX, -.5, 0x1p63) },
	{ "far over and back",
	  5,
	  { INT64_MAX - 2, INT64_MAX - 1, INT64_MAX, INT64_MIN, INT64_MIN },
	  SUMMARY(5, INT64_MAX - 5, INT64_MIN, INT64_MAX, 0x1.999999999999ap+60,
		  0x1.f5a7cecdb684ap+62) },
	/* it leaves them in the end */
	{ "one over", 2, { INT64_MAX, 1 }, FAILURE(CALC_OVERFLOW) },
	{ "one under", 2, { INT64_MIN, -1 }, FAILURE(CALC_OVERFLOW) },
	{ "twice over", 3, { INT64_MAX - 2, INT64_MAX - 1, INT64_MAX }, FAILURE(CALC_OVERFLOW) },
};

/* The mean to a unit in the last place, the deviation to far less than 1e-12 of it. */
static void check_summary(const char *name, const calc_values *values,
			  const calc_summary_result *expected)
{
	const calc_summary *want = &expected->calc_summary_result_u.summary;
	calc_summary_result result;
	calc_summary *got = &result.calc_summary_result_u.summary;
	char why[256];

	memset(&result, DIRT, sizeof(result));
	calc_summarize(values, &result);
	snprintf(why, sizeof(why), "%s: status %d, %u %lld %lld %lld %.17g %.17g", name,
		 (int)result.status, got->count, (long long)got->sum, (long long)got->minimum,
		 (long long)got->maximum, got->mean, got->deviation);
	check_true(result.status == expected->status && got->count == want->count &&
			   got->sum == want->sum && got->minimum == want->minimum &&
			   got->maximum == want->maximum &&
			   fabs(got->mean - want->mean) <= DBL_EPSILON * fabs(want->mean) &&
			   fabs(got->deviation - want->deviation) <= 1e-15 * want->deviation,
		   __LINE__, why);
}

static void test_summarize(void)
{
	for (size_t i = 0; i < COUNT(summary_cases); i++) {
		quad_t copy[COUNT(summary_cases[i].values)];
		calc_values values = { summary_cases[i].count, copy };

		memcpy(copy, summary_cases[i].values, sizeof(copy));
		if (values.calc_values_len == 0)
			values.calc_values_val = NULL;
		check_summary(summary_cases[i].name, &values, &summary_cases[i].expected);
	}
}

/* As many values as the contract allows: a and b in turn. */
static void test_summarize_many(void)
{
	static const struct {
		const char *name;
		quad_t a, b;
		calc_summary_result expected;
	} cases[] = {
		{ "far apart", INT64_MAX, -INT64_MAX,
		  SUMMARY(CALC_MAX_VALUES, 0, -INT64_MAX, INT64_MAX, 0, 0x1p63) },
		{ "close", ((quad_t)1 << 50) + 1, (quad_t)1 << 50,
		  SUMMARY(CALC_MAX_VALUES, ((quad_t)1 << 62) + CALC_MAX_VALUES / 2, (quad_t)1 << 50,
			  ((quad_t)1 << 50) + 1, 0x1p50 + .5, .5) },
		{ "over", INT64_MAX, INT64_MAX, FAILURE(CALC_OVERFLOW) },
		{ "under", INT64_MIN, INT64_MIN, FAILURE(CALC_OVERFLOW) },
	};
	quad_t many[CALC_MAX_VALUES];
	calc_values values = { CALC_MAX_VALUES, many };

	for (size_t i = 0; i < COUNT(cases); i++) {
		for (size_t n = 0; n < CALC_MAX_VALUES; n++)
			many[n] = n % 2 ? cases[i].b : cases[i].a;
		check_summary(cases[i].name, &values, &cases[i].expected);
	}
}

/* ---- registers ---- */

static void accumulate(struct registers *registers, const char *name, quad_t amount,
		       calc_result *result)
{
	calc_accumulation accumulation = { (char *)(uintptr_t)name, amount };

	memset(result, DIRT, sizeof(*result));
	calc_accumulate(&(struct caller_registers){ registers, 0, false }, &accumulation, result);
}

static struct registers *new_registers(void)
{
	struct registers *registers = malloc(sizeof(*registers));

	memset(registers, DIRT, sizeof(*registers));
	registers_init(registers);
	return registers;
}

static void free_registers(struct registers *registers)
{
	registers_release(registers);
	free(registers);
}

#define NAME32 "0123456789abcdef0123456789abcdef"

/* In this order, on one set of registers. */
static const struct {
	const char *name;
	quad_t amount;
	calc_status status;
	quad_t total;
} register_cases[] = {
	{ "a", 5, CALC_OK, 5 },
	{ "a", -7, CALC_OK, -2 },
	{ "b", 1, CALC_OK, 1 },
	{ "a", 0, CALC_OK, -2 },
	{ "A", 3, CALC_OK, 3 },
	{ "", 9, CALC_OK, 9 },
	{ "", 1, CALC_OK, 10 },
	{ " ", 1, CALC_OK, 1 },
	{ "new", 0, CALC_OK, 0 },
	{ "n\xc3\xa9", 4, CALC_OK, 4 },
	/* overflow leaves the total as it was, both ways */
	{ "max", INT64_MAX, CALC_OK, INT64_MAX },
	{ "max", 1, CALC_OVERFLOW, 0 },
	{ "max", INT64_MAX, CALC_OVERFLOW, 0 },
	{ "max", 0, CALC_OK, INT64_MAX },
	{ "max", -1, CALC_OK, INT64_MAX - 1 },
	{ "min", INT64_MIN, CALC_OK, INT64_MIN },
	{ "min", -1, CALC_OVERFLOW, 0 },
	{ "min", 0, CALC_OK, INT64_MIN },
	/* names as long as they may be, one alike but for its end, and longer ones */
	{ NAME32, 1, CALC_OK, 1 },
	{ "0123456789abcdef0123456789abcdeF", 2, CALC_OK, 2 },
	{ "0123456789abcdef0123456789abcde", 3, CALC_OK, 3 },
	{ NAME32 "x", 1, CALC_DOMAIN, 0 },
	{ NAME32 NAME32 NAME32, 1, CALC_DOMAIN, 0 },
	{ NAME32, 1, CALC_OK, 2 },
};

static void check_total(struct registers *registers, const char *name, quad_t amount,
			calc_status status, quad_t total)
{
	calc_result result, expected;
	char why[256];

	accumulate(registers, name, amount, &result);
	memset(&expected, 0, sizeof(expected));
	expected.status = status;
	expected.calc_result_u.value = total;
	snprintf(why, sizeof(why), "\"%s\" %lld: status %d, total %lld", name, (long long)amount,
		 (int)result.status, (long long)result.calc_result_u.value);
	check_true(memcmp(&result, &expected, sizeof(result)) == 0, __LINE__, why);
}

static void test_registers(void)
{
	struct registers *registers = new_registers();

	for (size_t i = 0; i < COUNT(register_cases); i++)
		check_total(registers, register_cases[i].name, register_cases[i].amount,
			    register_cases[i].status, register_cases[i].total);
	free_registers(registers);
}

/* Two sets share nothing. */
static void test_registers_apart(void)
{
	struct registers *one = new_registers(), *other = new_registers();

	check_total(one, "a", 1, CALC_OK, 1);
	check_total(other, "a", 2, CALC_OK, 2);
	check_total(one, "a", 1, CALC_OK, 2);
	free_registers(one);
	free_registers(other);
}

/* As long as may be, and alike but for the last bytes. */
static void long_name(char name[CALC_MAX_REGISTER + 1], int number)
{
	snprintf(name, CALC_MAX_REGISTER + 1, "%0*d", CALC_MAX_REGISTER, number);
}

/* Makes registers for a caller until there are no more for him.  How many that were. */
static int make_all(struct registers *registers, uint64_t caller, int from)
{
	char name[CALC_MAX_REGISTER + 1];
	calc_accumulation accumulation = { name, 1 };
	calc_result result;

	for (int made = 0;; made++) {
		long_name(name, from + made);
		calc_accumulate(&(struct caller_registers){ registers, caller, false },
				&accumulation, &result);
		if (result.status != CALC_OK)
			return result.status == CALC_FULL ? made : -1;
	}
}

/* Each caller may have as many as are left then: whoever comes next finds some. */
static void test_registers_full(void)
{
	struct registers *registers = new_registers();
	char name[CALC_MAX_REGISTER + 1];
	int made = 0;

	for (uint64_t caller = 1; made < CALC_MAX_REGISTERS; caller++) {
		int left = CALC_MAX_REGISTERS - made, own = make_all(registers, caller << 32, made);

		CHECK_INT(own, (left + 1) / 2);
		CHECK_INT(make_all(registers, caller << 32, made + own), 0);
		if (own <= 0)
			break;
		made += own;
	}
	check_total(registers, "one more", 1, CALC_FULL, 0);
	check_total(registers, "", 0, CALC_FULL, 0);
	/* the refused ones took nothing from those that are there, which are anybody's */
	for (int i = 0; i < CALC_MAX_REGISTERS; i++) {
		long_name(name, i);
		check_total(registers, name, 1, CALC_OK, 2);
	}
	free_registers(registers);
}

/* What one of several threads does to registers that it shares, and to its own. */
struct adder {
	pthread_t thread;
	pthread_barrier_t *start;
	struct registers *registers;
	char own[CALC_MAX_REGISTER + 1];
	unsigned int failures;
};

#define ROUNDS 100000
#define SHARED 64

static void add_once(struct adder *adder, const char *name, quad_t amount)
{
	calc_result result;

	accumulate(adder->registers, name, amount, &result);
	if (result.status != CALC_OK)
		adder->failures++;
}

static void *add_many(void *argument)
{
	struct adder *adder = argument;
	char name[CALC_MAX_REGISTER + 1];

	pthread_barrier_wait(adder->start);
	/* all make the same new registers at once: each must be made once */
	for (int i = 0; i < SHARED; i++) {
		snprintf(name, sizeof(name), "shared %d", i);
		add_once(adder, name, 1);
	}
	for (int i = 0; i < ROUNDS; i++) {
		add_once(adder, "total", 3);
		add_once(adder, adder->own, 1);
		add_once(adder, "total", -1);
	}
	return NULL;
}

static void test_registers_threads(void)
{
	struct registers *registers = new_registers();
	struct adder adders[THREADS];
	pthread_barrier_t start;
	char name[CALC_MAX_REGISTER + 1];

	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++) {
		adders[i] = (struct adder){ .start = &start, .registers = registers };
		snprintf(adders[i].own, sizeof(adders[i].own), "own %d", i);
		CHECK_INT(pthread_create(&adders[i].thread, NULL, add_many, &adders[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(adders[i].thread, NULL);
		CHECK_INT(adders[i].failures, 0);
		check_total(registers, adders[i].own, 0, CALC_OK, ROUNDS);
	}
	check_total(registers, "total", 0, CALC_OK, (quad_t)THREADS * ROUNDS * 2);
	for (int i = 0; i < SHARED; i++) {
		snprintf(name, sizeof(name), "shared %d", i);
		check_total(registers, name, 0, CALC_OK, THREADS);
	}
	CHECK_INT(registers->count, 1 + THREADS + SHARED);
	pthread_barrier_destroy(&start);
	free_registers(registers);
}

/* A thread that accumulates while somebody else has the registers. */
struct waiter {
	struct registers *registers;
	_Atomic pid_t thread; /* 0 until it is about to */
	_Atomic bool done;
	calc_result result;
};

static void *add_when_free(void *argument)
{
	struct waiter *waiter = argument;

	waiter->thread = gettid();
	accumulate(waiter->registers, "total", 1, &waiter->result);
	waiter->done = true;
	return NULL;
}

/* It sleeps before it is done: it waits for the lock, for there is nothing else to wait for. */
static bool waits(const struct waiter *waiter)
{
	while (!waiter->done)
		if (waiter->thread && observe_thread_asleep(waiter->thread) && !waiter->done)
			return true;
	return false;
}

static struct calc_register *register_named(struct registers *registers, const char *name)
{
	for (size_t i = 0; i < COUNT(registers->slots); i++)
		if (registers->slots[i].used && strcmp(registers->slots[i].name, name) == 0)
			return &registers->slots[i];
	return NULL;
}

/* Threads that add at once may have luck without a lock; this needs none. */
static void test_registers_locked(void)
{
	struct waiter waiter = { .registers = new_registers() };
	struct calc_register *total;
	pthread_t thread;

	check_total(waiter.registers, "total", 10, CALC_OK, 10);
	pthread_mutex_lock(&waiter.registers->lock);
	CHECK_INT(pthread_create(&thread, NULL, add_when_free, &waiter), 0);
	CHECK_THAT(waits(&waiter), "accumulate does not wait for the lock");
	/* nor has it looked at the total before it has the lock */
	total = register_named(waiter.registers, "total");
	CHECK_INT(total ? total->total : -1, 10);
	if (total)
		total->total = 100;
	pthread_mutex_unlock(&waiter.registers->lock);
	pthread_join(thread, NULL);
	CHECK_INT(waiter.result.calc_result_u.value, 101);
	check_total(waiter.registers, "total", 0, CALC_OK, 101);
	CHECK_INT(pthread_mutex_trylock(&waiter.registers->lock), 0);
	pthread_mutex_unlock(&waiter.registers->lock);
	free_registers(waiter.registers);
}

static const struct test tests[] = {
	{ "arithmetic: exact, or overflow", test_arithmetic },
	{ "evaluate: values", test_values },
	{ "evaluate: no finite value", test_domain },
	{ "evaluate: where the syntax error is", test_syntax },
	{ "evaluate: deep, long and hostile", test_long },
	{ "evaluate: long fractions", test_long_fractions },
	{ "evaluate: the locale's comma changes nothing", test_locale },
	{ "summarize", test_summarize },
	{ "summarize: as many as there may be", test_summarize_many },
	{ "accumulate", test_registers },
	{ "accumulate: sets are apart", test_registers_apart },
	{ "accumulate: full", test_registers_full },
	{ "accumulate: eight threads", test_registers_threads },
	{ "accumulate: locked meanwhile", test_registers_locked },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("calc", tests);
}
