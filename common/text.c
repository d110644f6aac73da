/* Text that others chose, such as names of files, on its way to somebody's eyes. */
#include "common/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct text text_to(FILE *file)
{
	return (struct text){ .file = file, .terminal = isatty(fileno(file)) };
}

static bool has_styles(const struct text *text)
{
	const char *forbidden = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return text->terminal && !(forbidden && *forbidden) && terminal &&
	       strcmp(terminal, "dumb") != 0;
}

const char *text_bold(const struct text *text)
{
	return has_styles(text) ? "\033[1m" : "";
}

const char *text_plain(const struct text *text)
{
	return has_styles(text) ? "\033[0m" : "";
}

size_t text_character(const char *bytes)
{
	const unsigned char *byte = (const unsigned char *)bytes;
	size_t length = byte[0] < 0x80   ? 1
			: byte[0] < 0xc2 ? 0 /* a later byte, or too long a form */
			: byte[0] < 0xe0 ? 2
			: byte[0] < 0xf0 ? 3
			: byte[0] < 0xf5 ? 4
					 : 0;

	for (size_t i = 1; i < length; i++)
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	/* Too long a form, a surrogate, or beyond U+10FFFF. */
	if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
	    (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
		return 0;
	return length;
}

static bool begins_character(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

int text_width(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += begins_character(*text);
	return width;
}

size_t text_fitting(const char *text, int columns)
{
	size_t length = 0;

	while (text[length] && (columns || !begins_character(text[length])))
		columns -= begins_character(text[length++]);
	return length;
}

void text_wrap(FILE *file, int column, int indent, int width, const char *text)
{
	bool begins = true; /* the line */

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		const char *word = text;
		int columns = 0;

		while (*text && *text != ' ')
			columns += begins_character(*text++);
		if (!begins && column + 1 + columns > width) {
			fprintf(file, "\n%*s", indent, "");
			column = indent;
			begins = true;
		}
		fprintf(file, "%s%.*s", begins ? "" : " ", (int)(text - word), word);
		column += columns + !begins;
		begins = false;
	}
	putc('\n', file);
}

bool text_is_control(const char *bytes, size_t length)
{
	const unsigned char *byte = (const unsigned char *)bytes;

	if (length == 2)
		return byte[0] == 0xc2 && byte[1] < 0xa0;
	return length < 2 && (byte[0] < ' ' || (byte[0] >= 0x7f && byte[0] < 0xa0));
}

static void escape_byte(FILE *file, unsigned char byte)
{
	if (byte == '\n')
		fputs("\\n", file);
	else if (byte == '\t')
		fputs("\\t", file);
	else
		fprintf(file, "\\%03o", byte);
}

void text_line(FILE *file, const char *words)
{
	while (*words) {
		size_t length = text_character(words);
		bool control = text_is_control(words, length);

		for (size_t i = 0; i < (length ? length : 1); i++, words++)
			if (control)
				escape_byte(file, (unsigned char)*words);
			else
				putc(*words, file);
	}
}

void text_name(const struct text *text, const char *name)
{
	if (text->terminal)
		text_line(text->file, name);
	else
		fputs(name, text->file);
}

char *text_escaped(const struct text *text, const char *name)
{
	struct text memory = { .terminal = text->terminal };
	char *escaped = NULL;
	size_t size;

	memory.file = open_memstream(&escaped, &size);
	if (!memory.file)
		return NULL;
	text_name(&memory, name);
	if (fclose(memory.file) == 0)
		return escaped;
	free(escaped);
	return NULL;
}
