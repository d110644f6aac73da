/* How it is shown what became better, and what became worse. */
#ifndef SIDECALL_COMPARE_AGAINST_SHOW_H
#define SIDECALL_COMPARE_AGAINST_SHOW_H

#include "common/text.h"
#include "compare/show/html.h"

/* Of what against_make() made. */
void against_print(const json_t *against, const struct text *out);
void against_write(struct place against, struct html *html);

#endif
