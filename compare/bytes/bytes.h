/* How the bytes of calls are shown; compare/bytes/bytes.c counts them. */
#ifndef SIDECALL_COMPARE_BYTES_BYTES_H
#define SIDECALL_COMPARE_BYTES_BYTES_H

#include "compare/show/html.h"
#include "compare/part/part.h"
#include "compare/part/verdict.h"

extern const struct part part_bytes;

/* See struct part. */
void bytes_print(const json_t *part, const struct text *out);
void bytes_write(struct place part, struct html *html);
void bytes_write_more(struct place part, struct html *html);
void bytes_judge(const json_t *part, struct verdict *verdict);

#endif
