/* Prose on a terminal. */
#include "compare/show/paragraph.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Widths are bytes, for texts are ASCII but for names. */
static void print_words(FILE *file, const char *head, int rest, int width, char *text)
{
	int column = (int)strlen(head);
	bool begins = true; /* the line */
	char *state = NULL;

	fputs(head, file);
	for (char *word = strtok_r(text, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
		int length = (int)strlen(word);

		if (!begins && column + 1 + length > width) {
			fprintf(file, "\n%*s", rest, "");
			column = rest;
			begins = true;
		}
		fprintf(file, "%s%s", begins ? "" : " ", word);
		column += length + !begins;
		begins = false;
	}
	putc('\n', file);
}

void paragraph_print(const struct text *out, const char *head, int rest, int width,
		     const char *text)
{
	char *escaped = text_escaped(out, text);

	if (escaped)
		print_words(out->file, head, rest, width, escaped);
	free(escaped);
}
