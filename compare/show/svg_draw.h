/* What all plots are drawn with: their frame, text, axes and legend.  For svg_*.c alone. */
#ifndef SIDECALL_COMPARE_SHOW_SVG_DRAW_H
#define SIDECALL_COMPARE_SHOW_SVG_DRAW_H

#include "compare/show/svg.h"

/* Units of the drawing: at most that many pixels wide, so that on a screen of 375 pixels its text
 * is still 9 pixels high. */
#define SVG_WIDTH     520
#define SVG_CHARACTER 9.6 /* as wide as one is on average, in the widest of the usual fonts */
#define SVG_LINE      20  /* the height of a line of text */
#define SVG_MAX_TICKS 32
#define SVG_MOST      1e12 /* in an axis' unit: what is more is no figure, and not drawn */

/* An axis with numbers, and where they are drawn. */
struct svg_map {
	enum svg_spread spread;
	double scale;
	double low, high; /* spread out: see svg_spread() */
	double from, to;  /* where these are drawn */
	double ticks[SVG_MAX_TICKS];
	int tick_count;
};

/* Makes the axis for numbers (as they are in the document) between these two. */
void svg_map_init(struct svg_map *map, const struct svg_axis *axis, double least, double most,
		  double from, double to);

/* Where a number is drawn; and whether it can be. */
double svg_place(const struct svg_map *map, double number);
bool svg_can_place(const struct svg_map *map, double number);

/* A number of an axis or a bar, short: 0.5, 200, 15k, 2M. */
void svg_number(double number, char text[32]);

/* A number in the axis' unit, with the digits that a table gives it: a thousandth is no binary
 * fraction, a thousand is. */
const char *svg_figure(double number, double scale, char room[FIGURE_ROOM]);

/* Up to the description, to which there may be more text to be added until it is whole. */
void svg_begin(struct html *html, const struct svg_words *words, double height);
void svg_described(struct html *html);
void svg_end(struct html *html);

/* Text at a place; `anchor` is start, middle or end. */
void svg_text(struct html *html, double x, double y, const char *anchor, const char *text);

/* Grid lines, and the numbers below, of an axis that runs to the right. */
void svg_draw_x(struct html *html, const struct svg_map *map, const struct svg_axis *axis,
		double top, double bottom);

/* The names of series, in columns at the top of a plot, as lines or as boxes; and how high that is.
 * A protocol is named in words. */
void svg_legend(struct html *html, bool lines, const char *const names[], size_t count);
double svg_legend_height(const char *const names[], size_t count);

/* A series' colour (a variable of the style sheet), by its name and its place. */
const char *svg_colour(const char *name, size_t series);

/* What tells a series apart where colours do not: the dashes of its line, and the outline around
 * its points, as a path around 0, 0. */
const char *svg_dashes(size_t series);
const char *svg_outline(size_t series);

/* Draws that outline. */
void svg_mark(struct html *html, const char *name, size_t series, double x, double y);

/* Draws a bar's hatching over it. */
void svg_hatch(struct html *html, size_t series, double x, double y, double width, double height);

/* The axis' title, which says so when the axis is no linear one. */
void svg_axis_title(const struct svg_axis *axis, char text[96]);

#endif
