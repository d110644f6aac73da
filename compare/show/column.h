/* The columns of a table, of figures: one description of them serves terminal and report. */
#ifndef SIDECALL_COMPARE_SHOW_COLUMN_H
#define SIDECALL_COMPARE_SHOW_COLUMN_H

#include "compare/part/figures.h"

#define MAX_COLUMNS 24

/* What shows a column. */
enum shown { SHOWN_BOTH, SHOWN_IN_REPORT, SHOWN_ON_TERMINAL };

/* A list of columns ends with a figure of NULL.  Zeroes are what the figure has by itself. */
struct column {
	const struct figure *figure; /* of the row, or of what is within it */
	enum bound bound;
	const char *title;      /* where nobody sees what stands to the left of it: the report */
	const char *printed;    /* on a terminal, if it is another one there */
	enum unit unit;         /* if it is another one than the figure's, here */
	enum unit printed_unit; /* and there */
	enum shown shown;
	const struct figure *within; /* an object in the row, that has the figure ... */
	const char *at;              /* ... or an object of this name that has it */
};

/* A column of a figure by its symbol, and what is to be said of it beside that. */
#define COLUMN(symbol, ...)                                                                        \
	{                                                                                          \
		.figure = &figures.symbol, __VA_ARGS__                                             \
	}

#define COLUMN_TITLE 96 /* bytes */
#define FIGURE_ROOM  64 /* bytes, for a number with its zero byte */

bool column_is_shown(const struct column *column, bool terminal);
const char *column_title(const struct column *column, bool terminal, char room[COLUMN_TITLE]);
enum unit column_unit(const struct column *column, bool terminal);

/* What a row has in it, or NULL; and where that is, as in "endpoints.rpc+tcp.all_bytes". */
const json_t *column_cell(const json_t *row, const struct column *column);
void column_key(const struct column *column, char key[COLUMN_TITLE]);

/*
 * A member as text: a number in `room`, or the string itself, which is the document's.  NULL for
 * what is absent: never a figure.
 */
const char *unit_text(const json_t *value, enum unit unit, char room[FIGURE_ROOM]);

/* A number with as many figures as a measurement has. */
const char *measured_text(double number, char room[FIGURE_ROOM]);

#endif
