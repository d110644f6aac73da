/* Prose on a terminal. */
#include "compare/show/paragraph.h"

#include <stdlib.h>

#define WIDTH 100 /* columns */

void paragraph_print(const struct text *out, const char *head, int rest, const char *text)
{
	char *escaped = text_escaped(out, text);

	fputs(head, out->file);
	text_wrap(out->file, text_width(head), rest, WIDTH, escaped ? escaped : "");
	free(escaped);
}
