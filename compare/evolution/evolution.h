/* What becomes of calls when only one end is new: old and new clients and servers, run live. */
#ifndef SIDECALL_COMPARE_EVOLUTION_EVOLUTION_H
#define SIDECALL_COMPARE_EVOLUTION_EVOLUTION_H

#include "compare/part/part.h"

/* How the part is shown: it is an object of the document. */
void evolution_print(const json_t *part, const struct text *out);
void evolution_write(const json_t *part, struct html *html);
void evolution_write_more(const json_t *part, struct html *html);

/* What follows from it. */
void evolution_judge(const json_t *part, struct verdict *verdict);

#endif
