/* What callers see when things go wrong: every fault at every endpoint, run live. */
#ifndef SIDECALL_COMPARE_FAILURES_FAILURES_H
#define SIDECALL_COMPARE_FAILURES_FAILURES_H

#include "compare/part/part.h"

extern const struct part part_failures;

/* How the part is shown: it is an object of the document. */
void failures_print(const json_t *part, const struct text *out);
void failures_write(struct place part, struct html *html);
void failures_write_more(struct place part, struct html *html);

/* What follows from it. */
void failures_judge(const json_t *part, struct verdict *verdict);

#endif
