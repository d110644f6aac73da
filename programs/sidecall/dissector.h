/* A contract's dissector, as its command and `decode` have it. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_DISSECTOR_H
#define SIDECALL_PROGRAMS_SIDECALL_DISSECTOR_H

#include <stdio.h>

#include "programs/sidecall/contracts.h"

/* Writes it under this name.  0, or -ENOMEM. */
int dissector_of(const struct contracts *contracts, const char *name, const char *title, FILE *to);

#endif
