/* Two texts beside each other on a terminal of 100 columns. */
#include "compare/show/two_columns.h"

#include <stdbool.h>
#include <string.h>

#define TAB      4   /* columns, so that both texts have room */
#define MOVE     4   /* columns */
#define MAX_LINE 512 /* columns; what is longer is cut */

/* The line with its tabs as blanks and question marks for what source does not have in it.  Its
 * length; what does not fit the room is cut. */
static size_t expand_tabs(char expanded[MAX_LINE + 1], const char *line, size_t length)
{
	size_t columns = 0;

	for (size_t i = 0; i < length && columns + TAB < MAX_LINE; i++) {
		bool printable = line[i] >= ' ' && line[i] <= '~';

		expanded[columns++] = printable ? line[i] : line[i] == '\t' ? ' ' : '?';
		while (line[i] == '\t' && columns % TAB)
			expanded[columns++] = ' ';
	}
	while (columns && expanded[columns - 1] == ' ')
		columns--;
	expanded[columns] = '\0';
	return columns;
}

/* How much of a line goes into so many columns: up to a blank, if there is one past the indent. */
static size_t break_at(const char *line, size_t length, size_t indent, size_t columns)
{
	if (length <= columns)
		return length;
	for (size_t i = columns; i > indent; i--)
		if (line[i] == ' ')
			return i;
	return columns;
}

/* Folded lines keep their indent, and the rest of them is moved in a little more. */
static void fold_line(FILE *to, const char *line, size_t length, size_t columns)
{
	char expanded[MAX_LINE + 1];
	const char *rest = expanded;
	size_t left = expand_tabs(expanded, line, length);
	size_t indent = strspn(expanded, " "), moved = 0;

	do {
		size_t part = break_at(rest, left, moved ? 0 : indent, columns - moved);

		fprintf(to, "%*s%.*s\n", (int)moved, "", (int)part, rest);
		while (part < left && rest[part] == ' ')
			part++;
		rest += part;
		left -= part;
		moved = indent + MOVE <= columns / 2 ? indent + MOVE : MOVE;
	} while (left);
}

void two_columns_fold(FILE *to, const char *text, size_t columns)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		fold_line(to, text, length, columns);
		text += length + (text[length] == '\n');
	}
}

/* Takes a line from a text that ends every line. */
static size_t next_line(const char **text, const char **line)
{
	size_t length = strcspn(*text, "\n");

	*line = *text;
	*text += length + ((*text)[length] == '\n');
	return length;
}

void two_columns_print(FILE *to, const char *left, const char *right)
{
	while (*left || *right) {
		const char *one, *other;
		size_t length = next_line(&left, &one), behind = next_line(&right, &other);

		fprintf(to, "%.*s", (int)length, one);
		if (behind)
			fprintf(to, "%*s| %.*s", (int)(TWO_COLUMNS_EACH + 2 - length), "",
				(int)behind, other);
		else if (*right)
			fprintf(to, "%*s|", (int)(TWO_COLUMNS_EACH + 2 - length), "");
		putc('\n', to);
	}
}
