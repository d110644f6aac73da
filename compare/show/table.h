/* Tables on a terminal. */
#ifndef SIDECALL_COMPARE_SHOW_TABLE_H
#define SIDECALL_COMPARE_SHOW_TABLE_H

#include "common/text.h"
#include "compare/show/column.h"

/* Prints an array of objects, a line each below the titles; what is absent is "-". */
void table_print(const struct text *out, const json_t *rows, const struct column *columns);

#endif
