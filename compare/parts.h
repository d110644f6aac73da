/* The parts of a comparison. */
#ifndef SIDECALL_COMPARE_PARTS_H
#define SIDECALL_COMPARE_PARTS_H

#include "compare/part/part.h"

/* All of them, in the order in which they run and are shown; ends with NULL. */
extern const struct part *const parts[];

/* The part of that name, or NULL. */
const struct part *part_find(const char *name);

#endif
