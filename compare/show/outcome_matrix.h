/* What callers saw, as a picture that is a table: a row a case, a column an endpoint or protocol.
 */
#ifndef SIDECALL_COMPARE_SHOW_OUTCOME_MATRIX_H
#define SIDECALL_COMPARE_SHOW_OUTCOME_MATRIX_H

#include "compare/show/html.h"

struct matrix {
	const char *caption, *head; /* above it, and above the names of the cases */
	const struct figure *cells; /* of a case: its array */
	const struct figure *name;  /* of a cell: what its column is called */
	const char *below;          /* the legend's words on what stands below what was seen */
	const char *retired; /* the key of a case in which whoever answers should not, or NULL */
};

/* Each case has a title; each cell what was seen (see part/outcome.h), tinted by what that means to
 * the caller, after how long, and how often the call was executed.  The legend says what those
 * tints and words mean that are used. */
void outcome_matrix_write(struct place cases, const struct matrix *matrix, struct html *html);

#endif
