/* What becomes of calls when only one end is new: old and new clients and servers, run live. */
#ifndef SIDECALL_COMPARE_EVOLUTION_EVOLUTION_H
#define SIDECALL_COMPARE_EVOLUTION_EVOLUTION_H

#include "compare/part/part.h"

PART_DECLARE(evolution);

#endif
