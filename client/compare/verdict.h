/*
 * What follows from a comparison's figures, in words.  No sentence is fixed: each part looks at its
 * figures, chooses the words that they allow, and says nothing about what is not known.
 */
#ifndef SIDECALL_CLIENT_COMPARE_VERDICT_H
#define SIDECALL_CLIENT_COMPARE_VERDICT_H

#include <jansson.h>

#include "client/compare/html.h"
#include "client/text.h"

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

/* A figure and the bounds between which it was found. */
struct verdict_figure {
	double value, low, high;
};

/* The figure `key` of a row, whose bounds are `key`_low and `key`_high; false when it is not known,
 * or how sure it is. */
bool verdict_figure_of(const json_t *row, const char *key, struct verdict_figure *figure);

/* 0 for a tie: they differ by no more than the rounds of one of them did.  Otherwise -1 when one is
 * less than the other, 1 when it is more. */
int verdict_order(const struct verdict_figure *one, const struct verdict_figure *other);

/* An object: what all parts in the document have to say. */
json_t *verdict_make(const json_t *document);

void verdict_print(const json_t *verdict, const struct text *out);
/* In the report: what each part's first sentence says; the table of choices; and all that one part
 * has to say. */
void verdict_write_findings(const json_t *verdict, struct html *html);
void verdict_write_choices(const json_t *verdict, struct html *html);
void verdict_write_part(const json_t *verdict, const char *part, struct html *html);

#endif
