/* Prose on a terminal. */
#include "compare/show/paragraph.h"

#include <stdlib.h>

void paragraph_print(const struct text *out, const char *head, int rest, int width,
		     const char *text)
{
	char *escaped = text_escaped(out, text);

	fputs(head, out->file);
	text_wrap(out->file, text_width(head), rest, width, escaped ? escaped : "");
	free(escaped);
}
