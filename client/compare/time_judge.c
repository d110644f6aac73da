/* What follows from the times of calls. */
#include <stdio.h>
#include <string.h>

#include "client/compare/time.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* A figure with its bounds; false when it is not known. */
static bool figure_of(const json_t *row, const char *key, struct verdict_figure *figure)
{
	char name[64];
	const json_t *value = json_object_get(row, key);

	if (!json_is_number(value))
		return false;
	figure->value = json_number_value(value);
	snprintf(name, sizeof(name), "%s_low", key);
	figure->low = json_number_value(json_object_get(row, name));
	snprintf(name, sizeof(name), "%s_high", key);
	figure->high = json_number_value(json_object_get(row, name));
	return true;
}

static bool latency_of(const json_t *part, const char *endpoint, const char *placement,
		       struct verdict_figure *figure)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "latency"), i, row)
		if (strcmp(text_of(row, "endpoint"), endpoint) == 0 &&
		    strcmp(text_of(row, "placement"), placement) == 0)
			return figure_of(row, "p50_ns", figure);
	return false;
}

static bool throughput_of(const json_t *part, const char *endpoint, int connections, int depth,
			  struct verdict_figure *figure)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "throughput"), i, row)
		if (strcmp(text_of(row, "endpoint"), endpoint) == 0 &&
		    json_integer_value(json_object_get(row, "connections")) == connections &&
		    json_integer_value(json_object_get(row, "depth")) == depth)
			return figure_of(row, "per_second", figure);
	return false;
}

/* ---- one call ---- */

static void judge_transport(const json_t *part, struct verdict *verdict, const char *transport)
{
	struct verdict_figure rpc, raw;
	char names[2][32];
	int order;

	snprintf(names[0], sizeof(names[0]), "rpc+%s", transport);
	snprintf(names[1], sizeof(names[1]), "raw+%s", transport);
	if (!latency_of(part, names[0], TIME_ONE_CPU, &rpc) ||
	    !latency_of(part, names[1], TIME_ONE_CPU, &raw))
		return;
	order = verdict_order(&rpc, &raw);
	if (order == 0)
		verdict_say(verdict,
			    "One call over %s takes %.1f us by rpc and %.1f us by raw messages on "
			    "one CPU: a tie, for the rounds differ by more.",
			    transport, rpc.value / 1e3, raw.value / 1e3);
	else
		verdict_say(verdict,
			    "One call over %s takes %.1f us by rpc and %.1f us by raw messages on "
			    "one CPU: rpc is %s by %.1f %%.",
			    transport, rpc.value / 1e3, raw.value / 1e3,
			    order > 0 ? "slower" : "faster",
			    (order > 0 ? rpc.value / raw.value - 1 : 1 - rpc.value / raw.value) *
				    100);
}

static void judge_runtime(const json_t *part, struct verdict *verdict)
{
	struct verdict_figure ours, stock;
	int order;

	if (!latency_of(part, "rpc+tcp", TIME_ONE_CPU, &ours) ||
	    !latency_of(part, "tirpc+tcp", TIME_ONE_CPU, &stock))
		return;
	order = verdict_order(&ours, &stock);
	if (order == 0)
		verdict_say(verdict,
			    "The same stubs take %.1f us over tcp on our runtime and %.1f us on "
			    "libtirpc's, one call at a time on one CPU: a tie.",
			    ours.value / 1e3, stock.value / 1e3);
	else
		verdict_say(verdict,
			    "The same stubs take %.1f us over tcp on our runtime and %.1f us on "
			    "libtirpc's, one call at a time on one CPU: ours is %s, at %.2f times "
			    "the time.",
			    ours.value / 1e3, stock.value / 1e3, order < 0 ? "faster" : "slower",
			    ours.value / stock.value);
}

/* ---- which transport ---- */

static const char *const streams[] = { "tcp", "udp", "unix", "pipe", "fifo", "shm" };

/* The transport whose rpc calls are fastest there; NULL when none is known. */
static const char *fastest(const json_t *part, const char *placement, struct verdict_figure *best)
{
	const char *found = NULL;

	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		struct verdict_figure figure;
		char name[32];

		snprintf(name, sizeof(name), "rpc+%s", streams[i]);
		if (!latency_of(part, name, placement, &figure) ||
		    (found && figure.value >= best->value))
			continue;
		found = streams[i];
		*best = figure;
	}
	return found;
}

static void judge_transports(const json_t *part, struct verdict *verdict)
{
	struct verdict_figure one, two, tcp;
	const char *on_one = fastest(part, TIME_ONE_CPU, &one);
	const char *on_two = fastest(part, TIME_TWO_CPUS, &two);

	if (on_one && latency_of(part, "rpc+tcp", TIME_ONE_CPU, &tcp) &&
	    verdict_order(&one, &tcp) < 0)
		verdict_choose(verdict, on_one, "both ends share a processor and a machine",
			       "%.1f us a call on one CPU, where tcp takes %.1f us",
			       one.value / 1e3, tcp.value / 1e3);
	if (on_two && latency_of(part, "rpc+tcp", TIME_TWO_CPUS, &tcp) &&
	    verdict_order(&two, &tcp) < 0)
		verdict_choose(verdict, on_two, "each end has a processor to itself",
			       "%.1f us a call on two CPUs, where tcp takes %.1f us",
			       two.value / 1e3, tcp.value / 1e3);
}

/* ---- many calls ---- */

static void judge_throughput(const json_t *part, struct verdict *verdict)
{
	struct verdict_figure rpc, raw, stock;
	int order;

	if (!throughput_of(part, "rpc+tcp", 16, 16, &rpc))
		return;
	if (throughput_of(part, "raw+tcp", 16, 16, &raw)) {
		order = verdict_order(&rpc, &raw);
		verdict_say(verdict,
			    "With 16 calls in flight on each of 16 connections there are %.2f "
			    "million calls a second by rpc and %.2f million by raw messages%s.",
			    rpc.value / 1e6, raw.value / 1e6,
			    order == 0  ? ": a tie"
			    : order > 0 ? ": rpc is ahead"
					: ": raw messages are ahead");
	}
	if (throughput_of(part, "rpc+tcp to libtirpc", 16, 16, &stock) &&
	    verdict_order(&rpc, &stock) > 0)
		verdict_choose(verdict, "an event loop under rpcgen's dispatchers",
			       "many clients have many calls in flight",
			       "%.2f million calls a second, where svc_run makes %.2f million",
			       rpc.value / 1e6, stock.value / 1e6);
}

/* ---- system calls ---- */

/* What both ends of an endpoint do for one call. */
static bool system_calls_of(const json_t *part, const char *endpoint, struct verdict_figure *sum)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "system_calls"), i, row) {
		struct verdict_figure server;

		if (strcmp(text_of(row, "endpoint"), endpoint) != 0)
			continue;
		if (!figure_of(row, "client_system_calls", sum) ||
		    !figure_of(row, "server_system_calls", &server))
			return false;
		sum->value += server.value;
		sum->low += server.low;
		sum->high += server.high;
		return true;
	}
	return false;
}

static void judge_system_calls(const json_t *part, struct verdict *verdict)
{
	struct verdict_figure rpc, raw, stock;

	if (!system_calls_of(part, "rpc+tcp", &rpc))
		return;
	if (system_calls_of(part, "raw+tcp", &raw) && verdict_order(&rpc, &raw) == 0)
		verdict_say(verdict,
			    "One call over tcp takes %.1f system calls at both ends together, by "
			    "rpc as by raw messages.",
			    rpc.value);
	if (system_calls_of(part, "tirpc+tcp", &stock) && verdict_order(&rpc, &stock) != 0)
		verdict_say(verdict,
			    "The same stubs take %.1f system calls for one call over tcp on our "
			    "runtime and %.1f on libtirpc's.",
			    rpc.value, stock.value);
}

void time_judge(const json_t *part, struct verdict *verdict)
{
	judge_transport(part, verdict, "tcp");
	judge_transport(part, verdict, "shm");
	judge_runtime(part, verdict);
	judge_system_calls(part, verdict);
	judge_throughput(part, verdict);
	judge_transports(part, verdict);
}
