/* How the bytes of calls are shown; client/compare/bytes.c counts them. */
#ifndef SIDECALL_CLIENT_COMPARE_BYTES_H
#define SIDECALL_CLIENT_COMPARE_BYTES_H

#include <jansson.h>

#include "client/compare/html.h"
#include "client/compare/verdict.h"
#include "client/text.h"

/* See struct part. */
void bytes_print(const json_t *part, const struct text *out);
void bytes_write(const json_t *part, struct html *html);
void bytes_judge(const json_t *part, struct verdict *verdict);

#endif
