/* Two documents held against each other: what became better, what became worse. */
#ifndef SIDECALL_COMPARE_AGAINST_H
#define SIDECALL_COMPARE_AGAINST_H

#include <jansson.h>
#include <stdbool.h>

#include "client/runtime/failure.h"

/*
 * Holds each figure of the old document against the one that is about the same in the new one: see
 * change_of() in change.h.  Only parts that both have are compared.
 *
 * An object, to be a document's member "against": the date of the old one, how many figures have
 * had each change, and the rows of those that are better, worse or gone; "only_old" and "only_new",
 * parts that one of them has; "same_machine" and "same_length", whether both are quick ones or
 * neither.  NULL, with the failure, when the documents have no figure in common.
 */
json_t *against_make(const json_t *old, const json_t *new, struct failure *failure);

/* Whether something is worse beyond the spread, or is not known any more. */
bool against_is_worse(const json_t *against);

#endif
