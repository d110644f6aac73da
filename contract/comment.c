/* Comments that stand beside something: behind it on its line, or right above it. */
#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "contract/reading.h"

#define LONGEST      2000 /* bytes of its words; what is longer is cut */
#define FARTHEST     8000 /* bytes that are looked through: a text may be one comment */
#define LONGEST_LINE 1000 /* bytes: or one line */

/* A piece of a source's text. */
struct piece {
	const char *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool ends_line(char c)
{
	return c == '\n' || c == '\r';
}

/* ---- behind it ---- */

/* What is within the comment that begins there. */
static struct piece within_comment(const char *at, const char *end)
{
	struct piece piece = { at + 2, at + 2 };
	bool to_line_end = at[1] == '/';

	while (piece.end < end &&
	       (to_line_end ? !ends_line(*piece.end)
			    : !(piece.end[0] == '*' && piece.end + 1 < end && piece.end[1] == '/')))
		piece.end++;
	return piece;
}

/* The first on the rest of the line; but another thing that ends, or begins, in between has it. */
static struct piece find_behind(const char *at, const char *end)
{
	bool ended = false;
	int within = 0; /* parentheses, where commas are between arguments */

	for (; at < end && !ends_line(*at); at++) {
		if (at + 1 < end && *at == '/' && (at[1] == '*' || at[1] == '/'))
			return within_comment(at, end);
		if (ended && !is_blank(*at))
			break;
		within += (*at == '(') - (*at == ')');
		ended = ended || *at == ';' || (*at == ',' && !within) || *at == '{';
	}
	return (struct piece){ NULL, NULL };
}

/* ---- above it ---- */

/* So many bytes in front of it, or as many as there are. */
static const char *not_before(const char *begin, const char *at, ptrdiff_t most)
{
	return at - begin > most ? at - most : begin;
}

/* Where the line begins that this is of. */
static const char *line_begin(const char *begin, const char *at)
{
	while (at > begin && !ends_line(at[-1]))
		at--;
	return at;
}

/* The end of the line above, without blanks at its end; NULL when there is none. */
static const char *line_above(const char *begin, const char *line)
{
	if (line == begin)
		return NULL;
	line--;
	if (line > begin && *line == '\n' && line[-1] == '\r')
		line--;
	while (line > begin && is_blank(line[-1]))
		line--;
	return line;
}

/* A comment that has its lines for itself, and ends there. */
static struct piece find_block(const char *begin, const char *end)
{
	const char *open = end - 2, *line;

	while (open > begin && !(open[-1] == '/' && *open == '*'))
		open--;
	line = line_begin(begin, open);
	while (is_blank(*line))
		line++;
	if (open == begin || line != open - 1)
		return (struct piece){ NULL, NULL };
	return (struct piece){ open + 1, end - 2 };
}

static bool is_line_comment(const char *line, const char *end)
{
	while (line < end && is_blank(*line))
		line++;
	return end - line >= 2 && line[0] == '/' && line[1] == '/';
}

/* Lines that begin with // , one below the other. */
static struct piece find_lines(const char *begin, const char *end)
{
	struct piece piece = { NULL, end };
	const char *last = end;

	while (last) {
		const char *line = line_begin(begin, last);

		if (!is_line_comment(line, last))
			break;
		piece.at = line;
		last = line_above(begin, line);
	}
	return piece;
}

static struct piece find_above(const char *begin, const char *at)
{
	const struct piece none = { NULL, NULL };
	const char *line = line_begin(not_before(begin, at, LONGEST_LINE), at), *end;

	if (line > begin && !ends_line(line[-1]))
		return none; /* who writes such lines has nothing to say above them */
	begin = not_before(begin, line, FARTHEST);
	end = line_above(begin, line);
	if (end && end - begin >= 4 && end[-2] == '*' && end[-1] == '/')
		return find_block(begin, end);
	return end ? find_lines(begin, end) : none;
}

/* ---- of the file ---- */

static bool has_word(struct piece piece, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = piece.at; (size_t)(piece.end - at) >= length; at++)
		if (strncasecmp(at, word, length) == 0)
			return true;
	return false;
}

/* Where the first thing stands that is neither blank nor within a comment. */
static const char *behind_comments(const char *at, const char *end)
{
	while (at < end) {
		if (end - at > 1 && at[0] == '/' && (at[1] == '*' || at[1] == '/'))
			at = within_comment(at, end).end + (at[1] == '*' ? 2 : 0);
		else if (is_blank(*at) || ends_line(*at))
			at++;
		else
			break;
	}
	return at;
}

/* A licence in front of all definitions is of the file, also where no line is left free below. */
static bool is_licence(const char *begin, struct piece piece)
{
	return behind_comments(begin, piece.end) >= piece.end &&
	       (has_word(piece, "copyright") || has_word(piece, "license") ||
		has_word(piece, "licence"));
}

/* ---- its words ---- */

/* Whether it begins a line of a comment, or is its frame, and is no word of it. */
static bool is_frame(const char *word, const char *end)
{
	for (; word < end; word++)
		if (!strchr("*/-=#!", *word))
			return false;
	return true;
}

/* A word as it is, but for what is no UTF-8 and what a terminal would act on.  Its length. */
static size_t copy_word(char *to, const char *word, const char *end)
{
	size_t length = 0;

	while (word < end) {
		size_t size = text_character(word); /* the source ends in a zero byte */
		const unsigned char *byte = (const unsigned char *)word;
		bool control = *byte < ' ' || *byte == 0x7f ||
			       (size == 2 && *byte == 0xc2 && byte[1] < 0xa0);

		if (size == 0 || control) {
			to[length++] = '?';
		} else {
			memcpy(to + length, word, size);
			length += size;
		}
		word += size ? size : 1;
	}
	return length;
}

/* The words of a comment, with one blank between them. */
static const char *copy_words(struct reading *reading, struct piece piece)
{
	size_t room = (size_t)(piece.end - piece.at), length = 0;
	char *text = reading_take(reading, room + 1);

	for (const char *word = piece.at, *end; word < piece.end; word = end) {
		while (word < piece.end && (is_blank(*word) || ends_line(*word)))
			word++;
		for (end = word; end < piece.end && !is_blank(*end) && !ends_line(*end);)
			end++;
		if (is_frame(word, end) || length + (size_t)(end - word) + 1 > LONGEST)
			continue;
		if (length)
			text[length++] = ' ';
		length += copy_word(text + length, word, end);
	}
	return length ? text : NULL;
}

const char *reading_comment(struct reading *reading, struct position at)
{
	const char *text = at.source->text, *end = text + at.source->length;
	struct piece piece;

	if (at.source->predefined)
		return NULL;
	if (end - (text + at.offset) > FARTHEST)
		end = text + at.offset + FARTHEST;
	piece = find_behind(text + at.offset, end);
	if (!piece.at) {
		piece = find_above(text, text + at.offset);
		if (piece.at && is_licence(text, piece))
			return NULL;
	}
	return piece.at ? copy_words(reading, piece) : NULL;
}
