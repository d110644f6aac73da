/* How the times of calls are shown. */
#include "client/compare/time.h"

#include <string.h>

#include "client/compare/paragraph.h"
#include "client/compare/svg.h"

#define MAX_POINTS 32
#define MAX_LINES  SVG_MAX_SERIES

static const struct column latency[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "placement", "placement", FIGURE_TEXT },
	{ "p50 us", "p50_ns", FIGURE_MICROSECONDS },
	{ "from", "p50_ns_low", FIGURE_MICROSECONDS },
	{ "to", "p50_ns_high", FIGURE_MICROSECONDS },
	{ "p99 us", "p99_ns", FIGURE_MICROSECONDS },
	{ "p99.9 us", "p999_ns", FIGURE_MICROSECONDS },
	{ "client CPU us", "client_cpu_ns", FIGURE_MICROSECONDS },
	{ "server", "server_cpu_ns", FIGURE_MICROSECONDS },
	{ 0 },
};

static const struct column throughput[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "placement", "placement", FIGURE_TEXT },
	{ "connections", "connections", FIGURE_COUNT },
	{ "in flight", "depth", FIGURE_COUNT },
	{ "calls a second", "per_second", FIGURE_COUNT },
	{ "from", "per_second_low", FIGURE_COUNT },
	{ "to", "per_second_high", FIGURE_COUNT },
	{ "client CPU us", "client_cpu_ns", FIGURE_MICROSECONDS },
	{ "server", "server_cpu_ns", FIGURE_MICROSECONDS },
	{ 0 },
};

static const struct column payload[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "argument bytes", "argument_size", FIGURE_COUNT },
	{ "p50 us", "p50_ns", FIGURE_MICROSECONDS },
	{ "from", "p50_ns_low", FIGURE_MICROSECONDS },
	{ "to", "p50_ns_high", FIGURE_MICROSECONDS },
	{ 0 },
};

static const struct column layers[] = {
	{ "layer", "layer", FIGURE_TEXT },
	{ "cost ns", "cost_ns", FIGURE_COUNT },
	{ "from", "cost_ns_low", FIGURE_COUNT },
	{ "to", "cost_ns_high", FIGURE_COUNT },
	{ "bytes", "packed_bytes", FIGURE_COUNT },
	{ "what it is", "what", FIGURE_TEXT },
	{ 0 },
};

static const struct column ladder[] = {
	{ "placement", "placement", FIGURE_TEXT },
	{ "layer", "layer", FIGURE_TEXT },
	{ "us", "cost_ns", FIGURE_MICROSECONDS },
	{ "adds us", "adds_ns", FIGURE_MICROSECONDS },
	{ "to", "over", FIGURE_TEXT },
	{ "which is", "what", FIGURE_TEXT },
	{ 0 },
};

static const struct column system_calls[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "client", "client_system_calls", FIGURE_COUNT },
	{ "server", "server_system_calls", FIGURE_COUNT },
	{ "the client's", "client_calls", FIGURE_TEXT },
	{ "the server's", "server_calls", FIGURE_TEXT },
	{ 0 },
};

/* On a terminal there is no room for both ends beside each other. */
static const struct column client_calls[] = {
	{ "client of", "endpoint", FIGURE_TEXT },
	{ "a call", "client_system_calls", FIGURE_COUNT },
	{ "which", "client_calls", FIGURE_TEXT },
	{ 0 },
};

static const struct column server_calls[] = {
	{ "server of", "endpoint", FIGURE_TEXT },
	{ "a call", "server_system_calls", FIGURE_COUNT },
	{ "which", "server_calls", FIGURE_TEXT },
	{ 0 },
};

static const char meaning[] =
	"Each number is the median of the rounds, in which all contestants take turns, with the "
	"extremes beside it; a percentile that too few calls lie above is left out. Bare is two "
	"processes that read and write the same bytes and do "
	"nothing else. One CPU and two CPUs are different questions: on two, waking the other "
	"processor is part of every call.";

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* ---- on a terminal ---- */

static const char row_alone[] =
	"One row alone: its \"command\" in the document, with these running:";

static void print_commands(const json_t *part, const struct text *out)
{
	const json_t *command;
	size_t i;

	paragraph_print(out, "\nRepeat it: ", 4, text_of(part, "command"));
	if (json_array_size(json_object_get(part, "prepare")))
		fprintf(out->file, "%s\n", row_alone);
	json_array_foreach (json_object_get(part, "prepare"), i, command)
		paragraph_print(out, "  ", 4, json_string_value(command) ?: "");
}

static void print_system_calls(const json_t *part, const struct text *out)
{
	const json_t *rows = json_object_get(part, "system_calls");

	if (!rows)
		return;
	fputs("\nSystem calls that one divide takes, on one CPU:\n", out->file);
	grid_print(out, rows, client_calls);
	grid_print(out, rows, server_calls);
}

void time_print(const json_t *part, const struct text *out)
{
	fputs("One divide, without any transport:\n", out->file);
	grid_print(out, json_object_get(part, "layers"), layers);
	fputs("\nThe same over tcp, layer by layer:\n", out->file);
	grid_print(out, json_object_get(part, "ladder"), ladder);
	fputs("\nOne call at a time, by the stub:\n", out->file);
	grid_print(out, json_object_get(part, "latency"), latency);
	fputs("\nMany calls, prepared:\n", out->file);
	grid_print(out, json_object_get(part, "throughput"), throughput);
	fputs("\nsummarize, by the size of its argument, on one CPU:\n", out->file);
	grid_print(out, json_object_get(part, "payload"), payload);
	print_system_calls(part, out);
	print_commands(part, out);
}

/* ---- lines ---- */

struct lines {
	struct svg_line lines[MAX_LINES];
	struct svg_point points[MAX_LINES][MAX_POINTS];
	size_t count;
};

/* The line of that name, which is new when there is none; NULL when there are too many. */
static struct svg_line *line_of(struct lines *lines, const char *name)
{
	for (size_t i = 0; i < lines->count; i++)
		if (strcmp(lines->lines[i].name, name) == 0)
			return &lines->lines[i];
	if (lines->count == MAX_LINES)
		return NULL;
	lines->lines[lines->count].name = name;
	lines->lines[lines->count].points = lines->points[lines->count];
	return &lines->lines[lines->count++];
}

static void add_point(struct lines *lines, const char *name, double x, double y)
{
	struct svg_line *line = line_of(lines, name);

	if (!line || line->count == MAX_POINTS)
		return;
	lines->points[line - lines->lines][line->count++] = (struct svg_point){ x, y };
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* Latency by percentile: those of one protocol in one plot, or there would be too many lines. */
static void plot_percentiles(const json_t *part, struct html *html, const char *protocol,
			     const char *title)
{
	const struct svg_words words = {
		title, "A line for each transport: microseconds that so many percent of the calls "
		       "stayed below, on a logarithmic scale, with both ends on one CPU."
	};
	const struct svg_axis x = { "percent of the calls", SVG_PERCENTILES, 1 };
	const struct svg_axis y = { "microseconds", SVG_LOGARITHM, 0.001 };
	struct lines lines = { .count = 0 };
	const json_t *row, *point;
	size_t i, j;

	json_array_foreach (json_object_get(part, "percentiles"), i, row) {
		const char *name = text_of(row, "endpoint");

		if (strncmp(name, protocol, strlen(protocol)) != 0 ||
		    strcmp(text_of(row, "placement"), TIME_ONE_CPU) != 0)
			continue;
		json_array_foreach (json_object_get(row, "points"), j, point)
			add_point(&lines, name, json_number_value(json_array_get(point, 0)),
				  json_number_value(json_array_get(point, 1)));
	}
	if (lines.count)
		svg_lines(html, &words, &x, &y, lines.lines, lines.count);
}

/* Calls a second against connections, or against calls in flight on one of them. */
static void plot_throughput(const json_t *part, struct html *html, const char *key,
			    const char *placement, const char *title)
{
	const struct svg_words words = { title, "A line for each server: calls a second." };
	const bool depth = strcmp(key, "depth") == 0;
	const struct svg_axis x = { depth ? "calls in flight" : "connections", SVG_LOGARITHM, 1 };
	const struct svg_axis y = { "thousand calls a second", SVG_LINEAR, 0.001 };
	struct lines lines = { .count = 0 };
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "throughput"), i, row)
		if (number(row, depth ? "connections" : "depth") == 1 &&
		    strcmp(text_of(row, "placement"), placement) == 0)
			add_point(&lines, text_of(row, "endpoint"), number(row, key),
				  number(row, "per_second"));
	if (lines.count)
		svg_lines(html, &words, &x, &y, lines.lines, lines.count);
}

static void plot_payload(const json_t *part, struct html *html)
{
	const struct svg_words words = { "A call's median time, by the size of its argument",
					 "A line for each endpoint: microseconds, on one CPU." };
	const struct svg_axis x = { "bytes", SVG_LOGARITHM, 1 };
	const struct svg_axis y = { "microseconds", SVG_LOGARITHM, 0.001 };
	struct lines lines = { .count = 0 };
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "payload"), i, row)
		add_point(&lines, text_of(row, "endpoint"), number(row, "argument_size"),
			  number(row, "p50_ns"));
	svg_lines(html, &words, &x, &y, lines.lines, lines.count);
}

/* ---- bars ---- */

static const char *const ways[] = { "bare", "raw", "rpc", "tirpc" };
static const char *const transports[] = { "tcp", "udp", "unix", "pipe", "fifo", "shm" };

#define WAYS       4
#define TRANSPORTS 6

static struct svg_value p50_of(const json_t *part, const char *placement, const char *way,
			       const char *transport)
{
	const json_t *row;
	char name[32];
	size_t i;

	snprintf(name, sizeof(name), "%s%s%s", way, strcmp(way, "bare") ? "+" : " ", transport);
	json_array_foreach (json_object_get(part, "latency"), i, row)
		if (strcmp(text_of(row, "endpoint"), name) == 0 &&
		    strcmp(text_of(row, "placement"), placement) == 0)
			return (struct svg_value){ true, number(row, "p50_ns"),
						   number(row, "p50_ns_low"),
						   number(row, "p50_ns_high") };
	return (struct svg_value){ 0 };
}

static void plot_p50(const json_t *part, struct html *html, const char *placement,
		     const char *title)
{
	const struct svg_words words = {
		title, "Bars from zero for each transport: the bare transport, raw messages, rpc, "
		       "and libtirpc's own runtime where it has the transport."
	};
	const struct svg_axis axis = { "microseconds", SVG_LINEAR, 0.001 };
	struct svg_group groups[TRANSPORTS];
	bool any = false;

	for (int i = 0; i < TRANSPORTS; i++) {
		groups[i].name = transports[i];
		for (int j = 0; j < WAYS; j++) {
			groups[i].values[j] = p50_of(part, placement, ways[j], transports[i]);
			any = any || groups[i].values[j].known;
		}
	}
	if (any)
		svg_bars(html, &words, &axis, ways, WAYS, groups, TRANSPORTS);
}

/* ---- in the report ---- */

static void write_latency(const json_t *part, struct html *html)
{
	html_element(html, "h3", "One call at a time");
	plot_p50(part, html, TIME_ONE_CPU, "Median time of one call, both ends on one CPU");
	plot_p50(part, html, TIME_TWO_CPUS, "Median time of one call, each end on its own CPU");
	html_table(html, "Time of one divide, by the stub", "/time/latency",
		   json_object_get(part, "latency"), latency);
	plot_percentiles(part, html, "rpc+", "Time of one call by rpc, by percentile");
	plot_percentiles(part, html, "raw+", "Time of one call by raw messages, by percentile");
	html_command(html, part);
}

static void write_throughput(const json_t *part, struct html *html)
{
	html_element(html, "h3", "Many calls");
	plot_throughput(part, html, "connections", TIME_ONE_CPU,
			"Calls a second against connections, both ends on one CPU");
	plot_throughput(part, html, "connections", TIME_TWO_CPUS,
			"Calls a second against connections, each end on its own CPU");
	plot_throughput(part, html, "depth", TIME_ONE_CPU,
			"Calls a second against calls in flight, both ends on one CPU");
	plot_throughput(part, html, "depth", TIME_TWO_CPUS,
			"Calls a second against calls in flight, each end on its own CPU");
	html_table(html, "Calls a second, prepared calls over tcp", "/time/throughput",
		   json_object_get(part, "throughput"), throughput);
	html_command(html, part);
}

static void write_system_calls(const json_t *part, struct html *html)
{
	const json_t *rows = json_object_get(part, "system_calls");

	if (!rows)
		return;
	html_element(html, "h3", "System calls");
	html_table(html, "System calls that one divide takes, one call at a time on one CPU",
		   "/time/system_calls", rows, system_calls);
	html_command(html, part);
}

static void write_prepare(const json_t *part, struct html *html)
{
	const json_t *command;
	size_t i;

	if (json_array_size(json_object_get(part, "prepare")))
		html_element(html, "p", "%s", row_alone);
	json_array_foreach (json_object_get(part, "prepare"), i, command)
		if (json_is_string(command))
			html_element(html, "p class=\"command\"", "%s", json_string_value(command));
}

void time_write(const json_t *part, struct html *html)
{
	html_element(html, "p", "%s", meaning);
	html_element(html, "h3", "Layer by layer");
	html_table(html, "One divide without any transport", "/time/layers",
		   json_object_get(part, "layers"), layers);
	html_table(html, "One divide over tcp: what each layer adds to those below it",
		   "/time/ladder", json_object_get(part, "ladder"), ladder);
	html_command(html, part);
	write_latency(part, html);
	write_throughput(part, html);
	html_element(html, "h3", "Large arguments");
	plot_payload(part, html);
	html_table(html, "summarize by the size of its argument, one CPU", "/time/payload",
		   json_object_get(part, "payload"), payload);
	html_command(html, part);
	write_system_calls(part, html);
	write_prepare(part, html);
}
