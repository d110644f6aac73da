/* Values of any contract: bytes to JSON and back, and what is wrong with either. */
#include "contract/value/value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/value/walk.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char contract_text[] =
	"enum color { RED = 0, GREEN = 1, DARK = -3 };\n"
	"struct numbers { int a; unsigned b; hyper c; unsigned hyper d; };\n"
	"struct small { short a; unsigned short b; char c; unsigned char d; };\n"
	"typedef string text<8>;\n"
	"typedef opaque bytes<4>;\n"
	"typedef opaque fixed[3];\n"
	"typedef int vector[2];\n"
	"typedef int array<3>;\n"
	"typedef vector table<>;\n"
	"typedef int *maybe;\n"
	"typedef maybe *twice;\n"
	"typedef twice *thrice;\n"
	"struct none { void; };\n"
	"typedef none nones<>;\n"
	"typedef none many[1000000000];\n"
	"typedef int big[1000000000];\n"
	"typedef struct node *list;\n"
	"struct node { int v; text t; list next; };\n"
	"struct mark { mark *next; };\n"
	"typedef mark *marks;\n"
	"struct tree { tree *left; int v; tree *right; };\n"
	"struct ring { ring *a; ring *b; };\n"
	"union choice switch (color color) { case RED: int value; case GREEN: int color;\n"
	"  default: void; };\n"
	"union yes switch (bool known) { case TRUE: text name; };\n"
	"union first switch (int d) { case 0: void; case 1: hyper a; }; typedef first firsts<>;\n"
	"union wide switch (hyper by) { case -1: int a; };\n"
	"typedef bool flag; typedef float real; typedef double doubled; typedef quadruple quad;\n"
	"typedef hyper large; typedef unsigned char octet;\n"
	"struct deep { array a; choice c<2>; maybe m; list l; };\n"
	"program P { version V { void MANY(int, text, maybe) = 1; } = 1; } = 9;\n";

static struct contract *contract;

static const struct type *find_type(const char *name)
{
	const struct type *type = strcmp(name, "MANY") == 0
					  ? contract_procedure(contract, 9, 1, 1)->arguments
				  : strcmp(name, "void") == 0
					  ? contract_procedure(contract, 9, 1, 1)->result
					  : contract_type(contract, name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(type);
	return type;
}

/* What is odd, one after the other. */
static char warned[1024];

static void take_warning(void *context, const char *text)
{
	size_t length = strlen(warned);

	(void)context;
	snprintf(warned + length, sizeof(warned) - length, "%s\n", text);
}

static int to_json(const char *type, const char *hex, int indent, struct buffer *json, size_t *used,
		   char wrong[VALUE_WRONG])
{
	const struct value_form form = { .indent = indent, .warn = take_warning };
	uint8_t bytes[4096];
	size_t length = bytes_from_hex(bytes, hex);
	int r;

	warned[0] = '\0';
	r = value_to_json(find_type(type), bytes, length, &form, json, used, wrong);
	buffer_append(json, "", 1);
	return r;
}

static int from_json(const char *type, const char *json, bool undeclared, char **hex,
		     char wrong[VALUE_WRONG])
{
	const struct value_form form = { .undeclared = undeclared };
	struct buffer bytes = { 0 };
	int r = value_from_json(find_type(type), json, strlen(json), &form, &bytes, wrong);

	*hex = calloc(1, 2 * bytes.length + 1);
	for (size_t i = 0; i < bytes.length; i++)
		sprintf(*hex + 2 * i, "%02x", bytes.data[i]);
	buffer_release(&bytes);
	return r;
}

/* ---- what is the same both ways ---- */

static const struct {
	const char *type, *hex, *json;
} same[] = {
	{ "void", "", "null" },
	{ "numbers", "ffffffff ffffffff 8000000000000000 ffffffffffffffff",
	  "{\"a\":-1,\"b\":4294967295,\"c\":-9223372036854775808,\"d\":18446744073709551615}" },
	{ "small", "ffff8000 0000ffff ffffff80 000000ff",
	  "{\"a\":-32768,\"b\":65535,\"c\":-128,\"d\":255}" },
	{ "flag", "00000001", "true" },
	{ "flag", "00000000", "false" },
	{ "color", "fffffffd", "\"DARK\"" },
	{ "real", "3dcccccd", "0.1" },
	{ "real", "80000000", "-0.0" },
	{ "real", "00000001", "1e-45" },
	{ "real", "7f7fffff", "3.4028235e+38" },
	{ "real", "7f800000", "\"Infinity\"" },
	{ "doubled", "3fb999999999999a", "0.1" },
	{ "doubled", "4045000000000000", "42" },
	{ "doubled", "8000000000000000", "-0.0" },
	{ "doubled", "fff0000000000000", "\"-Infinity\"" },
	{ "doubled", "7ff8000000000000", "\"NaN\"" },
	{ "quad", "000102030405060708090a0b0c0d0e0f", "\"000102030405060708090a0b0c0d0e0f\"" },
	{ "text", "00000000", "\"\"" },
	{ "text", "00000003 61006200", "\"a\\u0000b\"" },
	{ "text", "00000008 225c0a09 c3b67f2f", "\"\\\"\\\\\\n\\t\xc3\xb6\\u007f/\"" },
	{ "text", "00000004 c285c2a0", "\"\\u0085\xc2\xa0\"" },
	{ "text", "00000004 f09f9880", "\"\xf0\x9f\x98\x80\"" },
	{ "text", "00000002 61ff0000", "{\"hex\":\"61ff\"}" },
	{ "text", "00000002 c3b60000", "\"\xc3\xb6\"" },
	{ "text", "00000001 c3000000", "{\"hex\":\"c3\"}" },
	{ "bytes", "00000003 00abff00", "\"00abff\"" },
	{ "fixed", "01020300", "\"010203\"" },
	{ "vector", "00000001 00000002", "[1,2]" },
	{ "array", "00000000", "[]" },
	{ "array", "00000001 00000007", "[7]" },
	{ "table", "00000002 00000001 00000002 00000003 00000004", "[[1,2],[3,4]]" },
	{ "maybe", "00000000", "null" },
	{ "maybe", "00000001 00000005", "5" },
	{ "twice", "00000000", "[]" },
	{ "twice", "00000001 00000000", "[null]" },
	{ "twice", "00000001 00000001 00000005", "[5]" },
	{ "thrice", "00000000", "null" },
	{ "thrice", "00000001 00000000", "[]" },
	{ "thrice", "00000001 00000001 00000000", "[null]" },
	{ "none", "", "{}" },
	{ "nones", "00000002", "[{},{}]" },
	{ "list", "00000000", "[]" },
	{ "list", "00000001 00000001 00000001 61000000 00000001 00000002 00000000 00000000",
	  "[{\"v\":1,\"t\":\"a\"},{\"v\":2,\"t\":\"\"}]" },
	{ "node", "00000001 00000000 00000000", "{\"v\":1,\"t\":\"\",\"next\":[]}" },
	{ "marks", "00000001 00000001 00000000", "[{},{}]" },
	{ "tree", "00000001 00000000 00000001 00000000 00000002 00000000",
	  "{\"left\":{\"left\":null,\"v\":1,\"right\":null},\"v\":2,\"right\":null}" },
	{ "ring", "00000000 00000000", "{\"a\":null,\"b\":null}" },
	{ "choice", "00000000 00000007", "{\"color\":\"RED\",\"value\":7}" },
	{ "choice", "00000001 00000007", "{\"color\":\"GREEN\",\"color_\":7}" },
	{ "choice", "fffffffd", "{\"color\":\"DARK\"}" },
	{ "yes", "00000001 00000000", "{\"known\":true,\"name\":\"\"}" },
	{ "firsts", "00000002 00000000 00000000", "[{\"d\":0},{\"d\":0}]" },
	{ "wide", "ffffffffffffffff 00000002", "{\"by\":-1,\"a\":2}" },
	{ "MANY", "00000001 00000000 00000001 00000002", "[1,\"\",2]" },
	{ "deep",
	  "00000001 00000002 00000001 00000000 00000003 00000000 00000001 00000004 00000000 "
	  "00000000",
	  "{\"a\":[2],\"c\":[{\"color\":\"RED\",\"value\":3}],\"m\":null,\"l\":[{\"v\":4,\"t\":"
	  "\"\"}]}" },
};

static void test_same(void)
{
	for (size_t i = 0; i < COUNT(same); i++) {
		char wrong[VALUE_WRONG] = "", *hex, *expected = calloc(1, 512);
		struct buffer json = { 0 };
		uint8_t bytes[256];
		size_t used, length = bytes_from_hex(bytes, same[i].hex);

		CHECK_INT(to_json(same[i].type, same[i].hex, 0, &json, &used, wrong), 0);
		CHECK_STR(wrong, "");
		CHECK_STR(warned, "");
		CHECK_STR((char *)json.data, same[i].json);
		CHECK_INT(used, length);
		CHECK_INT(from_json(same[i].type, same[i].json, false, &hex, wrong), 0);
		CHECK_STR(wrong, "");
		for (size_t b = 0; b < length; b++)
			sprintf(expected + 2 * b, "%02x", bytes[b]);
		CHECK_STR(hex, expected);
		free(expected);
		free(hex);
		buffer_release(&json);
	}
}

/* ---- what is taken, too ---- */

static void test_also_taken(void)
{
	static const struct {
		const char *type, *json, *hex;
	} also[] = {
		{ "numbers", " { \"d\" : \"1\", \"c\":\"-2\",\n\"b\":\"3\",\t\"a\":-0 } ",
		  "0000000000000003fffffffffffffffe0000000000000001" },
		{ "numbers", "{\"\\u0061\":1,\"b\":2,\"c\":3,\"d\":4}",
		  "000000010000000200000000000000030000000000000004" },
		{ "color", "1", "00000001" },
		{ "color", "\"-3\"", "fffffffd" },
		{ "text", "\"\\u00f6\\ud83d\\ude00\\/\\b\"", "00000008c3b6f09f98802f08" },
		{ "text", "{\"hex\":\"C3b6\"}", "00000002c3b60000" },
		{ "bytes", "\"ABab\"", "00000002abab0000" },
		{ "list", "null", "00000000" },
		{ "deep", "{\"c\":[],\"a\":[]}", "00000000000000000000000000000000" },
		{ "node", "{\"t\":\"\",\"v\":1}", "000000010000000000000000" },
		{ "real", "1", "3f800000" },
		{ "real", "\"NaN\"", "7fc00000" },
		{ "real", "1e-60", "00000000" },
		{ "doubled", "-0", "8000000000000000" },
		{ "choice", "{\"value\":7,\"color\":0}", "0000000000000007" },
		{ "MANY", "[1,\"\",null]", "000000010000000000000000" },
	};

	for (size_t i = 0; i < COUNT(also); i++) {
		char wrong[VALUE_WRONG] = "", *hex;

		CHECK_INT(from_json(also[i].type, also[i].json, false, &hex, wrong), 0);
		CHECK_STR(wrong, "");
		CHECK_STR(hex, also[i].hex);
		free(hex);
	}
}

/* ---- what is wrong with JSON ---- */

static void test_wrong_json(void)
{
	static const struct {
		const char *type, *json, *said;
	} mistakes[] = {
		{ "numbers", "{\"a\":1,\"b\":-1,\"c\":0,\"d\":0}",
		  "$.b: -1 is out of range: expected a whole number from 0 to 4294967295" },
		{ "numbers", "{\"a\":1.0,\"b\":1,\"c\":0,\"d\":0}",
		  "$.a: expected a whole number from -2147483648 to 2147483647, and there is 1.0" },
		{ "numbers", "{\"a\":1,\"b\":1,\"c\":9223372036854775808,\"d\":0}",
		  "$.c: 9223372036854775808 is out of range: expected a whole number of 64 bits" },
		{ "numbers", "{\"a\":1,\"b\":1,\"c\":1}",
		  "$.d: expected a whole number of 64 bits, from 0 on, and there is nothing" },
		{ "numbers", "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1}",
		  "$: there is no \"e\": expected an object with a, b, c, d" },
		{ "numbers", "{\"a\":1,\"b\":1,\"a\":1,\"c\":1,\"d\":1}",
		  "$: \"a\" is there twice" },
		{ "numbers", "[1]",
		  "$: expected an object with a, b, c, d, and there is an array of 1" },
		{ "small", "{\"a\":32768,\"b\":0,\"c\":0,\"d\":0}",
		  "$.a: 32768 is out of range: expected a whole number from -32768 to 32767" },
		{ "flag", "1", "$: expected true or false, and there is 1" },
		{ "color", "\"BLUE\"", "$: expected RED, GREEN or DARK, and there is \"BLUE\"" },
		{ "color", "2",
		  "$: 2 has no name in the contract (--undeclared takes it): expected RED, GREEN "
		  "or DARK" },
		{ "real", "1e39",
		  "$: 1e39 is out of range: expected a float, or \"NaN\", \"Infinity\" or "
		  "\"-Infinity\"" },
		{ "doubled", "\"1\"",
		  "$: expected a double, or \"NaN\", \"Infinity\" or \"-Infinity\", and there is "
		  "\"1\"" },
		{ "text", "\"123456789\"", "$: 9 bytes, and the contract has at most 8" },
		{ "text", "\"1234567\xc3\xb6\"", "$: 9 bytes, and the contract has at most 8" },
		{ "text", "\"\\ud800\"", "$: half of a surrogate pair is no character" },
		{ "text", "{\"hex\":\"f\"}",
		  "$: expected a string of at most 8 bytes, and there is an object" },
		{ "bytes", "\"0102030405\"", "$: 5 bytes, and the contract has at most 4" },
		{ "bytes", "\"0g\"",
		  "$: expected hexadecimal figures of at most 4 bytes, and there is \"0g\"" },
		{ "fixed", "\"0102\"", "$: 2 bytes, and the contract has 3" },
		{ "vector", "[1]", "$: 1 items, and the contract has 2" },
		{ "array", "[1,2,3,4]", "$: 4 items, and the contract has at most 3" },
		{ "table", "[[1,2],[3,true]]",
		  "$[1][1]: expected a whole number from -2147483648 to 2147483647, and there is "
		  "true" },
		{ "twice", "null",
		  "$: expected [], or a value between [ and ], and there is null" },
		{ "list", "[{\"v\":1,\"t\":\"\"},{\"v\":1,\"t\":\"\",\"next\":null}]",
		  "$[1]: there is no \"next\": expected an object with v, t, next" },
		{ "deep", "{\"a\":[],\"c\":[{\"color\":\"RED\",\"value\":{}}]}",
		  "$.c[0].value: expected a whole number from -2147483648 to 2147483647, and "
		  "there is an object" },
		{ "choice", "{\"color\":\"DARK\",\"value\":1}",
		  "$: there is no \"value\": expected an object with color and what it selects" },
		{ "choice", "{\"color\":\"GREEN\",\"color_\":null}",
		  "$.color_: expected a whole number from -2147483648 to 2147483647, and there is "
		  "null" },
		{ "yes", "{\"known\":false}", "$.known: yes has no arm for this" },
		{ "MANY", "[1,\"\"]",
		  "$: expected an array of 3 arguments, and there is an array of 2" },
		{ "MANY", "[1,2,3]", "$[1]: expected a string of at most 8 bytes, and there is 2" },
		{ "void", "{}", "$: expected null, and there is an object" },
		/* no JSON at all */
		{ "array", "",
		  "no JSON at line 1, column 1: expected a value, and there is nothing "
		  "more" },
		{ "array", "[1,\n 2,]", "no JSON at line 2, column 4: expected a value" },
		{ "array", "[1 2]", "no JSON at line 1, column 4: expected ',' or ']'" },
		{ "array", "[01]", "no JSON at line 1, column 3: expected ',' or ']'" },
		{ "array", "[1",
		  "no JSON at line 1, column 3: expected ',' or ']', and there is "
		  "nothing more" },
		{ "array", "[] []", "no JSON at line 1, column 4: there is more behind the value" },
		{ "array", "[-]", "no JSON at line 1, column 3: expected a figure" },
		{ "array", "[1.]", "no JSON at line 1, column 4: expected a figure" },
		{ "array", "[nul]", "no JSON at line 1, column 2: expected a value" },
		{ "text", "\"a",
		  "no JSON at line 1, column 3: expected the end of a string, '\"', "
		  "and there is nothing more" },
		{ "text", "\"a\n\"",
		  "no JSON at line 1, column 3: expected no control character in a string, as "
		  "\\n" },
		{ "text", "\"\\x\"",
		  "no JSON at line 1, column 3: expected one of \" \\ / b f n r t "
		  "u behind a backslash" },
		{ "text", "\"\\u12g4\"",
		  "no JSON at line 1, column 6: expected four hexadecimal "
		  "figures behind \\u" },
		{ "text", "\"\xff\"",
		  "no JSON at line 1, column 2: expected UTF-8; other bytes are "
		  "written {\"hex\": \"...\"}" },
		{ "numbers", "{a:1}",
		  "no JSON at line 1, column 2: expected a name between quotes" },
		{ "numbers", "{\"a\" 1}", "no JSON at line 1, column 6: expected ':'" },
		{ "numbers", "{\"a\":1,}",
		  "no JSON at line 1, column 8: expected a name between quotes" },
	};

	for (size_t i = 0; i < COUNT(mistakes); i++) {
		char wrong[VALUE_WRONG] = "", *hex;

		CHECK_INT(from_json(mistakes[i].type, mistakes[i].json, false, &hex, wrong),
			  -EBADMSG);
		CHECK_STR(wrong, mistakes[i].said);
		free(hex);
	}
}

static void test_undeclared(void)
{
	char wrong[VALUE_WRONG] = "", *hex;

	CHECK_INT(from_json("color", "7", true, &hex, wrong), 0);
	CHECK_STR(hex, "00000007");
	free(hex);
	CHECK_INT(from_json("octet", "256", true, &hex, wrong), 0);
	CHECK_STR(hex, "00000100");
	free(hex);
	CHECK_INT(from_json("color", "4294967296", true, &hex, wrong), -EBADMSG);
	free(hex);
}

/* ---- what is wrong with bytes ---- */

static void test_wrong_bytes(void)
{
	static const struct {
		const char *type, *hex, *said;
	} mistakes[] = {
		{ "numbers", "00000001 000000", "offset 4: $.b takes 4 bytes, and 3 are left" },
		{ "flag", "00000002", "offset 0: $ is 2, neither 0 nor 1" },
		{ "maybe", "00000002 00000001", "offset 0: $ is 2, neither 0 nor 1" },
		{ "list", "00000001 00000000 00000000 00000003",
		  "offset 12: $[1] is 3, neither 0 nor 1" },
		{ "text", "00000009 00000000 00000000 00000000",
		  "offset 4: length of $ is 9, beyond its bound of 8" },
		{ "text", "00000008 00000000", "offset 4: length of $ is 8, and 4 bytes are left" },
		{ "text", "00000001 61", "offset 5: padding of $ takes 3 bytes, and 0 are left" },
		{ "fixed", "0102", "offset 0: $ takes 3 bytes, and 2 are left" },
		{ "array", "00000004", "offset 4: count of $ is 4, beyond its bound of 3" },
		{ "array", "00000002 00000001", "offset 4: count of $ is 2, and 4 bytes are left" },
		{ "table", "40000000 00000001",
		  "offset 4: count of $ is 1073741824, and 4 bytes are left" },
		{ "big", "00000001", "offset 0: count of $ is 1000000000, and 4 bytes are left" },
		{ "nones", "00010001", "offset 4: $ has more than 65536 items without bytes" },
		{ "many", "", "offset 0: $ has more than 65536 items without bytes" },
		{ "yes", "00000000", "offset 4: $.known is 0, for which yes has no arm" },
		{ "wide", "0000000000000001 00000000",
		  "offset 8: $.by is 1, for which wide has no arm" },
		{ "deep", "00000000 00000001 00000000",
		  "offset 12: $.c[0].value takes 4 bytes, and 0 are left" },
	};

	for (size_t i = 0; i < COUNT(mistakes); i++) {
		char wrong[VALUE_WRONG] = "";
		struct buffer json = { 0 };
		size_t used;

		CHECK_INT(to_json(mistakes[i].type, mistakes[i].hex, 0, &json, &used, wrong),
			  -EBADMSG);
		CHECK_STR(wrong, mistakes[i].said);
		buffer_release(&json);
	}
}

/* What libtirpc takes without a word is shown, with one. */
static void test_odd_bytes(void)
{
	static const struct {
		const char *type, *hex, *json, *said;
	} odd[] = {
		{ "color", "00000007", "7",
		  "offset 0: $ is 7, which the contract has no name for\n" },
		{ "choice", "00000007", "{\"color\":7}",
		  "offset 0: $.color is 7, which the contract has no name for\n" },
		{ "text", "00000001 61000001", "\"a\"",
		  "offset 5: $ is padded with something else than zeroes\n" },
		{ "octet", "00000100", "256",
		  "offset 0: $ is 256, beyond the 8 bits of its type\n" },
		{ "doubled", "7ff8000000000001", "\"NaN\"",
		  "offset 0: $ is a NaN of its own, 7ff8000000000001\n" },
		{ "flag", "00000001 00000000", "true", "" }, /* what is left over is not ours */
	};

	for (size_t i = 0; i < COUNT(odd); i++) {
		char wrong[VALUE_WRONG] = "";
		struct buffer json = { 0 };
		size_t used;

		CHECK_INT(to_json(odd[i].type, odd[i].hex, 0, &json, &used, wrong), 0);
		CHECK_STR((char *)json.data, odd[i].json);
		CHECK_STR(warned, odd[i].said);
		buffer_release(&json);
	}
}

/* ---- depth ---- */

/* So many trees, each the left one of the next. */
static void fill_trees(struct buffer *bytes, size_t depth)
{
	static const uint8_t zeroes[12], one[4] = { 0, 0, 0, 1 };

	for (size_t i = 1; i < depth; i++)
		buffer_append(bytes, one, 4);
	buffer_append(bytes, zeroes, 12);
	for (size_t i = 1; i < depth; i++)
		buffer_append(bytes, zeroes, 8);
}

static void check_depth(size_t depth, size_t limit, int expected)
{
	const struct value_form form = { .depth = limit };
	struct buffer bytes = { 0 }, json = { 0 }, again = { 0 };
	char wrong[VALUE_WRONG] = "";
	size_t used;

	fill_trees(&bytes, depth);
	CHECK_INT(value_to_json(find_type("tree"), bytes.data, bytes.length, &form, &json, &used,
				wrong),
		  expected);
	if (expected)
		CU_ASSERT_PTR_NOT_NULL(strstr(wrong, "others, and no more are followed"));
	if (expected == 0) {
		CHECK_INT(value_from_json(find_type("tree"), (char *)json.data, json.length, &form,
					  &again, wrong),
			  0);
		CHECK_INT(again.length, bytes.length);
	}
	buffer_release(&bytes);
	buffer_release(&json);
	buffer_release(&again);
}

/* A tree and what is optional are two; a list is as deep as one of its items. */
static void test_depth(void)
{
	struct buffer bytes = { 0 }, json = { 0 };
	const struct value_form form = { 0 };
	char wrong[VALUE_WRONG] = "";
	size_t used;

	check_depth(500, 0, 0);
	check_depth(501, 0, -EBADMSG);
	check_depth(200000, 1000000, 0);
	for (int i = 0; i < 100000; i++)
		buffer_append(&bytes, "\0\0\0\1", 4);
	buffer_append(&bytes, "\0\0\0\0", 4);
	CHECK_INT(value_to_json(find_type("marks"), bytes.data, bytes.length, &form, &json, &used,
				wrong),
		  0);
	CHECK_INT(json.length, 2 + 3 * 100000 - 1);
	buffer_release(&bytes);
	buffer_release(&json);
}

static void test_deep_json(void)
{
	struct buffer json = { 0 }, bytes = { 0 };
	const struct value_form form = { 0 };
	char wrong[VALUE_WRONG] = "";

	for (int i = 0; i < 1000000; i++)
		buffer_append(&json, "[", 1);
	CHECK_INT(value_from_json(find_type("array"), (char *)json.data, json.length, &form, &bytes,
				  wrong),
		  -EBADMSG);
	CHECK_STR(wrong,
		  "no JSON at line 1, column 1000001: expected a value, and there is nothing "
		  "more");
	buffer_release(&json);
	buffer_release(&bytes);
}

/* ---- lines ---- */

static void test_lines(void)
{
	char wrong[VALUE_WRONG] = "";
	struct buffer json = { 0 };
	size_t used;

	CHECK_INT(to_json("deep",
			  "00000001 00000002 00000001 00000000 00000003 00000001 00000009 00000000",
			  2, &json, &used, wrong),
		  0);
	CHECK_STR((char *)json.data, "{\n"
				     "  \"a\": [\n"
				     "    2\n"
				     "  ],\n"
				     "  \"c\": [\n"
				     "    {\n"
				     "      \"color\": \"RED\",\n"
				     "      \"value\": 3\n"
				     "    }\n"
				     "  ],\n"
				     "  \"m\": 9,\n"
				     "  \"l\": []\n"
				     "}");
	buffer_release(&json);
}

int main(void)
{
	static const struct test tests[] = {
		{ "bytes to JSON and back", test_same },
		{ "what JSON may say, too", test_also_taken },
		{ "JSON that is wrong", test_wrong_json },
		{ "numbers that an enum has no name for", test_undeclared },
		{ "bytes that are wrong", test_wrong_bytes },
		{ "bytes that are odd", test_odd_bytes },
		{ "depth", test_depth },
		{ "JSON that is nothing but deep", test_deep_json },
		{ "JSON on several lines", test_lines },
		{ NULL, NULL },
	};
	int status;

	contract = contract_open();
	if (!contract || contract_add(contract, "t.x", contract_text, strlen(contract_text)) < 0 ||
	    contract_resolve(contract) < 0) {
		for (size_t i = 0; contract && i < contract->complaint_count; i++)
			contract_complain(stderr, &contract->complaints[i]);
		return 1;
	}
	status = harness_run("value", tests);
	contract_close(contract);
	return status;
}
