/* How the times of calls are shown. */
#include "compare/time/time.h"

static const struct column latency[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "placement", "placement", FIGURE_TEXT },
	{ "p50 µs", "p50_ns", FIGURE_MICROSECONDS },
	{ "from", "p50_ns_low", FIGURE_MICROSECONDS },
	{ "to", "p50_ns_high", FIGURE_MICROSECONDS },
	{ "p99 µs", "p99_ns", FIGURE_MICROSECONDS },
	{ "p99.9 µs", "p999_ns", FIGURE_MICROSECONDS },
	{ "client CPU µs", "client_cpu_ns", FIGURE_MICROSECONDS },
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
	{ "client CPU µs", "client_cpu_ns", FIGURE_MICROSECONDS },
	{ "server", "server_cpu_ns", FIGURE_MICROSECONDS },
	{ 0 },
};

static const struct column payload[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "argument bytes", "argument_size", FIGURE_COUNT },
	{ "p50 µs", "p50_ns", FIGURE_MICROSECONDS },
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
	{ "placement", "placement", FIGURE_TEXT },     { "layer", "layer", FIGURE_TEXT },
	{ "µs", "cost_ns", FIGURE_MICROSECONDS },      { "than below", "order", FIGURE_TEXT },
	{ "adds µs", "adds_ns", FIGURE_MICROSECONDS }, { "to", "over", FIGURE_TEXT },
	{ "which is", "what", FIGURE_TEXT },           { 0 },
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

/* ---- on a terminal ---- */

static void print_system_calls(const json_t *part, const struct text *out)
{
	const json_t *rows = json_object_get(part, "system_calls");

	fputs("\nSystem calls that one divide takes, on one CPU:\n", out->file);
	if (!rows) {
		fputs(TIME_NOT_COUNTED "\n", out->file);
		return;
	}
	grid_print(out, rows, client_calls);
	grid_print(out, rows, server_calls);
}

void time_print(const json_t *part, const struct text *out)
{
	fputs("One divide, without any transport:\n", out->file);
	grid_print(out, json_object_get(part, "layers"), layers);
	fputs("\nThe same over tcp, layer by layer:\n", out->file);
	grid_print(out, json_object_get(part, "ladder"), ladder);
	fputs("\nOne call at a time, by the stub; bare: the transport alone, the same bytes:\n",
	      out->file);
	grid_print(out, json_object_get(part, "latency"), latency);
	fputs("\nMany calls, prepared:\n", out->file);
	grid_print(out, json_object_get(part, "throughput"), throughput);
	fputs("\nsummarize, by the size of its argument, on one CPU:\n", out->file);
	grid_print(out, json_object_get(part, "payload"), payload);
	print_system_calls(part, out);
}
