/* What all plots are drawn with: their frame, text, axes and legend.  For svg_*.c alone. */
#ifndef SIDECALL_CLIENT_COMPARE_SVG_DRAW_H
#define SIDECALL_CLIENT_COMPARE_SVG_DRAW_H

#include "client/compare/svg.h"

/* Units of the drawing: at most that many pixels wide, so that on a screen of 375 pixels its text
 * is still 9 pixels high. */
#define SVG_WIDTH     520
#define SVG_CHARACTER 9.6 /* as wide as one is on average, in the widest of the usual fonts */
#define SVG_LINE      20  /* the height of a line of text */
#define SVG_MAX_TICKS 32

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

void svg_begin(struct html *html, const struct svg_words *words, double height);
void svg_end(struct html *html);

/* Text at a place; `anchor` is start, middle or end. */
void svg_text(struct html *html, double x, double y, const char *anchor, const char *text);

/* Grid lines, and the numbers below, of an axis that runs to the right. */
void svg_draw_x(struct html *html, const struct svg_map *map, const char *title, double top,
		double bottom);

/* The names of series, in columns below a plot, as lines or as boxes; and how high that is. */
void svg_legend(struct html *html, double top, bool lines, const char *const names[], size_t count);
double svg_legend_height(const char *const names[], size_t count);

/* Dashes of a series' line, which tell it apart where colours do not. */
const char *svg_dashes(size_t series);

#endif
