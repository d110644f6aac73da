/* How the times of calls are shown: on a terminal, and in the report as plots, each beside its
 * table. */
#include "compare/time/time.h"

#include "compare/show/table.h"
#include "compare/time/plots.h"

#define FAR 3 /* times the median of the rounds: a stray */

#define BOUNDED(symbol)                                                                            \
	COLUMN(symbol), COLUMN(symbol, .bound = BOUND_LOW), COLUMN(symbol, .bound = BOUND_HIGH)

static const struct column latency[] = {
	COLUMN(endpoint),
	COLUMN(placement),
	BOUNDED(p50_ns),
	COLUMN(p99_ns),
	COLUMN(p999_ns),
	COLUMN(client_cpu_ns),
	COLUMN(server_cpu_ns, .printed = "server"),
	{ 0 },
};

static const struct column throughput[] = {
	COLUMN(endpoint),
	COLUMN(placement),
	COLUMN(connections),
	COLUMN(depth),
	COLUMN(per_second, .printed = "calls a second", .printed_unit = UNIT_COUNT),
	COLUMN(per_second, .bound = BOUND_LOW, .title = "these from", .printed = "from",
	       .printed_unit = UNIT_COUNT),
	COLUMN(per_second, .bound = BOUND_HIGH, .title = "these to", .printed = "to",
	       .printed_unit = UNIT_COUNT),
	COLUMN(p50_ns),
	COLUMN(p99_ns),
	COLUMN(client_cpu_ns),
	COLUMN(server_cpu_ns, .printed = "server"),
	{ 0 },
};

static const struct column payload[] = {
	COLUMN(endpoint),
	COLUMN(argument_size),
	BOUNDED(p50_ns),
	COLUMN(p99_ns, .shown = SHOWN_IN_REPORT),
	{ 0 },
};

static const struct column layers[] = {
	COLUMN(layer), BOUNDED(cost_ns), COLUMN(packed_bytes, .printed = "bytes"), COLUMN(what),
	{ 0 },
};

static const struct column ladder[] = {
	COLUMN(placement, .shown = SHOWN_ON_TERMINAL),
	COLUMN(layer),
	COLUMN(placement, .shown = SHOWN_IN_REPORT),
	COLUMN(cost_ns, .printed = "µs", .unit = UNIT_MICROSECONDS),
	COLUMN(cost_ns, .bound = BOUND_LOW, .title = "from", .unit = UNIT_MICROSECONDS,
	       .shown = SHOWN_IN_REPORT),
	COLUMN(cost_ns, .bound = BOUND_HIGH, .title = "to", .unit = UNIT_MICROSECONDS,
	       .shown = SHOWN_IN_REPORT),
	COLUMN(order),
	COLUMN(adds_ns),
	COLUMN(over),
	COLUMN(what, .title = "which is"),
	{ 0 },
};

static const struct column system_calls[] = {
	COLUMN(endpoint),     COLUMN(client_system_calls), COLUMN(server_system_calls),
	COLUMN(client_calls), COLUMN(server_calls),        { 0 },
};

/* On a terminal there is no room for both ends beside each other. */
static const struct column client_calls[] = {
	COLUMN(endpoint, .title = "client of"),
	COLUMN(client_system_calls, .title = "a call"),
	COLUMN(client_calls, .title = "which"),
	{ 0 },
};

static const struct column server_calls[] = {
	COLUMN(endpoint, .title = "server of"),
	COLUMN(server_system_calls, .title = "a call"),
	COLUMN(server_calls, .title = "which"),
	{ 0 },
};

/* ---- on a terminal ---- */

static void print_system_calls(const json_t *part, const struct text *out)
{
	const json_t *rows = figure_get(part, &figures.system_calls);

	fputs("\nSystem calls that one divide takes, on one CPU:\n", out->file);
	if (!rows) {
		fputs(TIME_NOT_COUNTED "\n", out->file);
		return;
	}
	table_print(out, rows, client_calls);
	table_print(out, rows, server_calls);
}

void time_print(const json_t *part, const struct text *out)
{
	fputs("One divide, without any transport:\n", out->file);
	table_print(out, figure_get(part, &figures.layers), layers);
	fputs("\nThe same over tcp, layer by layer:\n", out->file);
	table_print(out, figure_get(part, &figures.ladder), ladder);
	fputs("\nOne call at a time, by the stub; bare: the transport alone, the same bytes:\n",
	      out->file);
	table_print(out, figure_get(part, &figures.latency), latency);
	fputs("\nMany calls, prepared:\n", out->file);
	table_print(out, figure_get(part, &figures.throughput), throughput);
	fputs("\nsummarize, by the size of its argument, on one CPU:\n", out->file);
	table_print(out, figure_get(part, &figures.payload), payload);
	print_system_calls(part, out);
}

/* ---- in the report ---- */

static const char meaning[] =
	"Here each end has a processor to itself. Who sleeps has to be woken on it, which is part "
	"of every "
	"call; over shm an end first looks for up to 60 µs for what comes (bare: without end), so "
	"that nobody sleeps while calls follow each other. Each number is the median of the "
	"rounds, with "
	"the extremes beside it. A percentile that too few calls lie above is left out.";

static const char tail_meaning[] = "Of the calls of all rounds together. Their medians are not "
				   "shown again: the median of all calls "
				   "is not the median of the rounds.";

static bool is_placed(const json_t *row, const void *placement)
{
	return figure_is(row, &figures.placement, placement);
}

/* How many of a row's rounds are strays, and the most of them. */
static size_t count_strays(const json_t *row, double *most)
{
	double median = figure_number(row, &figures.p50_ns);
	struct rounds rounds;
	size_t count = 0;

	*most = 0;
	if (!rounds_of(row, &figures.p50_ns, &rounds))
		return 0;
	for (size_t i = 0; i < rounds.count; i++) {
		if (rounds.value[i] <= FAR * median)
			continue;
		*most = rounds.value[i] > *most ? rounds.value[i] : *most;
		count++;
	}
	return count;
}

/* Rounds that are far from the others: a figure's range is explained where it would be doubted. */
static void write_strays(const json_t *part, struct html *html, const char *placement)
{
	const json_t *row;
	bool any = false;
	size_t i;

	json_array_foreach (figure_get(part, &figures.latency), i, row) {
		double most;
		size_t strays = count_strays(row, &most);
		char room[FIGURE_ROOM];

		if (!strays || !figure_is(row, &figures.placement, placement))
			continue;
		html_markup(html, "%s",
			    any ? "; "
				: "<p class=\"note\">Far from the others (above three times the "
				  "median) were single rounds: ");
		html_markup(html, "%zu of ", strays);
		html_text(html, figure_text(row, &figures.endpoint));
		html_markup(html, ", up to %s \xc2\xb5s", measured_text(most / 1e3, room));
		any = true;
	}
	html_markup(html, "%s", any ? ". What else ran in them is not known.</p>\n" : "");
}

static void write_rows(struct place part, struct html *html, const char *placement)
{
	html_rows(html, "Time of one divide by the stub, or (bare) of the same bytes alone",
		  place_member(part, &figures.latency), latency, is_placed, placement);
	write_strays(part.value, html, placement);
}

static void write_tail(struct place part, struct html *html)
{
	html_element(html, "h3", "The slowest calls");
	if (json_array_size(figure_get(part.value, &figures.percentiles)))
		html_element(html, "p", "%s", tail_meaning);
	time_write_tail(part.value, html);
}

static bool is_one(const json_t *row, const struct figure *figure)
{
	return figure_integer(row, figure) == 1;
}

static bool is_by_connections(const json_t *row, const void *placement)
{
	return is_placed(row, placement) && is_one(row, &figures.depth);
}

static bool is_by_depth(const json_t *row, const void *placement)
{
	return is_placed(row, placement) &&
	       (!is_one(row, &figures.depth) || is_one(row, &figures.connections));
}

static void write_load(struct place part, struct html *html, const struct figure *by,
		       const char *placement)
{
	html_pair_begin(html);
	time_plot_load(part.value, html, &figures.per_second, by, placement);
	time_plot_load(part.value, html, &figures.p99_ns, by, placement);
	html_pair_next(html);
	html_rows(html, "Prepared calls over tcp", place_member(part, &figures.throughput),
		  throughput, by == &figures.depth ? is_by_depth : is_by_connections, placement);
	html_pair_end(html);
}

static void write_throughput(struct place part, struct html *html)
{
	html_element(html, "h3", "Many calls");
	write_load(part, html, &figures.connections, PLACEMENT_ONE_CPU);
	write_load(part, html, &figures.connections, PLACEMENT_TWO_CPUS);
	write_load(part, html, &figures.depth, PLACEMENT_ONE_CPU);
	write_load(part, html, &figures.depth, PLACEMENT_TWO_CPUS);
}

static void write_payload(struct place part, struct html *html)
{
	html_element(html, "h3", "Large arguments");
	html_pair_begin(html);
	time_plot_payload(part.value, html);
	html_pair_next(html);
	html_table(html, "summarize by the size of its argument, one CPU",
		   place_member(part, &figures.payload), payload);
	html_pair_end(html);
}

static void write_system_calls(struct place part, struct html *html)
{
	html_element(html, "h3", "System calls");
	if (!figure_get(part.value, &figures.system_calls)) {
		html_element(html, "p", TIME_NOT_COUNTED);
		return;
	}
	html_table(html, "System calls that one divide takes, one call at a time on one CPU",
		   place_member(part, &figures.system_calls), system_calls);
}

static void write_layers(struct place part, struct html *html)
{
	html_element(html, "h3", "Layer by layer");
	html_table(html, "One divide without any transport", place_member(part, &figures.layers),
		   layers);
	if (figure_get(part.value, &figures.ladder))
		html_table(html, "One divide over tcp: what each layer adds to those below it",
			   place_member(part, &figures.ladder), ladder);
}

/* The commands that the rows' own ones need. */
static void write_prepare(struct place part, struct html *html)
{
	const json_t *command;
	size_t i;

	if (json_array_size(figure_get(part.value, &figures.prepare)))
		html_element(
			html, "p",
			"Each figure has a command of its own, in the data at this page's end, for "
			"servers that are started so:");
	json_array_foreach (figure_get(part.value, &figures.prepare), i, command)
		if (json_is_string(command))
			html_element(html, "p class=\"command\"", "%s", json_string_value(command));
}

void time_write(struct place part, struct html *html)
{
	html_element(html, "p", "%s", meaning);
	html_pair_begin(html);
	time_plot_p50(part.value, html, PLACEMENT_TWO_CPUS);
	html_pair_next(html);
	write_rows(part, html, PLACEMENT_TWO_CPUS);
	html_pair_end(html);
}

void time_write_more(struct place part, struct html *html)
{
	html_element(html, "h3", "One call at a time, on one CPU");
	write_rows(part, html, PLACEMENT_ONE_CPU);
	write_tail(part, html);
	write_layers(part, html);
	write_throughput(part, html);
	write_payload(part, html);
	write_system_calls(part, html);
	write_prepare(part, html);
}
