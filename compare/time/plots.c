/* The plots of the times of calls: bars for each transport, and lines by load and by size. */
#include "compare/time/plots.h"

#include <math.h>
#include <string.h>

#include "compare/show/series.h"
#include "compare/time/time.h"

const char time_spread[] = "Whiskers reach from the least to the most of the rounds.";

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
	point = lines_point(row, NULL, &figures.p50_ns);
	return (struct svg_value){ .known = !isnan(point.y),
				   .none = !row,
				   .value = point.y,
				   .low = point.low,
				   .high = point.high };
}

void time_plot_p50(const json_t *part, struct html *html, const char *placement)
{
	bool one = strcmp(placement, TIME_ONE_CPU) == 0;
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
		svg_bars(html, &words, &axis, ways, WAYS, groups, TRANSPORTS);
}

/* ---- lines ---- */

void time_plot_throughput(const json_t *part, struct html *html, const struct figure *by,
			  const char *placement)
{
	bool depth = by == &figures.depth;
	const struct figure *other = depth ? &figures.connections : &figures.depth;
	char title[96];
	const struct svg_words words = { title, "A line for each server, in thousand calls a "
						"second, with a band between the rounds." };
	const struct svg_axis x = { depth ? "calls in flight" : "connections", SVG_LOGARITHM, 1 };
	const struct svg_axis y = { "thousand calls a second", SVG_LINEAR, 0.001 };
	struct lines lines = { .count = 0 };
	const json_t *row;
	size_t i;

	snprintf(title, sizeof(title), "Calls a second against %s, %s", x.title,
		 strcmp(placement, TIME_ONE_CPU) == 0 ? "both ends on one CPU"
						      : "each end on its own CPU");
	json_array_foreach (figure_get(part, &figures.throughput), i, row)
		if (figure_integer(row, other) == 1 &&
		    figure_is(row, &figures.placement, placement))
			lines_add(&lines, figure_text(row, &figures.endpoint),
				  lines_point(row, by, &figures.per_second));
	lines_draw(&lines, html, &words, &x, &y);
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
		lines_add(&lines, figure_text(row, &figures.endpoint),
			  lines_point(row, &figures.argument_size, &figures.p50_ns));
	lines_draw(&lines, html, &words, &x, &y);
}
