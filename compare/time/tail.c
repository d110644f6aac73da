/* Latency by percentile: all ways of calling over one transport in one plot, and their points. */
#include <math.h>
#include <string.h>

#include "compare/show/series.h"
#include "compare/time/time.h"
#include "compare/time/plots.h"

#define LEAST 90 /* percent: what is below is no tail */

/* What is shown in one place: a transport, on one CPU, on two, or (NULL) on both. */
struct tail {
	const json_t *rows;
	const char *transport, *placement;
};

static bool is_of(const struct tail *tail, const json_t *row)
{
	const char *name = figure_text(row, &figures.endpoint);
	const char *transport = strpbrk(name, "+ ");

	return transport && strcmp(transport + 1, tail->transport) == 0 &&
	       (!tail->placement || figure_is(row, &figures.placement, tail->placement));
}

static struct svg_point point_of(const json_t *point)
{
	return (struct svg_point){ .x = lines_number(json_array_get(point, 0)),
				   .y = lines_number(json_array_get(point, 1)) };
}

static void plot_tail(const struct tail *tail, struct html *html)
{
	const struct svg_axis x = { "percent of the calls", SVG_PERCENTILES, 1 };
	const struct svg_axis y = { "microseconds", SVG_LOGARITHM, 0.001 };
	struct lines lines = { .count = 0 };
	const json_t *row, *point;
	char title[96];
	const struct svg_words words = { title, "A line for each way of calling: microseconds that "
						"so many percent of the calls stayed below." };
	size_t i, j;

	snprintf(title, sizeof(title), "Time of one call over %s, by percentile, %s",
		 tail->transport, tail->placement);
	json_array_foreach (tail->rows, i, row)
		json_array_foreach (is_of(tail, row) ? figure_get(row, &figures.points) : NULL, j,
				    point)
			if (!(lines_number(json_array_get(point, 0)) < LEAST))
				lines_add(&lines, figure_text(row, &figures.endpoint),
					  point_of(point));
	lines_draw(&lines, html, &words, &x, &y);
}

/* ---- the table of the points ---- */

/* Which percentiles there are at all, in their order. */
struct percents {
	double percent[LINES_MAX_POINTS];
	size_t count;
};

static void add_percent(struct percents *percents, double percent)
{
	size_t i = percents->count;

	for (size_t k = 0; k < percents->count; k++)
		if (percents->percent[k] == percent)
			return;
	if (!(percent >= LEAST) || percents->count == LINES_MAX_POINTS)
		return;
	for (; i > 0 && percents->percent[i - 1] > percent; i--)
		percents->percent[i] = percents->percent[i - 1];
	percents->percent[i] = percent;
	percents->count++;
}

static struct percents percents_of(const struct tail *tail)
{
	struct percents percents = { .count = 0 };
	const json_t *row, *point;
	size_t i, j;

	json_array_foreach (tail->rows, i, row)
		json_array_foreach (is_of(tail, row) ? figure_get(row, &figures.points) : NULL, j,
				    point)
			add_percent(&percents, lines_number(json_array_get(point, 0)));
	return percents;
}

/* A row may have no such percentile: so few calls were made. */
static void write_point(const json_t *points, size_t row, double percent, struct html *html)
{
	const json_t *point;
	size_t i;

	json_array_foreach (points, i, point) {
		if (lines_number(json_array_get(point, 0)) != percent)
			continue;
		html_markup(html,
			    "<td class=\"number\" data-at=\"/time/percentiles/%zu/points/%zu/1\">",
			    row, i);
		html_figure(html, NULL, json_array_get(point, 1), UNIT_MICROSECONDS);
		html_markup(html, "</td>");
		return;
	}
	html_markup(html, "<td class=\"missing\"></td>");
}

static void write_points(const struct tail *tail, struct html *html)
{
	struct percents percents = percents_of(tail);
	char caption[96];
	const json_t *row;
	size_t i;

	snprintf(caption, sizeof(caption), "Time of one call over %s, by percentile, in \xc2\xb5s",
		 tail->transport);
	html_table_begin(html, caption, "class=\"points\"", percents.count + 2);
	html_markup(html, "<thead><tr><th scope=\"col\">endpoint</th><th "
			  "scope=\"col\">placement</th>");
	for (size_t k = 0; k < percents.count; k++)
		html_markup(html, "<th scope=\"col\" class=\"number\">%g %%</th>",
			    percents.percent[k]);
	html_markup(html, "</tr></thead>\n<tbody>\n");
	json_array_foreach (tail->rows, i, row) {
		if (!is_of(tail, row))
			continue;
		html_markup(html, "<tr>");
		html_element(html, "th scope=\"row\"", "%s", figure_text(row, &figures.endpoint));
		html_element(html, "td", "%s", figure_text(row, &figures.placement));
		for (size_t k = 0; k < percents.count; k++)
			write_point(figure_get(row, &figures.points), i, percents.percent[k], html);
		html_markup(html, "</tr>\n");
	}
	html_table_end(html);
}

static void write_transport(const json_t *rows, const char *transport, struct html *html)
{
	struct tail tail = { rows, transport, TIME_ONE_CPU };

	html_pair_begin(html);
	plot_tail(&tail, html);
	html_pair_next(html);
	tail.placement = TIME_TWO_CPUS;
	plot_tail(&tail, html);
	html_pair_end(html);
	tail.placement = NULL;
	write_points(&tail, html);
}

static bool has_transport(const json_t *rows, const char *transport)
{
	const struct tail tail = { rows, transport, NULL };
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (is_of(&tail, row))
			return true;
	return false;
}

void time_write_tail(const json_t *part, struct html *html)
{
	const json_t *rows = figure_get(part, &figures.percentiles);

	for (int i = ENDPOINT_TCP; i <= ENDPOINT_SHM; i++)
		if (has_transport(rows, endpoint_transport_name(i)))
			write_transport(rows, endpoint_transport_name(i), html);
}
