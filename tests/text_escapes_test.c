/* Text that others chose: which bytes are characters, and what JSON and a terminal get of the rest.
 */
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#include "client/json.h"
#include "trace/value.h"
#include "tests/kit/harness.h"
#include "tests/kit/json_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define REPLACED     "\xef\xbf\xbd" /* U+FFFD */

/* ---- characters ---- */

/* The first and the last character of each length, and what is next to them; surrogates. */
static const struct {
	const char *bytes;
	size_t length;
} characters[] = {
	{ "\x01", 1 },
	{ "\x7f", 1 },
	{ "\x80", 0 },
	{ "\xbf", 0 },
	{ "\xc0\x80", 0 },
	{ "\xc0\xaf", 0 },
	{ "\xc1\xbf", 0 },
	{ "\xc2\x80", 2 },
	{ "\xdf\xbf", 2 },
	{ "\xdf\x7f", 0 },
	{ "\xdf\xc0", 0 },
	{ "\xdf", 0 },
	{ "\xe0\x9f\xbf", 0 },
	{ "\xe0\xa0\x80", 3 },
	{ "\xed\x9f\xbf", 3 },
	{ "\xed\xa0\x80", 0 },
	{ "\xed\xbf\xbf", 0 },
	{ "\xee\x80\x80", 3 },
	{ "\xef\xbf\xbf", 3 },
	{ "\xe2\x82", 0 },
	{ "\xe2\x82x", 0 },
	{ "\xf0\x8f\xbf\xbf", 0 },
	{ "\xf0\x90\x80\x80", 4 },
	{ "\xf4\x8f\xbf\xbf", 4 },
	{ "\xf4\x90\x80\x80", 0 },
	{ "\xf5\x80\x80\x80", 0 },
	{ "\xff", 0 },
	{ "\xf0\x9f\x98", 0 },
	{ "\xf0\x9f\x98x", 0 },
	{ "\xf0\x9f\x98\x80", 4 },
};

static void test_characters(void)
{
	for (size_t i = 0; i < COUNT(characters); i++)
		CHECK_THAT(text_character(characters[i].bytes) == characters[i].length,
			   "row %zu: %zu", i, text_character(characters[i].bytes));
}

/* ---- JSON ---- */

static const struct {
	const char *bytes, *text, *hex; /* hex: NULL when all is UTF-8 */
} strings[] = {
	{ "", "", NULL },
	{ "plain", "plain", NULL },
	{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", NULL },
	{ "\x01\n\"\\\x7f", "\x01\n\"\\\x7f", NULL },
	{ "\xff", REPLACED, "ff" },
	{ "a\xff", "a" REPLACED, "61ff" },
	{ "\xff"
	  "b",
	  REPLACED "b", "ff62" },
	{ "a\xff\xfe"
	  "b",
	  "a" REPLACED REPLACED "b", "61fffe62" },
	{ "\xe2\x82"
	  "b",
	  REPLACED REPLACED "b", "e28262" },
	{ "\xc3\xa4\xff\xc3\xa4", "\xc3\xa4" REPLACED "\xc3\xa4", "c3a4ffc3a4" },
	{ "\x0f\xf0", "\x0f" REPLACED, "0ff0" },
};

static void test_json(void)
{
	for (size_t i = 0; i < COUNT(strings); i++) {
		json_t *object = json_object();
		const char *hex;

		json_set_bytes(object, "name", strings[i].bytes);
		CHECK_STR(json_text(object, "name"), strings[i].text);
		hex = json_string_value(json_object_get(object, "name_hex"));
		if (strings[i].hex)
			CHECK_STR(hex, strings[i].hex);
		else
			CHECK_THAT(!hex, "row %zu: hex %s", i, hex);
		json_decref(object);
	}
}

/* ---- a terminal ---- */

static const struct {
	const char *bytes, *escaped;
} names[] = {
	{ "plain \xc3\xa4\xe2\x82\xac \xf0\x9f\x98\x80",
	  "plain \xc3\xa4\xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "a\nb\tc\rd", "a\\nb\\tc\\015d" },
	{ "\033[2J", "\\033[2J" },
	{ "\x01\x1f \x7f", "\\001\\037 \\177" },
	{ "\xc2\x9b"
	  "2J",
	  "\\302\\2332J" },
	{ "\xc2\x80\xc2\x9f\xc2\xa0", "\\302\\200\\302\\237\xc2\xa0" },
	{ "\x9b"
	  "2J\x80\x9f",
	  "\\2332J\\200\\237" },
	{ "\xa0\xff", "\xa0\xff" },
	{ "\xe2\x82\x9b", "\xe2\x82\x9b" },
	{ "\xe2\x9b", "\xe2\\233" },
};

static void test_terminal(void)
{
	const struct text terminal = { .terminal = true }, file = { .terminal = false };

	for (size_t i = 0; i < COUNT(names); i++) {
		char *escaped = text_escaped(&terminal, names[i].bytes);

		CHECK_STR(escaped, names[i].escaped);
		free(escaped);
		escaped = text_escaped(&file, names[i].bytes);
		CHECK_STR(escaped, names[i].bytes);
		free(escaped);
	}
}

/* ---- a trace ---- */

static const struct {
	const char *bytes, *shown;
} traced[] = {
	{ "plain", "\"plain\"" },
	{ "", "\"\"" },
	{ "a\\b\"c", "\"a\\\\b\\\"c\"" },
	{ "a\nb\tc\r", "\"a\\nb\\tc\\015\"" },
	{ "\x1f ~\x7f\x80\xff", "\"\\037 ~\\177\\200\\377\"" },
};

static void test_traced(void)
{
	for (size_t i = 0; i < COUNT(traced); i++) {
		char text[64];

		value_string(text, sizeof(text), (const uint8_t *)traced[i].bytes,
			     strlen(traced[i].bytes));
		CHECK_STR(text, traced[i].shown);
	}
}

/* What has no room is left out, and nothing is written beyond it. */
static void test_traced_without_room(void)
{
	static const uint8_t bytes[40] = { 0 };
	char text[64];

	for (size_t size = 8; size < 60; size++)
		for (size_t length = 0; length <= sizeof(bytes); length++) {
			memset(text, 'x', sizeof(text));
			value_string(text, size, bytes, length);
			CU_ASSERT(memchr(text, '\0', size) != NULL);
			CHECK_INT(text[size], 'x');
			CHECK_INT(text[strlen(text) - 1], '"');
			memset(text, 'x', sizeof(text));
			value_hex(text, size, bytes, length);
			CU_ASSERT(memchr(text, '\0', size) != NULL);
			CHECK_INT(text[size], 'x');
		}
}

static const struct test tests[] = {
	{ "characters", test_characters },
	{ "bytes in JSON", test_json },
	{ "bytes on a terminal", test_terminal },
	{ "bytes in a trace", test_traced },
	{ "bytes in a trace without room", test_traced_without_room },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("text", tests);
}
