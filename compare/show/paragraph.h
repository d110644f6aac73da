/* Prose on a terminal. */
#ifndef SIDECALL_COMPARE_SHOW_PARAGRAPH_H
#define SIDECALL_COMPARE_SHOW_PARAGRAPH_H

#include "common/text.h"

#define PARAGRAPH_WIDTH 100 /* columns */

/* Prints a text in lines of at most so many columns, broken at blanks: the first has `head` in
 * front, the others are indented by `rest` columns. */
void paragraph_print(const struct text *out, const char *head, int rest, int width,
		     const char *text);

#endif
