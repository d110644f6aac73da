/* Which rows of two documents are about the same, and what they are called. */
#ifndef SIDECALL_COMPARE_AGAINST_ROW_IDENTITY_H
#define SIDECALL_COMPARE_AGAINST_ROW_IDENTITY_H

#include "compare/part/figures.h"

/* The row of an array that has the same names as `wanted`, or NULL.  Of several that have, the one
 * at the place `at`, or else the first. */
const json_t *same_row(const json_t *array, const json_t *wanted, size_t at);

/* What a row of the array at `where` is called: its names behind that.  To be freed; NULL when it
 * has none, or memory has run out. */
char *same_name(const char *where, const json_t *row);

#endif
