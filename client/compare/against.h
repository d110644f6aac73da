/* Two documents held against each other: what became better, what became worse. */
#ifndef SIDECALL_CLIENT_COMPARE_AGAINST_H
#define SIDECALL_CLIENT_COMPARE_AGAINST_H

#include <jansson.h>
#include <stdbool.h>

#include "client/compare/html.h"
#include "client/failure.h"
#include "client/text.h"

/*
 * Compares each figure that both documents have.  Which way is better follows from its key: less of
 * "..._bytes", "..._ns" and "..._system_calls", more of "..._per_second".  Bytes and system calls
 * are exact.  A time or a rate was found between the bounds beside it, "..._low" and "..._high";
 * one without bounds is not compared.  Where the bounds of both overlap it is a tie.
 *
 * An object, to be a document's member "against": the date of the old one, how many figures were
 * better, worse and tied, and the rows of those that were not tied.  NULL, with the failure, when
 * the documents have no figure in common.
 */
json_t *against_make(const json_t *old, const json_t *new, struct failure *failure);

/* Whether something is worse beyond the spread. */
bool against_is_worse(const json_t *against);

void against_print(const json_t *against, const struct text *out);
void against_write(const json_t *against, struct html *html);

#endif
