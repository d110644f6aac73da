/*
 * What follows from a comparison's figures, in words.  No sentence is fixed: each part looks at its
 * figures, chooses the words that they allow, and says nothing about what is not known.
 */
#ifndef SIDECALL_COMPARE_PART_VERDICT_H
#define SIDECALL_COMPARE_PART_VERDICT_H

#include <jansson.h>

#include "compare/show/html.h"
#include "compare/part/rounds.h"
#include "common/text.h"

struct verdict {
	json_t *sentences; /* objects: part, sentence */
	json_t *choices;   /* objects: choose, when, because */
	const char *part;  /* the name of the one that judges */
};

/* For a part's judge(): a whole sentence with the figures that it rests on. */
void verdict_say(struct verdict *verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same: a row of the table "choose ... when ...", because of these figures. */
void verdict_choose(struct verdict *verdict, const char *choose, const char *when,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A figure, the bounds between which it was found, and what it was in each round. */
struct verdict_figure {
	double value, low, high;
	struct rounds rounds;
};

/* The figure `key` of a row, with `key`_low, `key`_high and `key`_rounds; false when it is not
 * known, or how sure it is. */
bool verdict_figure_of(const json_t *row, const char *key, struct verdict_figure *figure);

/* An object: what all parts in the document have to say. */
json_t *verdict_make(const json_t *document);

void verdict_print(const json_t *verdict, const struct text *out);
/* In the report: what each part's first sentence says; the table of choices; and all that one part
 * has to say. */
void verdict_write_findings(const json_t *verdict, struct html *html);
void verdict_write_choices(const json_t *verdict, struct html *html);
void verdict_write_part(const json_t *verdict, const char *part, struct html *html);

#endif
