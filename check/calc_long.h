/* Calls of the table that are too long for a row of it: each appends a raw message behind its id.
 * All return 0, or less than that. */
#ifndef SIDECALL_CHECK_CALC_LONG_H
#define SIDECALL_CHECK_CALC_LONG_H

#include "common/buffer.h"

/* Expressions: the longest, and of one byte more; in as many parentheses as may be open, and in one
 * more. */
int build_longest(struct buffer *out);
int build_too_long(struct buffer *out);
int build_deepest(struct buffer *out);
int build_too_deep(struct buffer *out);

/* Numbers to be summarized: as many as there may be, and one more. */
int build_most_values(struct buffer *out);
int build_too_many_values(struct buffer *out);

#endif
