/* Whether JSON that somebody kept is a document of a comparison. */
#ifndef SIDECALL_COMPARE_SCHEMA_H
#define SIDECALL_COMPARE_SCHEMA_H

#include <jansson.h>

/*
 * Checks that it is, has a part, and that each member that this version knows is of the type that
 * it has in ours: whatever is made from a document relies on that.  Members that are not known, and
 * those that are missing, do not matter.  NULL, or what is wrong, in words, to be freed.
 */
char *schema_complaint(const json_t *document);

#endif
