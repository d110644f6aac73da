/*
 * What follows from a comparison's figures, in words.  No sentence is fixed: each part looks at its
 * figures, chooses the words that they allow, and says nothing about what is not known.
 */
#ifndef SIDECALL_COMPARE_PART_VERDICT_H
#define SIDECALL_COMPARE_PART_VERDICT_H

#include "compare/part/rounds.h"

/* The exit code of a comparison whose verdict is negative. */
#define FAILURE_VERDICT 2

struct verdict {
	json_t *sentences; /* objects: part, sentence */
	json_t *choices;   /* objects: choose, when, because */
	const char *part;  /* the name of the one that judges */
	json_t *gains;     /* objects: way, what; may be NULL, and then there is no answer */
	size_t first;      /* the part's first sentence, among all */
	double most;       /* how much it weighs */
};

/* For a part's judge(): a whole sentence with the figures that it rests on. */
void verdict_say(struct verdict *verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* How much the last sentence weighs, above 0: the heaviest of a part is said first. */
void verdict_weigh(struct verdict *verdict, double weight);

/* What one of the two ways is chosen for, in a few words with the figures: "less code (10 lines
 * ...)".  A way of NULL: a clause of its own, on what neither gains.  The answer is made of it. */
void verdict_gain(struct verdict *verdict, const char *way, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As verdict_say(): a row of the table "choose ... when ...", because of these figures. */
void verdict_choose(struct verdict *verdict, const char *choose, const char *when,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A figure, the bounds between which it was found, and what it was in each round. */
struct verdict_figure {
	double value, low, high;
	struct rounds rounds;
};

/* A row's figure with its bounds and rounds; false when it is not known, or how sure it is. */
bool verdict_figure_of(const json_t *row, const struct figure *figure,
		       struct verdict_figure *found);

#endif
