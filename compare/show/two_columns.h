/* Two texts beside each other on a terminal of 100 columns. */
#ifndef SIDECALL_COMPARE_SHOW_TWO_COLUMNS_H
#define SIDECALL_COMPARE_SHOW_TWO_COLUMNS_H

#include <stdio.h>

#define TWO_COLUMNS_WHOLE 100 /* columns */
#define TWO_COLUMNS_EACH  48  /* of one of them */

/* Writes source text in lines of so many columns: tabs become blanks, and what is longer is folded,
 * at a blank where there is one. */
void two_columns_fold(FILE *to, const char *text, size_t columns);

/* Two texts of folded lines, or of one, when the other is empty. */
void two_columns_print(FILE *to, const char *left, const char *right);

#endif
