/* Faults of data and arrays: their lengths, their bounds, and what fills them up. */
#ifndef SIDECALL_CHECK_ARGUMENT_LENGTHS_H
#define SIDECALL_CHECK_ARGUMENT_LENGTHS_H

#include "check/argument_cases.h"

/* Hands out all of them, for the one whose length the walk is at, up to when one is not taken. */
bool spoil_length(const struct making *making, const struct walk *walk);

/* The same for the padding where the walk is: of data whose length is fixed. */
bool spoil_fixed(const struct making *making, const struct walk *walk);

#endif
