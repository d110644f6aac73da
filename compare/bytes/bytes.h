/* How the bytes of calls are shown; compare/bytes/bytes.c counts them. */
#ifndef SIDECALL_COMPARE_BYTES_BYTES_H
#define SIDECALL_COMPARE_BYTES_BYTES_H

#include "compare/show/html.h"
#include "compare/part/part.h"
#include "compare/part/verdict.h"

PART_DECLARE(bytes);

#endif
