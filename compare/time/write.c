/* How the times of calls are shown in the report: plots, each beside its table. */
#include <string.h>

#include "compare/time/time.h"
#include "compare/time/plots.h"
#include "client/json.h"

#define MICRO "\xc2\xb5s"

/* Each title says all, for here nobody sees what stands to the left of it. */
static const struct column latency[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "placement", "placement", FIGURE_TEXT },
	{ "p50, " MICRO, "p50_ns", FIGURE_MICROSECONDS },
	{ "p50 from", "p50_ns_low", FIGURE_MICROSECONDS },
	{ "p50 to", "p50_ns_high", FIGURE_MICROSECONDS },
	{ "p99, " MICRO, "p99_ns", FIGURE_MICROSECONDS },
	{ "p99.9, " MICRO, "p999_ns", FIGURE_MICROSECONDS },
	{ "client CPU, " MICRO, "client_cpu_ns", FIGURE_MICROSECONDS },
	{ "server CPU, " MICRO, "server_cpu_ns", FIGURE_MICROSECONDS },
	{ 0 },
};

static const struct column throughput[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "placement", "placement", FIGURE_TEXT },
	{ "connections", "connections", FIGURE_COUNT },
	{ "in flight", "depth", FIGURE_COUNT },
	{ "thousand calls a second", "per_second", FIGURE_THOUSANDS },
	{ "these from", "per_second_low", FIGURE_THOUSANDS },
	{ "these to", "per_second_high", FIGURE_THOUSANDS },
	{ "client CPU, " MICRO, "client_cpu_ns", FIGURE_MICROSECONDS },
	{ "server CPU, " MICRO, "server_cpu_ns", FIGURE_MICROSECONDS },
	{ 0 },
};

static const struct column payload[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "argument bytes", "argument_size", FIGURE_COUNT },
	{ "p50, " MICRO, "p50_ns", FIGURE_MICROSECONDS },
	{ "p50 from", "p50_ns_low", FIGURE_MICROSECONDS },
	{ "p50 to", "p50_ns_high", FIGURE_MICROSECONDS },
	{ "p99, " MICRO, "p99_ns", FIGURE_MICROSECONDS },
	{ 0 },
};

static const struct column layers[] = {
	{ "layer", "layer", FIGURE_TEXT },
	{ "cost, ns", "cost_ns", FIGURE_COUNT },
	{ "cost from", "cost_ns_low", FIGURE_COUNT },
	{ "cost to", "cost_ns_high", FIGURE_COUNT },
	{ "bytes packed", "packed_bytes", FIGURE_COUNT },
	{ "what it is", "what", FIGURE_TEXT },
	{ 0 },
};

static const struct column ladder[] = {
	{ "layer", "layer", FIGURE_TEXT },
	{ "placement", "placement", FIGURE_TEXT },
	{ "cost, " MICRO, "cost_ns", FIGURE_MICROSECONDS },
	{ "from", "cost_ns_low", FIGURE_MICROSECONDS },
	{ "to", "cost_ns_high", FIGURE_MICROSECONDS },
	{ "than below", "order", FIGURE_TEXT },
	{ "adds, " MICRO, "adds_ns", FIGURE_MICROSECONDS },
	{ "to", "over", FIGURE_TEXT },
	{ "which is", "what", FIGURE_TEXT },
	{ 0 },
};

static const struct column system_calls[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "by the client", "client_system_calls", FIGURE_COUNT },
	{ "by the server", "server_system_calls", FIGURE_COUNT },
	{ "which, by the client", "client_calls", FIGURE_TEXT },
	{ "which, by the server", "server_calls", FIGURE_TEXT },
	{ 0 },
};

static const char meaning[] =
	"Here each end has a processor to itself. Who sleeps has to be woken on it, which is part "
	"of every "
	"call; over shm an end first looks for up to 60 " MICRO
	" for what comes (bare: without end), so "
	"that nobody sleeps while calls follow each other. Each number is the median of the "
	"rounds, with "
	"the extremes beside it. A percentile that too few calls lie above is left out.";

static const char tail_meaning[] = "Of the calls of all rounds together. Their medians are not "
				   "shown again: the median of all calls "
				   "is not the median of the rounds.";

static bool is_placed(const json_t *row, const void *placement)
{
	return strcmp(json_text(row, "placement"), placement) == 0;
}

static void write_rows(const json_t *part, struct html *html, const char *placement)
{
	html_rows(html, "Time of one divide by the stub, or (bare) of the same bytes alone",
		  "/time/latency", json_object_get(part, "latency"), latency, is_placed, placement);
	time_write_strays(part, html, placement);
}

static void write_tail(const json_t *part, struct html *html)
{
	html_element(html, "h3", "The slowest calls");
	if (json_array_size(json_object_get(part, "percentiles")))
		html_element(html, "p", "%s", tail_meaning);
	time_write_tail(part, html);
}

static bool is_one(const json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key)) == 1;
}

static bool is_by_connections(const json_t *row, const void *placement)
{
	return is_placed(row, placement) && is_one(row, "depth");
}

static bool is_by_depth(const json_t *row, const void *placement)
{
	return is_placed(row, placement) && (!is_one(row, "depth") || is_one(row, "connections"));
}

static void write_load(const json_t *part, struct html *html, const char *key,
		       const char *placement)
{
	const json_t *rows = json_object_get(part, "throughput");
	bool depth = strcmp(key, "depth") == 0;

	html_pair_begin(html);
	time_plot_throughput(part, html, key, placement);
	html_pair_next(html);
	html_rows(html, "Prepared calls over tcp", "/time/throughput", rows, throughput,
		  depth ? is_by_depth : is_by_connections, placement);
	html_pair_end(html);
}

static void write_throughput(const json_t *part, struct html *html)
{
	html_element(html, "h3", "Many calls");
	write_load(part, html, "connections", TIME_ONE_CPU);
	write_load(part, html, "connections", TIME_TWO_CPUS);
	write_load(part, html, "depth", TIME_ONE_CPU);
	write_load(part, html, "depth", TIME_TWO_CPUS);
}

static void write_payload(const json_t *part, struct html *html)
{
	html_element(html, "h3", "Large arguments");
	html_pair_begin(html);
	time_plot_payload(part, html);
	html_pair_next(html);
	html_table(html, "summarize by the size of its argument, one CPU", "/time/payload",
		   json_object_get(part, "payload"), payload);
	html_pair_end(html);
}

static void write_system_calls(const json_t *part, struct html *html)
{
	const json_t *rows = json_object_get(part, "system_calls");

	html_element(html, "h3", "System calls");
	if (!rows) {
		html_element(html, "p", TIME_NOT_COUNTED);
		return;
	}
	html_table(html, "System calls that one divide takes, one call at a time on one CPU",
		   "/time/system_calls", rows, system_calls);
}

static void write_layers(const json_t *part, struct html *html)
{
	html_element(html, "h3", "Layer by layer");
	html_table(html, "One divide without any transport", "/time/layers",
		   json_object_get(part, "layers"), layers);
	if (json_object_get(part, "ladder"))
		html_table(html, "One divide over tcp: what each layer adds to those below it",
			   "/time/ladder", json_object_get(part, "ladder"), ladder);
}

/* The commands that the rows' own ones need. */
static void write_prepare(const json_t *part, struct html *html)
{
	const json_t *command;
	size_t i;

	if (json_array_size(json_object_get(part, "prepare")))
		html_element(
			html, "p",
			"Each figure has a command of its own, in the data at this page's end, for "
			"servers that are started so:");
	json_array_foreach (json_object_get(part, "prepare"), i, command)
		if (json_is_string(command))
			html_element(html, "p class=\"command\"", "%s", json_string_value(command));
}

void time_write(const json_t *part, struct html *html)
{
	html_element(html, "p", "%s", meaning);
	html_pair_begin(html);
	time_plot_p50(part, html, TIME_TWO_CPUS);
	html_pair_next(html);
	write_rows(part, html, TIME_TWO_CPUS);
	html_pair_end(html);
}

void time_write_more(const json_t *part, struct html *html)
{
	html_element(html, "h3", "One call at a time, on one CPU");
	write_rows(part, html, TIME_ONE_CPU);
	write_tail(part, html);
	write_layers(part, html);
	write_throughput(part, html);
	write_payload(part, html);
	write_system_calls(part, html);
	write_prepare(part, html);
}
