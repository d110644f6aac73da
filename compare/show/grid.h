/* Tables made from the document: one description of the columns serves terminal and report. */
#ifndef SIDECALL_COMPARE_SHOW_GRID_H
#define SIDECALL_COMPARE_SHOW_GRID_H

#include <jansson.h>

#include "common/text.h"

/* How a member of the document, which is in base units, is shown to people. */
enum figure {
	FIGURE_TEXT,         /* a string as it is, true and false as yes and no */
	FIGURE_COUNT,        /* a number without unit, or in what the title says */
	FIGURE_MICROSECONDS, /* from nanoseconds */
	FIGURE_MILLISECONDS, /* from nanoseconds */
	FIGURE_THOUSANDS,    /* from single ones */
	FIGURE_RATIO,        /* 1.25 */
	FIGURE_PERCENT       /* from a ratio */
};

/* A list of columns ends with a title of NULL. */
struct column {
	const char *title;
	const char *key; /* of the row's member; "answer.saw" goes into objects */
	enum figure figure;
};

#define FIGURE_ROOM 64 /* bytes, for a number with its zero byte */

/* A row's member by such a key, or NULL: "points.2.1" goes into arrays as well. */
const json_t *grid_cell(const json_t *row, const char *key);

/*
 * The member as text: a number in `room`, or the string itself, which is the document's.  NULL for
 * what is absent: never a figure.
 */
const char *figure_text(const json_t *value, enum figure figure, char room[FIGURE_ROOM]);

/* A number with as many figures as a measurement has. */
const char *figure_number(double number, char room[FIGURE_ROOM]);

/* Prints an array of objects, a line each below the titles; what is absent is "-". */
void grid_print(const struct text *out, const json_t *rows, const struct column *columns);

#endif
