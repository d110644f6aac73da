/* Prose on a terminal. */
#ifndef SIDECALL_COMPARE_SHOW_PARAGRAPH_H
#define SIDECALL_COMPARE_SHOW_PARAGRAPH_H

#include "common/text.h"

/* Prints a text in lines of at most 100 columns, broken at blanks: the first has `head` in front,
 * the others are indented by `rest` columns. */
void paragraph_print(const struct text *out, const char *head, int rest, const char *text);

#endif
