/* Text of strangers on its way to a terminal: whatever a terminal acts on is escaped there. */
#include "common/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/report.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name, *shown; /* NULL: as it is */
} cases[] = {
	{ "", NULL },
	{ "plain name.txt", NULL },
	{ "\001\033[31m\037", "\\001\\033[31m\\037" },
	{ "a\nb\tc\rd", "a\\nb\\tc\\015d" },
	{ "\177", "\\177" },
	/* C1, the control characters of ISO 6429 from U+0080 on: as UTF-8, and as bytes. */
	{ "\302\200", "\\302\\200" },
	{ "\302\2332J", "\\302\\2332J" }, /* U+009B is ESC [ */
	{ "\302\237", "\\302\\237" },
	{ "\200", "\\200" },
	{ "\2332J", "\\2332J" },
	{ "x\237", "x\\237" },
	/* What begins a longer character does not hide one. */
	{ "\303\302\233", "\303\\302\\233" },
	{ "\342\202\302\233", "\342\\202\\302\\233" },
	{ "\360\237\302\233", "\360\\237\\302\\233" },
	{ "\342\233", "\342\\233" },
	/* Too long a form of ESC, and a surrogate, are no characters. */
	{ "\300\233", "\300\\233" },
	{ "\340\202\233", "\340\\202\\233" },
	/* What is none stays: also characters whose later bytes look like controls. */
	{ "\302\240", NULL },
	{ "\303\233", NULL },
	{ "\342\202\254", NULL },
	{ "\360\237\230\200", NULL },
	{ "bad\377\376\300", NULL },
};

static void check(bool terminal, size_t i)
{
	const char *expected = terminal && cases[i].shown ? cases[i].shown : cases[i].name;
	struct text text = { .terminal = terminal };
	char *written = NULL, *escaped;
	size_t size;

	escaped = text_escaped(&text, cases[i].name);
	text.file = open_memstream(&written, &size);
	text_name(&text, cases[i].name);
	fclose(text.file);
	CHECK_STR(written, expected);
	CHECK_STR(escaped, expected);
	free(written);
	free(escaped);
}

/* Into a line of ours they are escaped wherever it goes. */
static void check_line(size_t i)
{
	char *written = NULL;
	size_t size;
	FILE *file = open_memstream(&written, &size);

	text_line(file, cases[i].name);
	fclose(file);
	CHECK_STR(written, cases[i].shown ? cases[i].shown : cases[i].name);
	free(written);
}

static void test_names(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		check(true, i);
		check(false, i);
		check_line(i);
	}
}

/* What report_line() writes to `slave`, of which the other end is `master`. */
static void check_error(int master, int slave, const char *expected)
{
	int was = dup(STDERR_FILENO);
	char text[256] = "";
	size_t length = 0;
	ssize_t n;

	dup2(slave, STDERR_FILENO);
	report_line("%s: no such file", "a\033b\302\233c\233d\ne");
	dup2(was, STDERR_FILENO);
	/* Each piece of the line is a write of its own. */
	while (!strchr(text, '\n') && length < sizeof(text) - 1 &&
	       (n = read(master, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)n;
	CHECK_STR(text, expected);
	close(was);
	close(slave);
	close(master);
}

#define ERROR "sidecall: a\\033b\\302\\233c\\233d\\ne: no such file"

static void test_errors(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), ends[2];

	CU_ASSERT_FATAL(pipe2(ends, O_CLOEXEC) == 0);
	check_error(ends[0], ends[1], ERROR "\n");
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) {
		harness_skip("there is no terminal to be had here");
		return;
	}
	check_error(master, open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC), ERROR "\r\n");
}

/* A character takes one, however many bytes it has, and is never cut. */
static void test_columns(void)
{
	static const struct {
		const char *text;
		int width;
		size_t fitting; /* bytes, into three columns */
	} columns[] = { { "", 0, 0 },    { "ab", 2, 2 },   { "abcd", 4, 3 },
			{ "äöü", 3, 6 }, { "aäöü", 4, 5 }, { "€µ😀x", 4, 9 } };

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		CHECK_INT(text_width(columns[i].text), columns[i].width);
		CHECK_INT(text_fitting(columns[i].text, 3), columns[i].fitting);
	}
}

/* Words, wherever the text begins, in lines of 12 columns; blanks between them count for nothing.
 */
static void test_wrapping(void)
{
	static const struct {
		int column, indent;
		const char *text, *lines;
	} texts[] = {
		{ 0, 0, "", "\n" },
		{ 0, 0, "one two four", "one two four\n" },
		{ 0, 0, "one two three", "one two\nthree\n" },
		{ 4, 2, "one  two four five ", "one two\n  four five\n" },
		{ 4, 2, "öne öwo", "öne öwo\n" },
		{ 0, 2, "a-word-of-many-columns b", "a-word-of-many-columns\n  b\n" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char lines[64] = "";
		FILE *file = fmemopen(lines, sizeof(lines), "w");

		text_wrap(file, texts[i].column, texts[i].indent, 12, texts[i].text);
		fclose(file);
		CHECK_STR(lines, texts[i].lines);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "names", test_names },
		{ "columns", test_columns },
		{ "wrapping", test_wrapping },
		{ "errors, in a pipe and on a terminal", test_errors },
		{ NULL, NULL },
	};

	return harness_run("text", tests);
}
