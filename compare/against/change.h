/* What became of a figure between two documents. */
#ifndef SIDECALL_COMPARE_AGAINST_CHANGE_H
#define SIDECALL_COMPARE_AGAINST_CHANGE_H

#include "compare/part/figures.h"

enum change {
	CHANGE_TIED,
	CHANGE_BETTER,
	CHANGE_WORSE,
	CHANGE_GONE,     /* the new document does not have it */
	CHANGE_NOISY,    /* its rounds leave it open */
	CHANGE_UNJUDGED, /* both have it, but it cannot be held against itself */
	CHANGES
};

/* What counts them, whose key is a verdict: "tied", "better", ... */
const struct figure *change_figure(enum change change);

/*
 * Whether a figure is judged, and the object has it.  These are, because on one machine they come
 * out alike: medians of latency, costs and rates, bytes and system calls, and in a cell of an
 * experiment what was seen and how often the call was executed.
 */
bool change_is_judged(const json_t *object, const struct figure *figure);

/*
 * What became of a figure of `old` in `new`, which is about the same, or NULL.
 *
 * Bytes are exact.  Two runs have no rounds in common, so what was measured is held against the
 * other run's round by round, each with each: see rounds_order_across().  The margin is what two
 * runs of one build have been seen to need; where a document does not have the rounds, the figure
 * stands for them.  Rates that are not of one CPU are not judged.
 */
enum change change_of(const struct figure *figure, const json_t *old, const json_t *new);

#endif
