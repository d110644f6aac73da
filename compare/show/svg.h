/*
 * Plots for the report, drawn from zero or on logarithmic axes.  Each is an inline SVG with a title
 * and a description, whose colours follow the page's theme.  What is drawn is behind every point
 * (data-x, data-y) and bar (data-value), so that its place can be checked.  A series that begins
 * with a protocol's name has that protocol's colour in all plots; without colours its mark, its
 * dashes or its hatching tell it apart.
 */
#ifndef SIDECALL_COMPARE_SHOW_SVG_H
#define SIDECALL_COMPARE_SHOW_SVG_H

#include <stdbool.h>
#include <stddef.h>

#include "compare/show/html.h"

#define SVG_MAX_SERIES 8 /* as many colours as there are for what is no protocol */

/* What a plot shows: for those who see it, its title; for those who do not, what it is made of, to
 * which the least and the most of each series are added. */
struct svg_words {
	const char *title, *description;
};

/* How an axis spreads its numbers. */
enum svg_spread {
	SVG_LINEAR,     /* from zero */
	SVG_LOGARITHM,  /* numbers above zero only */
	SVG_PERCENTILES /* percent below 100: 90, 99, 99.9 stand equally far apart */
};

/* An axis.  Its numbers are those of the points times `scale`, as in 0.001 for microseconds. */
struct svg_axis {
	const char *title; /* with its unit */
	enum svg_spread spread;
	double scale;
};

struct svg_point {
	double x, y;
	double low, high; /* bounds of y; low == high: no spread is drawn */
};

struct svg_line {
	const char *name;
	const struct svg_point *points;
	size_t count;
};

void svg_lines(struct html *html, const struct svg_words *words, const struct svg_axis *x,
	       const struct svg_axis *y, const struct svg_line *lines, size_t count);

/* A number that may not be known, and between which bounds it was found. */
struct svg_value {
	bool known;
	double value, low, high; /* low == high: no spread is drawn */
	bool none;               /* not known, because there is no such thing */
};

/* A group of bars, one for each series, or one bar in which these are stacked. */
struct svg_group {
	const char *name;
	struct svg_value values[SVG_MAX_SERIES];
};

/* Bars from zero: side by side, or stacked.  Their axis is linear whatever it says.  `series` are
 * `count` names; they and the groups are drawn in their order. */
void svg_bars(struct html *html, const struct svg_words *words, const struct svg_axis *axis,
	      bool stacked, const char *const series[], size_t count,
	      const struct svg_group *groups, size_t group_count);

#endif
