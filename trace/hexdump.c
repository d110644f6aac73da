/* Reads hex dumps as xxd, xxd -p, hexdump -C, od -t x1 (-A x) and tcpdump -x write them. */
#include "trace/hexdump.h"

#include "client/failures.h"

#include <errno.h>
#include <string.h>

#define MAX_DIGITS 9 /* of an offset: od writes those of a block's end with so many */
#define OD_DIGITS  7 /* od's, unless -A x */
#define NOT_OCTAL  SIZE_MAX

/* What a line of the dump turned out to hold. */
struct line {
	const char *text, *end;
	size_t number; /* of its bytes' offset, where it has one */
	size_t octal;  /* the same if it is written in octal, or NOT_OCTAL */
	size_t digits;
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

	if (digits < 6 || digits > MAX_DIGITS)
		return false;
	skip_blanks(&rest);
	return count_digits(&rest) == 2;
}

/* Takes the offset off a line's front, if it has one. */
static void take_offset(struct hexdump *dump, struct line *line, bool first)
{
	struct line number = *line;
	size_t digits, value = 0, octal = 0;
	bool colon, last;

	if (has_prefix(&number))
		number.text += 2;
	digits = count_digits(&number);
	if (digits == 0 || digits > MAX_DIGITS)
		return;
	for (size_t i = 0; i < digits; i++) {
		size_t digit = (size_t)digit_of(number.text[i]);

		value = value << 4 | digit;
		octal = digit > 7 || octal == NOT_OCTAL ? NOT_OCTAL : octal << 3 | digit;
	}
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
	line->octal = colon ? NOT_OCTAL : octal;
	line->digits = digits;
	line->numbered = true;
}

/* Whether this is the first line of 16-bit words in the order of the machine that dumped them. */
static bool has_words(const struct line *line)
{
	struct line rest = { .text = line->text + OD_DIGITS, .end = line->end };

	if (count_digits(line) != OD_DIGITS)
		return false;
	skip_blanks(&rest);
	return count_digits(&rest) >= 4;
}

/* Whether the text to the right of the bytes begins here: hexdump's bars, the arrows that od puts
 * around it, or xxd's two blanks. */
static bool is_margin(const struct line *line, bool colon)
{
	if (*line->text == '|' || *line->text == '>')
		return true;
	return colon && line->end - line->text > 1 && is_blank(line->text[0]) &&
	       is_blank(line->text[1]);
}

static int bad_line(const struct hexdump *dump, struct failure *failure, const char *why)
{
	failure_set(failure, FAILURE_DATA, "line %u is not that of a hex dump: %s", dump->line,
		    why);
	failure_advise(failure, "Known are xxd, xxd -p, hexdump -C, od -t x1, od -A x -t x1, "
				"tcpdump -x, and pcap files");
	return -EBADMSG;
}

static int words(const struct hexdump *dump, struct failure *failure)
{
	failure_set(failure, FAILURE_DATA,
		    "line %u has 16-bit words, whose bytes are in an order of the machine's own",
		    dump->line);
	failure_advise(failure, "Dump single bytes: hexdump -C, xxd, or od -A x -t x1");
	return -EBADMSG;
}

static int too_long(const struct hexdump *dump, struct failure *failure)
{
	failure_set(failure, FAILURE_DATA, "line %u makes the hex dump longer than %zu MiB",
		    dump->line, HEXDUMP_MAX_BLOCK >> 20);
	failure_advise(failure, "Dump each message for itself, with an empty line between them");
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
		if (bytes->length >= HEXDUMP_MAX_BLOCK)
			return too_long(dump, failure);
		byte = (uint8_t)(high << 4 | low);
		if (buffer_append(bytes, &byte, 1) < 0)
			return -ENOMEM;
		line->text += 2;
	}
	return 0;
}

/* Lines that "*" stood for: the one before it over and over, up to this line's offset. */
static int repeat_line(struct hexdump *dump, size_t until, struct buffer *bytes,
		       struct failure *failure)
{
	uint8_t last[16];

	if (bytes->length < sizeof(last) || until < bytes->length ||
	    (until - bytes->length) % sizeof(last))
		return bad_line(dump, failure, "\"*\" stands for no whole number of lines");
	/* A few bytes of text must not become much to do, however often they come. */
	if (until > HEXDUMP_MAX_BLOCK || until - bytes->length > HEXDUMP_MAX_BLOCK - dump->implied)
		return too_long(dump, failure);
	dump->implied += until - bytes->length;
	if (buffer_reserve(bytes, until - bytes->length) < 0)
		return -ENOMEM;
	memcpy(last, bytes->data + bytes->length - sizeof(last), sizeof(last));
	for (; bytes->length < until; bytes->length += sizeof(last))
		memcpy(bytes->data + bytes->length, last, sizeof(last));
	return 0;
}

/* Finds out whether offsets are octal: by the first that would not be the same in both, which says
 * how many bytes came before it.  Behind a "*" that cannot be compared, but od has its own width.
 */
static void settle_offset(struct hexdump *dump, struct line *line, size_t before, bool repeated)
{
	if (!dump->settled && line->number != line->octal) {
		dump->settled = true;
		dump->octal = line->octal != NOT_OCTAL &&
			      (repeated ? line->digits == OD_DIGITS
					: line->number != before && line->octal == before);
	}
	if (dump->octal)
		line->number = line->octal;
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
	if (line->numbered)
		settle_offset(dump, line, bytes->length, repeated);
	else if (bytes->length == 0 && has_words(line))
		return words(dump, failure);
	if (repeated && line->numbered)
		r = repeat_line(dump, line->number, bytes, failure);
	if (r == 0 && line->numbered && line->number != bytes->length)
		r = bad_line(dump, failure, "its offset is not how many bytes come before it");
	return r ? r : take_bytes(dump, line, bytes, failure);
}

int hexdump_next(struct hexdump *dump, struct buffer *bytes, struct failure *failure)
{
	bytes->length = 0;
	dump->offsets = dump->repeated = dump->settled = dump->octal = false;
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
