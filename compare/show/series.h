/* Lines for a plot, gathered point by point from the rows of a document. */
#ifndef SIDECALL_COMPARE_SHOW_SERIES_H
#define SIDECALL_COMPARE_SHOW_SERIES_H

#include <jansson.h>

#include "compare/show/svg.h"

#define LINES_MAX_POINTS 32

struct lines {
	struct svg_line lines[SVG_MAX_SERIES];
	struct svg_point points[SVG_MAX_SERIES][LINES_MAX_POINTS];
	size_t count;
};

/* A row's figure against another, or NULL, with its bounds, if it has some.  What is no number
 * becomes NAN, which is never drawn. */
struct svg_point lines_point(const json_t *row, const struct figure *x, const struct figure *y);

/* A member as a number, or NAN. */
double lines_number(const json_t *number);

/* Adds a point to the line of that name, which is the caller's; what there is no room for is left
 * out. */
void lines_add(struct lines *lines, const char *name, struct svg_point point);

/* Draws them, if there are any. */
void lines_draw(const struct lines *lines, struct html *html, const struct svg_words *words,
		const struct svg_axis *x, const struct svg_axis *y);

#endif
