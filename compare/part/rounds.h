/* Two contestants held against each other, round by round. */
#ifndef SIDECALL_COMPARE_PART_ROUNDS_H
#define SIDECALL_COMPARE_PART_ROUNDS_H

#include <stddef.h>

#include "compare/part/figures.h"

#define ROUNDS_MOST   9
#define ROUNDS_LEAST  7    /* fewer may all agree by chance */
#define ROUNDS_MARGIN 1.03 /* times as much: nobody chooses for less */

/* What one contestant had in each round, in the order of the rounds. */
struct rounds {
	double value[ROUNDS_MOST];
	size_t count;
};

/* How one is, beside the other. */
enum order { ORDER_LESS = -1, ORDER_SAME, ORDER_MORE, ORDER_NOISY };

/* What a row has of a figure in each round; false when that is not one to ROUNDS_MOST numbers. */
bool rounds_of(const json_t *row, const struct figure *figure, struct rounds *rounds);

/*
 * Both ran in the same rounds, so each round has a ratio.  Less or more: the median of the ratios
 * is beyond the margin, the quartiles are on one side of 1, all rounds agree, and there are at
 * least ROUNDS_LEAST.  The same: the quartiles lie within the margin.  Anything else is too noisy
 * to tell, also when they did not have as many rounds.
 */
enum order rounds_order(const struct rounds *one, const struct rounds *other);

/*
 * Of two runs, which have no round in common, each round has a ratio with each of the other run.
 * Less or more: all are beyond the margin.  The same: their quartiles lie within it.  Anything else
 * is too noisy to tell.  There is no least number of rounds.
 */
enum order rounds_order_across(const struct rounds *one, const struct rounds *other, double margin);

/* "less", "the same", "more", "too noisy to tell". */
const char *order_name(enum order order);

#endif
