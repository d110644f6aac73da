/* What batch reads: lines that come as they like, and the words in them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "programs/sidecall/line_reader.h"
#include "programs/sidecall/words.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST         4 /* words */

/* ---- words ---- */

static const struct {
	const char *line;
	int count;         /* -1: a quote is open */
	const char *words; /* the first of them, each with a ; behind it */
} splits[] = {
	{ "", 0, "" },
	{ " \t ", 0, "" },
	{ "add", 1, "add;" },
	{ "add 84 2", 3, "add;84;2;" },
	{ "\t add   84\t2  ", 3, "add;84;2;" },
	{ "# all of it", 0, "" },
	{ "  # all of it", 0, "" },
	{ "#add 1 2", 0, "" },
	{ "add 1 # 2", 2, "add;1;" },
	{ "stat a#b", 2, "stat;a#b;" },
	{ "stat '#b'", 2, "stat;#b;" },
	{ "stat \\#b", 2, "stat;#b;" },
	{ "stat 'a b'", 2, "stat;a b;" },
	{ "stat \"a b\"", 2, "stat;a b;" },
	{ "stat a' 'b\" \"c", 2, "stat;a b c;" },
	{ "stat 'a\"b' \"c'd\"", 3, "stat;a\"b;c'd;" },
	{ "stat a\\ b", 2, "stat;a b;" },
	{ "stat a\\\\b", 2, "stat;a\\b;" },
	{ "stat 'a\\ b'", 2, "stat;a\\ b;" },
	{ "stat \"a\\\"b\"", 2, "stat;a\"b;" },
	{ "stat \\'a", 2, "stat;'a;" },
	{ "stat ''", 2, "stat;;" },
	{ "'' \"\" x", 3, ";;x;" },
	{ "stat a\\", 2, "stat;a\\;" }, /* there is nothing behind it */
	{ "stat 'a", -1, "" },
	{ "stat \"a'", -1, "" },
	{ "stat \"a\\\"", -1, "" },
	{ "'", -1, "" },
	{ "1 2 3 4", 4, "1;2;3;4;" },
	{ "1 2 3 4 5 6", 6, "1;2;3;4;" },
	{ "$HOME * `id`", 3, "$HOME;*;`id`;" },
	{ "a\377\001b", 1, "a\377\001b;" },
};

static void test_words(void)
{
	for (size_t i = 0; i < COUNT(splits); i++) {
		char line[64], joined[64] = "", *words[MOST];
		int count;

		snprintf(line, sizeof(line), "%s", splits[i].line);
		count = words_split(line, words, MOST);
		harness_check_int(__FILE__, __LINE__, splits[i].line, count, splits[i].count);
		for (int w = 0; w < count && w < MOST; w++) {
			strcat(joined, words[w]);
			strcat(joined, ";");
		}
		harness_check_str(__FILE__, __LINE__, splits[i].line, joined, splits[i].words);
	}
}

/* ---- lines ---- */

struct source {
	struct lines lines;
	int to;
};

static void source_open(struct source *source)
{
	int fds[2];

	CU_ASSERT_FATAL(pipe2(fds, O_CLOEXEC) == 0);
	*source = (struct source){ .lines.fd = fds[0], .to = fds[1] };
}

static void source_close(struct source *source)
{
	lines_release(&source->lines);
	close(source->lines.fd);
	if (source->to >= 0)
		close(source->to);
}

static void source_write(const struct source *source, const char *text)
{
	CHECK_INT(write(source->to, text, strlen(text)), strlen(text));
}

static void source_end(struct source *source)
{
	close(source->to);
	source->to = -1;
}

static void check_line(struct source *source, const char *expected)
{
	char *line = NULL;

	CHECK_INT(lines_next(&source->lines, false, &line), 1);
	CHECK_STR(line, expected);
}

static void check_none(struct source *source, bool ended)
{
	char *line;

	CHECK_INT(lines_next(&source->lines, false, &line), 0);
	CHECK_INT(source->lines.ended, ended);
}

/* A line is there when its end is; what comes with it stays. */
static void test_pieces(void)
{
	struct source source;

	source_open(&source);
	check_none(&source, false);
	source_write(&source, "ad");
	check_none(&source, false);
	source_write(&source, "d 1");
	check_none(&source, false);
	source_write(&source, " 2\n\nsub");
	check_line(&source, "add 1 2");
	check_line(&source, "");
	check_none(&source, false);
	source_write(&source, "tract 1 2\n");
	check_line(&source, "subtract 1 2");
	check_none(&source, false);
	source_write(&source, "last");
	source_end(&source);
	check_line(&source, "last"); /* it needs no end */
	check_none(&source, true);
	check_none(&source, true);
	source_close(&source);
}

/* One carriage return belongs to a line's end; any other is part of the line. */
static void test_carriage_returns(void)
{
	struct source source;

	source_open(&source);
	source_write(&source, "add 1 2\r\n\r\na\rb\n'c\r'\nd\r\r\ne\r");
	check_line(&source, "add 1 2");
	check_line(&source, "");
	check_line(&source, "a\rb");
	check_line(&source, "'c\r'");
	check_line(&source, "d\r");
	check_none(&source, false);
	source_write(&source, "\nlast\r");
	source_end(&source);
	check_line(&source, "e");
	check_line(&source, "last");
	check_none(&source, true);
	source_close(&source);
}

static void test_empty(void)
{
	struct source source;

	source_open(&source);
	source_end(&source);
	check_none(&source, true);
	source_close(&source);
}

static void test_zero_byte(void)
{
	struct source source;
	char *line;

	source_open(&source);
	CHECK_INT(write(source.to, "a\0b\nc\n\0", 7), 7);
	source_end(&source);
	CHECK_INT(lines_next(&source.lines, false, &line), -EBADMSG);
	check_line(&source, "c");
	CHECK_INT(lines_next(&source.lines, false, &line), -EBADMSG);
	check_none(&source, true);
	source_close(&source);
}

/* A child that writes `count` bytes without a line's end, and then `end`. */
static void write_long(struct source *source, size_t count, const char *end)
{
	char *bytes = malloc(count);

	memset(bytes, 'x', count);
	fflush(NULL);
	if (fork() == 0) {
		close(source->lines.fd);
		if (write(source->to, bytes, count) < 0 || write(source->to, end, strlen(end)) < 0)
			_exit(1); /* who reads has seen enough */
		_exit(0);
	}
	free(bytes);
	source_end(source);
}

static void test_long_lines(void)
{
	struct source source;
	char *line = NULL;

	source_open(&source);
	write_long(&source, LINES_MAX, "\nnext\n");
	CHECK_INT(lines_next(&source.lines, true, &line), 1);
	CHECK_INT(line ? strlen(line) : 0, LINES_MAX);
	CHECK_INT(lines_next(&source.lines, true, &line), 1);
	CHECK_STR(line, "next");
	CHECK_INT(lines_next(&source.lines, true, &line), 0);
	source_close(&source);
	wait(NULL);

	source_open(&source);
	write_long(&source, 2 * LINES_MAX, "\n");
	CHECK_INT(lines_next(&source.lines, true, &line), -EMSGSIZE);
	source_close(&source);
	wait(NULL);
}

/* Standard input may be somebody's who made it non-blocking: to wait is to wait all the same. */
static void test_waits(void)
{
	struct source source;
	char *line = NULL;

	source_open(&source);
	fcntl(source.lines.fd, F_SETFL, O_NONBLOCK);
	check_none(&source, false);
	fflush(NULL);
	if (fork() == 0) {
		poll(NULL, 0, 50); /* so that the other side, mostly, waits already */
		source_write(&source, "late\n");
		_exit(0);
	}
	CHECK_INT(lines_next(&source.lines, true, &line), 1);
	CHECK_STR(line, "late");
	source_close(&source);
	wait(NULL);
}

static void test_unreadable(void)
{
	struct lines lines = { .fd = open("/", O_RDONLY | O_CLOEXEC) };
	char *line;

	CHECK_INT(lines_next(&lines, true, &line), -EISDIR);
	lines_release(&lines);
	close(lines.fd);
}

int main(void)
{
	static const struct test tests[] = {
		{ "words", test_words },
		{ "lines in pieces", test_pieces },
		{ "lines that end with a carriage return", test_carriage_returns },
		{ "no lines", test_empty },
		{ "lines with zero bytes", test_zero_byte },
		{ "long lines", test_long_lines },
		{ "waiting for a line", test_waits },
		{ "what cannot be read", test_unreadable },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("lines", tests);
}
