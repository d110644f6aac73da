/* What becomes of calls when only one end is new: old and new clients and servers, run live. */
#ifndef SIDECALL_COMPARE_EVOLUTION_EVOLUTION_H
#define SIDECALL_COMPARE_EVOLUTION_EVOLUTION_H

#include "compare/part/part.h"

extern const struct part part_evolution;

/* How the part is shown: it is an object of the document. */
void evolution_print(const json_t *part, const struct text *out);
void evolution_write(struct place part, struct html *html);
void evolution_write_more(struct place part, struct html *html);

/* What follows from it. */
void evolution_judge(const json_t *part, struct verdict *verdict);

#endif
