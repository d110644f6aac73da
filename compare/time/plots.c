/* The plots of the times of calls: bars for each transport, lines by load, by size and by
 * percentile, and the table of the percentiles. */
#include "compare/time/plots.h"

#include <math.h>
#include <string.h>

#include "compare/show/svg.h"
#include "compare/time/time.h"

const char time_spread[] = "Whiskers reach from the least to the most of the rounds.";

#define MAX_POINTS 32 /* of a line */
#define LEAST      90 /* percent: what is below is no tail */

/* ---- lines, gathered point by point from rows ---- */

struct lines {
	struct svg_line lines[SVG_MAX_SERIES];
	struct svg_point points[SVG_MAX_SERIES][MAX_POINTS];
	size_t count;
};

/* A member as a number, or NAN, which is never drawn. */
static double number_or_nan(const json_t *number)
{
	return json_is_number(number) ? json_number_value(number) : NAN;
}

/* A row's figure against another, or NULL, with its bounds, if it has some. */
static struct svg_point point_of_row(const json_t *row, const struct figure *x,
				     const struct figure *y)
{
	return (struct svg_point){ .x = x ? number_or_nan(figure_get(row, x)) : NAN,
				   .y = number_or_nan(figure_get(row, y)),
				   .low = number_or_nan(figure_bound(row, y, BOUND_LOW)),
				   .high = number_or_nan(figure_bound(row, y, BOUND_HIGH)) };
}

/* The line of that name, which is new when there is none; NULL when there are too many. */
static struct svg_line *line_of(struct lines *lines, const char *name)
{
	for (size_t i = 0; i < lines->count; i++)
		if (strcmp(lines->lines[i].name, name) == 0)
			return &lines->lines[i];
	if (lines->count == SVG_MAX_SERIES)
		return NULL;
	lines->lines[lines->count].name = name;
	lines->lines[lines->count].points = lines->points[lines->count];
	return &lines->lines[lines->count++];
}

/* Adds a point to the line of that name, which is the row's; what there is no room for is left out.
 */
static void add_point(struct lines *lines, const char *name, struct svg_point point)
{
	struct svg_line *line = line_of(lines, name);

	if (line && line->count < MAX_POINTS)
		lines->points[line - lines->lines][line->count++] = point;
}

static void draw_lines(const struct lines *lines, struct html *html, const struct svg_words *words,
		       const struct svg_axis *x, const struct svg_axis *y)
{
	if (lines->count)
		svg_lines(html, words, x, y, lines->lines, lines->count);
}

/* ---- bars ---- */

static const char *const ways[] = { "rpc", "raw", "tirpc", "bare" };

#define WAYS       4
#define TRANSPORTS (ENDPOINT_SHM + 1)

/* Where there is no row nothing was to be measured: that way does not have the transport. */
static struct svg_value p50_of(const json_t *part, const char *placement, const char *way,
			       const char *transport)
{
	const json_t *row;
	struct svg_point point;
	char name[32];

	snprintf(name, sizeof(name), "%s%s%s", way, strcmp(way, "bare") ? "+" : " ", transport);
	row = figure_row(figure_get(part, &figures.latency), &figures.endpoint, name,
			 &figures.placement, placement);
	point = point_of_row(row, NULL, &figures.p50_ns);
	return (struct svg_value){ .known = !isnan(point.y),
				   .none = !row,
				   .value = point.y,
				   .low = point.low,
				   .high = point.high };
}

void time_plot_p50(const json_t *part, struct html *html, const char *placement)
{
	bool one = strcmp(placement, PLACEMENT_ONE_CPU) == 0;
	const struct svg_words words = {
		one ? "Median time of one call, both ends on one CPU"
		    : "Median time of one call, each end on its own CPU",
		"Bars from zero for each transport, in microseconds, by rpc, raw messages, "
		"libtirpc's own runtime where it has the transport, and the bare transport."
	};
	const struct svg_axis axis = { "microseconds", SVG_LINEAR, 0.001 };
	struct svg_group groups[TRANSPORTS];
	bool any = false;

	for (int i = 0; i < TRANSPORTS; i++) {
		groups[i].name = endpoint_transport_name(i);
		for (int j = 0; j < WAYS; j++) {
			groups[i].values[j] = p50_of(part, placement, ways[j], groups[i].name);
			any = any || groups[i].values[j].known;
		}
	}
	if (any)
		svg_bars(html, &words, &axis, false, ways, WAYS, groups, TRANSPORTS);
}

/* ---- by load and by size ---- */

/* What is shown against a load. */
static const struct load_words {
	const char *title, *description;
	struct svg_axis axis;
} load_words[] = {
	{ "Calls a second",
	  "A line for each server, in thousand calls a second, with a band between the rounds.",
	  { "thousand calls a second", SVG_LINEAR, 0.001 } },
	{ "The time that 99 % of the calls stay below",
	  "A line for each server, in microseconds, with a band between the rounds.",
	  { "microseconds", SVG_LOGARITHM, 0.001 } },
};

void time_plot_load(const json_t *part, struct html *html, const struct figure *what,
		    const struct figure *by, const char *placement)
{
	const struct load_words *said = &load_words[what == &figures.p99_ns];
	bool depth = by == &figures.depth, any = false;
	const struct figure *other = depth ? &figures.connections : &figures.depth;
	const struct svg_axis x = { depth ? "calls in flight" : "connections", SVG_LOGARITHM, 1 };
	struct lines lines = { .count = 0 };
	char title[128];
	const struct svg_words words = { title, said->description };
	const json_t *row;
	size_t i;

	snprintf(title, sizeof(title), "%s against %s, %s", said->title, x.title,
		 strcmp(placement, PLACEMENT_ONE_CPU) == 0 ? "both ends on one CPU"
							   : "each end on its own CPU");
	json_array_foreach (figure_get(part, &figures.throughput), i, row) {
		if (figure_integer(row, other) != 1 ||
		    !figure_is(row, &figures.placement, placement))
			continue;
		add_point(&lines, figure_text(row, &figures.endpoint), point_of_row(row, by, what));
		any = any || figure_get(row, what);
	}
	if (any)
		draw_lines(&lines, html, &words, &x, &said->axis);
}

void time_plot_payload(const json_t *part, struct html *html)
{
	const struct svg_words words = { "A call's median time, by the size of its argument",
					 "A line for each endpoint, in microseconds on one CPU, "
					 "with a band between the rounds." };
	const struct svg_axis x = { "bytes", SVG_LOGARITHM, 1 };
	const struct svg_axis y = { "microseconds", SVG_LOGARITHM, 0.001 };
	struct lines lines = { .count = 0 };
	const json_t *row;
	size_t i;

	json_array_foreach (figure_get(part, &figures.payload), i, row)
		add_point(&lines, figure_text(row, &figures.endpoint),
			  point_of_row(row, &figures.argument_size, &figures.p50_ns));
	draw_lines(&lines, html, &words, &x, &y);
}

/* ---- by percentile: all ways of calling over one transport in one plot ---- */

/* What is shown in one place: a transport, on one CPU, on two, or (NULL) on both. */
struct percentile_place {
	const json_t *rows;
	const char *transport, *placement;
};

static bool is_of(const struct percentile_place *tail, const json_t *row)
{
	const char *name = figure_text(row, &figures.endpoint);
	const char *transport = strpbrk(name, "+ ");

	return transport && strcmp(transport + 1, tail->transport) == 0 &&
	       (!tail->placement || figure_is(row, &figures.placement, tail->placement));
}

static struct svg_point point_of(const json_t *point)
{
	return (struct svg_point){ .x = number_or_nan(json_array_get(point, 0)),
				   .y = number_or_nan(json_array_get(point, 1)) };
}

static void plot_tail(const struct percentile_place *tail, struct html *html)
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
			if (!(number_or_nan(json_array_get(point, 0)) < LEAST))
				add_point(&lines, figure_text(row, &figures.endpoint),
					  point_of(point));
	draw_lines(&lines, html, &words, &x, &y);
}

/* ---- the table of the points ---- */

/* Which percentiles there are at all, in their order. */
struct percents {
	double percent[MAX_POINTS];
	size_t count;
};

static void add_percent(struct percents *percents, double percent)
{
	size_t i = percents->count;

	for (size_t k = 0; k < percents->count; k++)
		if (percents->percent[k] == percent)
			return;
	if (!(percent >= LEAST) || percents->count == MAX_POINTS)
		return;
	for (; i > 0 && percents->percent[i - 1] > percent; i--)
		percents->percent[i] = percents->percent[i - 1];
	percents->percent[i] = percent;
	percents->count++;
}

static struct percents percents_of(const struct percentile_place *tail)
{
	struct percents percents = { .count = 0 };
	const json_t *row, *point;
	size_t i, j;

	json_array_foreach (tail->rows, i, row)
		json_array_foreach (is_of(tail, row) ? figure_get(row, &figures.points) : NULL, j,
				    point)
			add_percent(&percents, number_or_nan(json_array_get(point, 0)));
	return percents;
}

/* A row may have no such percentile: so few calls were made. */
static void write_point(const json_t *points, size_t row, double percent, struct html *html)
{
	const json_t *point;
	size_t i;

	json_array_foreach (points, i, point) {
		if (number_or_nan(json_array_get(point, 0)) != percent)
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

static void write_points(const struct percentile_place *tail, struct html *html)
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
	struct percentile_place tail = { rows, transport, PLACEMENT_ONE_CPU };

	html_pair_begin(html);
	plot_tail(&tail, html);
	html_pair_next(html);
	tail.placement = PLACEMENT_TWO_CPUS;
	plot_tail(&tail, html);
	html_pair_end(html);
	tail.placement = NULL;
	write_points(&tail, html);
}

static bool has_transport(const json_t *rows, const char *transport)
{
	const struct percentile_place tail = { rows, transport, NULL };
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
