/* One call over tcp, layer by layer: what each adds to those below it. */
#ifndef SIDECALL_COMPARE_TIME_LADDER_H
#define SIDECALL_COMPARE_TIME_LADDER_H

#include <jansson.h>

/*
 * Rows of `layer`, `placement`, `cost_ns` with its bounds, `over` (what it stands on), `tie`
 * (whether rounds differ by as much as it adds), `adds_ns` (when not) and `what`, made from the
 * part's members `layers` and `latency`; a new array.  What is not measured has no row, and what
 * stands on it adds nothing that is known.
 */
json_t *ladder_make(const json_t *layers, const json_t *latency);

#endif
