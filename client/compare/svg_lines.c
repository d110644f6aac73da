/* Plots of lines: one number against another, a line for each series. */
#include <math.h>

#include "client/compare/svg_draw.h"

#define TOP    30 /* the title of the axis that goes up stands above it */
#define HEIGHT 260
#define LEFT   58
#define RIGHT  (SVG_WIDTH - 28) /* the last number stands half beyond it */
#define BOTTOM (TOP + HEIGHT)

struct range {
	double least, most;
};

/* The least and the most of what can be drawn. */
static void take(struct range *range, const struct svg_axis *axis, double number)
{
	const struct svg_map probe = { .spread = axis->spread };

	if (!svg_can_place(&probe, number * axis->scale))
		return;
	range->least = fmin(range->least, number);
	range->most = fmax(range->most, number);
}

static struct range range_of(const struct svg_line *lines, size_t count,
			     const struct svg_axis *axis, bool of_x)
{
	struct range range = { INFINITY, -INFINITY };

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < lines[i].count; j++)
			take(&range, axis, of_x ? lines[i].points[j].x : lines[i].points[j].y);
	if (range.most < range.least)
		range = (struct range){ 1 / axis->scale, 1 / axis->scale };
	return range;
}

static void draw_y(struct html *html, const struct svg_map *map, const char *title)
{
	for (int i = 0; i < map->tick_count; i++) {
		double y = svg_place(map, map->ticks[i] / map->scale);
		char text[32];

		html_markup(html,
			    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
			    LEFT, RIGHT, y, y);
		svg_number(map->ticks[i], text);
		svg_text(html, LEFT - 6, y + 5, "end", text);
	}
	svg_text(html, 0, SVG_LINE - 6, "start", title);
}

static void draw_points(struct html *html, const struct svg_line *line, size_t series,
			const struct svg_map *x, const struct svg_map *y)
{
	for (size_t i = 0; i < line->count; i++) {
		const struct svg_point *p = &line->points[i];

		if (!svg_can_place(x, p->x * x->scale) || !svg_can_place(y, p->y * y->scale))
			continue;
		html_markup(html,
			    "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"3\" fill=\"var(--s%zu)\" "
			    "data-x=\"%.17g\" data-y=\"%.17g\"/>\n",
			    svg_place(x, p->x), svg_place(y, p->y), series, p->x, p->y);
	}
}

/* A point that cannot be drawn interrupts the line. */
static void draw_path(struct html *html, const struct svg_line *line, size_t series,
		      const struct svg_map *x, const struct svg_map *y)
{
	bool pen = false;

	html_markup(html,
		    "<path class=\"line\" stroke=\"var(--s%zu)\" stroke-dasharray=\"%s\" d=\"",
		    series, svg_dashes(series));
	for (size_t i = 0; i < line->count; i++) {
		const struct svg_point *p = &line->points[i];
		bool can = svg_can_place(x, p->x * x->scale) && svg_can_place(y, p->y * y->scale);

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
	draw_path(html, line, series, x, y);
	draw_points(html, line, series, x, y);
	html_markup(html, "</g>\n");
}

void svg_lines(struct html *html, const struct svg_words *words, const struct svg_axis *x,
	       const struct svg_axis *y, const struct svg_line *lines, size_t count)
{
	struct range across = range_of(lines, count, x, true);
	struct range up = range_of(lines, count, y, false);
	const char *names[SVG_MAX_SERIES];
	struct svg_map x_map, y_map;

	if (count > SVG_MAX_SERIES)
		count = SVG_MAX_SERIES;
	for (size_t i = 0; i < count; i++)
		names[i] = lines[i].name;
	svg_map_init(&x_map, x, across.least, across.most, LEFT, RIGHT);
	svg_map_init(&y_map, y, up.least, up.most, BOTTOM, TOP);
	svg_begin(html, words, BOTTOM + 3 * SVG_LINE + svg_legend_height(names, count));
	draw_y(html, &y_map, y->title);
	svg_draw_x(html, &x_map, x->title, TOP, BOTTOM);
	for (size_t i = 0; i < count; i++)
		draw_line(html, &lines[i], i, &x_map, &y_map);
	svg_legend(html, BOTTOM + 3 * SVG_LINE - 6, true, names, count);
	svg_end(html);
}
