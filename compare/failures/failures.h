/* What callers see when things go wrong: every fault at every endpoint, run live. */
#ifndef SIDECALL_COMPARE_FAILURES_FAILURES_H
#define SIDECALL_COMPARE_FAILURES_FAILURES_H

#include "compare/part/part.h"

PART_DECLARE(failures);

#endif
