/* What the runs of one experiment have in common, and where they differ. */
#ifndef SIDECALL_COMPARE_PART_REPEATS_H
#define SIDECALL_COMPARE_PART_REPEATS_H

#include <stddef.h>

#include "compare/part/outcome.h"

/*
 * The run that stands for all: of the outcome that was seen most often (of equals, first), the one
 * whose time is the median.  Runs are alike that saw the same, and in which the call was executed
 * as often; `agreed` gets how many are alike with that one, itself included.
 */
size_t repeats_typical(const struct call_outcome runs[], size_t count, size_t *agreed);

/*
 * Adds that run to a cell as call_outcome_put() does, with "runs" and "agreed"; and of more than
 * one run what each saw, in turn: "each_saw", "each_executed", "each_after_ns", null where it is
 * not known.
 */
void repeats_put(const struct call_outcome runs[], size_t count, json_t *cell);

/* Of a cell in the document: how many runs it lists, itself if it lists none; and what run number
 * `i` of these saw, and how often the call was executed, which is NULL where that is not said. */
int repeats_listed(const json_t *cell);
enum outcome_kind repeats_seen(const json_t *cell, int i);
const json_t *repeats_executions(const json_t *cell, int i);

/* How many runs that have an outcome it has, and in how many of them one of these was seen (a set:
 * bit SEEN_... of each), or the call executed at least so often. */
int repeats_count(const json_t *cell);
int repeats_saw(const json_t *cell, unsigned int outcomes);
int repeats_executed(const json_t *cell, json_int_t least);

#endif
