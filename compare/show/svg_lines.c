/* Plots of lines: one number against another, a line for each series. */
#include <math.h>

#include "compare/show/svg_draw.h"
#include "common/shortest.h"

#define TITLE  30 /* that of the axis that goes up stands above it */
#define HEIGHT 260
#define LEFT   58
#define RIGHT  (SVG_WIDTH - 28) /* the last number stands half beyond it */

struct range {
	double least, most;
};

/* The least and the most of what can be drawn. */
static void take_number(struct range *range, const struct svg_axis *axis, double number)
{
	const struct svg_map probe = { .spread = axis->spread };

	if (!svg_can_place(&probe, number * axis->scale))
		return;
	range->least = fmin(range->least, number);
	range->most = fmax(range->most, number);
}

/* With its spread, when it is drawn. */
static void take_point(struct range *range, const struct svg_axis *axis,
		       const struct svg_point *point, bool of_x)
{
	take_number(range, axis, of_x ? point->x : point->y);
	if (of_x || !(point->high > point->low))
		return;
	take_number(range, axis, point->low);
	take_number(range, axis, point->high);
}

static struct range range_of(const struct svg_line *lines, size_t count,
			     const struct svg_axis *axis, bool of_x)
{
	struct range range = { INFINITY, -INFINITY };

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < lines[i].count; j++)
			take_point(&range, axis, &lines[i].points[j], of_x);
	if (range.most < range.least)
		range = (struct range){ 1 / axis->scale, 1 / axis->scale };
	return range;
}

static void draw_y(struct html *html, const struct svg_map *map, const struct svg_axis *axis)
{
	char title[96];

	for (int i = 0; i < map->tick_count; i++) {
		double y = svg_place(map, map->ticks[i] / map->scale);
		char text[32];

		html_markup(html,
			    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
			    LEFT, RIGHT, y, y);
		svg_number(map->ticks[i], text);
		svg_text(html, LEFT - 6, y + 5, "end", text);
	}
	svg_axis_title(axis, title);
	svg_text(html, 0, map->to - TITLE + SVG_LINE - 6, "start", title);
}

static bool can_draw(const struct svg_point *p, const struct svg_map *x, const struct svg_map *y)
{
	return svg_can_place(x, p->x * x->scale) && svg_can_place(y, p->y * y->scale);
}

static void draw_points(struct html *html, const struct svg_line *line, size_t series,
			const struct svg_map *x, const struct svg_map *y)
{
	for (size_t i = 0; i < line->count; i++) {
		const struct svg_point *p = &line->points[i];
		char exact_x[SHORTEST_ROOM], exact_y[SHORTEST_ROOM];

		if (!can_draw(p, x, y))
			continue;
		svg_mark(html, line->name, series, svg_place(x, p->x), svg_place(y, p->y));
		html_markup(html,
			    "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"3\" fill=\"var(--%s)\" "
			    "data-x=\"%s\" data-y=\"%s\"/>\n",
			    svg_place(x, p->x), svg_place(y, p->y), svg_colour(line->name, series),
			    shortest(p->x, exact_x), shortest(p->y, exact_y));
	}
}

static bool has_spread(const struct svg_point *p, const struct svg_map *x, const struct svg_map *y)
{
	return can_draw(p, x, y) && p->high > p->low && svg_can_place(y, p->low * y->scale) &&
	       svg_can_place(y, p->high * y->scale);
}

/* A band along the bounds of points that follow each other: forth above, and back below. */
static void draw_band(struct html *html, const struct svg_line *line, size_t series,
		      const struct svg_map *x, const struct svg_map *y)
{
	const struct svg_point *p = line->points;

	for (size_t i = 0, end; i < line->count; i = end + 1) {
		for (end = i; end < line->count && has_spread(&p[end], x, y); end++)
			;
		if (end == i)
			continue;
		html_markup(html,
			    "<path class=\"band\" fill=\"var(--%s)\" "
			    "stroke=\"var(--%s)\" d=\"",
			    svg_colour(line->name, series), svg_colour(line->name, series));
		for (size_t k = i; k < end; k++)
			html_markup(html, "%c%.2f %.2f", k == i ? 'M' : 'L', svg_place(x, p[k].x),
				    svg_place(y, p[k].high));
		for (size_t k = end; k-- > i;)
			html_markup(html, "L%.2f %.2f", svg_place(x, p[k].x),
				    svg_place(y, p[k].low));
		html_markup(html, "z\"/>\n");
	}
}

/* A point that cannot be drawn interrupts the line. */
static void draw_path(struct html *html, const struct svg_line *line, size_t series,
		      const struct svg_map *x, const struct svg_map *y)
{
	bool pen = false;

	html_markup(html, "<path class=\"line\" stroke=\"var(--%s)\" stroke-dasharray=\"%s\" d=\"",
		    svg_colour(line->name, series), svg_dashes(series));
	for (size_t i = 0; i < line->count; i++) {
		const struct svg_point *p = &line->points[i];
		bool can = can_draw(p, x, y);

		if (can)
			html_markup(html, "%c%.2f %.2f", pen ? 'L' : 'M', svg_place(x, p->x),
				    svg_place(y, p->y));
		pen = can;
	}
	html_markup(html, "\"/>\n");
}

static void draw_line(struct html *html, const struct svg_line *line, size_t series,
		      const struct svg_map *x, const struct svg_map *y)
{
	html_markup(html, "<g data-series=\"");
	html_text(html, line->name);
	html_markup(html, "\">\n");
	draw_band(html, line, series, x, y);
	draw_path(html, line, series, x, y);
	draw_points(html, line, series, x, y);
	html_markup(html, "</g>\n");
}

/* ---- in words ---- */

/* The first and the last point that can be drawn; nothing when there are none. */
static void describe_line(struct html *html, const struct svg_line *line, const struct svg_map *x,
			  const struct svg_map *y)
{
	const struct svg_point *first = NULL, *last = NULL;
	char low[FIGURE_ROOM], high[FIGURE_ROOM];

	for (size_t i = 0; i < line->count; i++)
		if (can_draw(&line->points[i], x, y)) {
			first = first ? first : &line->points[i];
			last = &line->points[i];
		}
	if (!first)
		return;
	svg_figure(first->y, y->scale, low);
	svg_figure(last->y, y->scale, high);
	html_markup(html, " ");
	html_text(html, line->name);
	html_markup(html, ": %s at %g, %s at %g.", low, first->x * x->scale, high,
		    last->x * x->scale);
}

void svg_lines(struct html *html, const struct svg_words *words, const struct svg_axis *x,
	       const struct svg_axis *y, const struct svg_line *lines, size_t count)
{
	struct range across = range_of(lines, count, x, true);
	struct range up = range_of(lines, count, y, false);
	const char *names[SVG_MAX_SERIES];
	struct svg_map x_map, y_map;
	double top, bottom;

	if (count > SVG_MAX_SERIES)
		count = SVG_MAX_SERIES;
	for (size_t i = 0; i < count; i++)
		names[i] = lines[i].name;
	svg_map_init(&x_map, x, across.least, across.most, LEFT, RIGHT);
	top = svg_legend_height(names, count) + TITLE;
	bottom = top + HEIGHT;
	svg_map_init(&y_map, y, up.least, up.most, bottom, top);
	svg_begin(html, words, bottom + 2 * SVG_LINE + 10);
	for (size_t i = 0; i < count; i++)
		describe_line(html, &lines[i], &x_map, &y_map);
	svg_described(html);
	svg_legend(html, true, names, count);
	draw_y(html, &y_map, y);
	svg_draw_x(html, &x_map, x, top, bottom);
	for (size_t i = 0; i < count; i++)
		draw_line(html, &lines[i], i, &x_map, &y_map);
	svg_end(html);
}
