/* A value of a type, as JSON, for people to begin with. */
#ifndef SIDECALL_CONTRACT_VALUE_EXAMPLE_H
#define SIDECALL_CONTRACT_VALUE_EXAMPLE_H

#include "contract/contract.h"

/* On one line, to be freed; NULL when it would be too long to be one, or out of memory. */
char *example_json(const struct type *type);

#endif
