/* Reads hex dumps as xxd, xxd -p, hexdump -C, od -A x -t x1 and tcpdump -x write them. */
#include "client/trace/hexdump.h"

#include <errno.h>
#include <string.h>

#define MAX_REPEATED ((size_t)1 << 24) /* bytes that one "*" may stand for */

/* What a line of the dump turned out to hold. */
struct line {
	const char *text, *end;
	size_t number; /* of its bytes' offset, where it has one */
	bool numbered;
};

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct line *line)
{
	while (line->text < line->end && is_blank(*line->text))
		line->text++;
}

/* How many hex digits stand at the front. */
static size_t count_digits(const struct line *line)
{
	size_t n = 0;

	while (line->text + n < line->end && digit_of(line->text[n]) >= 0)
		n++;
	return n;
}

static bool has_prefix(const struct line *line)
{
	return line->end - line->text > 2 && line->text[0] == '0' && line->text[1] == 'x';
}

/* Whether digits without a colon are an offset: six or more of them, then single bytes. */
static bool looks_like_offset(const struct line *line, size_t digits)
{
	struct line rest = { .text = line->text + digits, .end = line->end };

	if (digits < 6 || digits > 8)
		return false;
	skip_blanks(&rest);
	return count_digits(&rest) == 2;
}

/* Takes the offset off a line's front, if it has one. */
static void take_offset(struct hexdump *dump, struct line *line, bool first)
{
	struct line number = *line;
	size_t digits, value = 0;
	bool colon, last;

	if (has_prefix(&number))
		number.text += 2;
	digits = count_digits(&number);
	if (digits == 0 || digits > 8)
		return;
	for (size_t i = 0; i < digits; i++)
		value = value << 4 | (size_t)digit_of(number.text[i]);
	number.text += digits;
	colon = number.text < number.end && *number.text == ':';
	last = number.text == number.end && dump->offsets && !first;
	number.text -= digits;
	if (!colon && !last &&
	    !((dump->offsets || (first && value == 0)) && looks_like_offset(&number, digits)))
		return;
	dump->offsets = true;
	line->text = number.text + digits + colon;
	line->number = value;
	line->numbered = true;
}

/* Whether the text to the right of the bytes begins here: hexdump's bars, or xxd's two blanks. */
static bool is_margin(const struct line *line, bool colon)
{
	if (*line->text == '|')
		return true;
	return colon && line->end - line->text > 1 && is_blank(line->text[0]) &&
	       is_blank(line->text[1]);
}

static int bad_line(const struct hexdump *dump, struct failure *failure, const char *why)
{
	failure_set(failure, FAILURE_DATA, "line %u is not that of a hex dump: %s", dump->line,
		    why);
	failure_advise(failure, "Known are xxd, xxd -p, hexdump -C, and pcap files");
	return -EBADMSG;
}

static int take_bytes(const struct hexdump *dump, struct line *line, struct buffer *bytes,
		      struct failure *failure)
{
	bool colon = line->numbered && line->text[-1] == ':';

	for (skip_blanks(line); line->text < line->end;) {
		int high, low;
		uint8_t byte;

		if (is_margin(line, colon))
			break;
		if (is_blank(*line->text)) {
			line->text++;
			continue;
		}
		high = digit_of(line->text[0]);
		low = line->end - line->text > 1 ? digit_of(line->text[1]) : -1;
		if (high < 0)
			return bad_line(dump, failure, "there is something else than digits");
		if (low < 0)
			return bad_line(dump, failure, "a byte takes two digits");
		byte = (uint8_t)(high << 4 | low);
		if (buffer_append(bytes, &byte, 1) < 0)
			return -ENOMEM;
		line->text += 2;
	}
	return 0;
}

/* Lines that "*" stood for: the one before it over and over, up to this line's offset. */
static int repeat(const struct hexdump *dump, size_t until, struct buffer *bytes,
		  struct failure *failure)
{
	uint8_t last[16];

	if (bytes->length < sizeof(last) || until < bytes->length ||
	    until - bytes->length > MAX_REPEATED || (until - bytes->length) % sizeof(last))
		return bad_line(dump, failure, "\"*\" stands for no whole number of lines");
	memcpy(last, bytes->data + bytes->length - sizeof(last), sizeof(last));
	while (bytes->length < until)
		if (buffer_append(bytes, last, sizeof(last)) < 0)
			return -ENOMEM;
	return 0;
}

static struct line next_line(struct hexdump *dump)
{
	const char *start = dump->text + dump->offset;
	const char *end = memchr(start, '\n', dump->length - dump->offset);
	struct line line = { .text = start, .end = end ? end : dump->text + dump->length };

	dump->offset = (size_t)(line.end - dump->text) + (end ? 1 : 0);
	dump->line++;
	while (line.end > line.text && is_blank(line.end[-1]))
		line.end--;
	skip_blanks(&line);
	return line;
}

static int take_line(struct hexdump *dump, struct line *line, struct buffer *bytes,
		     struct failure *failure)
{
	bool repeated = dump->repeated;
	int r = 0;

	if (line->end - line->text == 1 && *line->text == '*') {
		dump->repeated = true;
		return 0;
	}
	dump->repeated = false;
	if (repeated && line->numbered)
		r = repeat(dump, line->number, bytes, failure);
	if (r == 0 && line->numbered && line->number != bytes->length)
		r = bad_line(dump, failure, "its offset is not how many bytes come before it");
	return r ? r : take_bytes(dump, line, bytes, failure);
}

int hexdump_next(struct hexdump *dump, struct buffer *bytes, struct failure *failure)
{
	bytes->length = 0;
	dump->offsets = dump->repeated = false;
	while (dump->offset < dump->length) {
		const struct hexdump before = *dump;
		struct line line = next_line(dump);
		int r;

		if (line.text < line.end && *line.text == '#')
			continue;
		if (line.text == line.end) {
			if (bytes->length)
				return 1;
			continue;
		}
		take_offset(dump, &line, bytes->length == 0);
		if (line.numbered && line.number == 0 && bytes->length) {
			*dump = before; /* another dump begins */
			return 1;
		}
		r = take_line(dump, &line, bytes, failure);
		if (r < 0)
			return r;
	}
	return bytes->length > 0;
}
