/* One call over tcp, layer by layer: what each adds to those below it. */
#include "compare/time/ladder.h"

#include <stdio.h>
#include <string.h>

#include "compare/time/schedule.h"
#include "compare/part/verdict.h"

#define REST "the rest: not measured by itself"

/* A layer, and the one or two that it stands on. */
static const struct rung {
	const char *name, *below, *beside, *what;
} rungs[] = {
	{ "function", NULL, NULL, "a division" },
	{ "packing by hand", "function", NULL, "arguments and result, by hand" },
	{ "raw stub", "packing by hand", NULL, "headers and stub, by hand" },
	{ "packing by XDR", "function", NULL, "arguments and result, by XDR" },
	{ "rpc stub", "packing by XDR", NULL, "headers, rpcgen's stub, our CLIENT" },
	{ "bare tcp", NULL, NULL, "the transport between two processes" },
	{ "bare tcp, epoll", "bare tcp", NULL, "a server that waits for many clients" },
	{ "raw+tcp", "bare tcp, epoll", "raw stub", REST },
	{ "rpc+tcp", "bare tcp, epoll", "rpc stub", REST },
	{ "tirpc+tcp", "rpc+tcp", NULL, "libtirpc's ends in place of ours" },
};

#define RUNGS (sizeof(rungs) / sizeof(rungs[0]))

static bool is(const json_t *row, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(row, key));

	return value && strcmp(value, text) == 0;
}

static void copy_figure(json_t *row, const json_t *from, const char *key)
{
	static const char *const endings[] = { "", "_low", "_high", "_rounds" };

	for (int i = 0; i < 4; i++) {
		char old[64], new[64];

		snprintf(old, sizeof(old), "%s%s", key, endings[i]);
		snprintf(new, sizeof(new), "cost_ns%s", endings[i]);
		if (json_object_get(from, old))
			json_object_set(row, new, json_object_get(from, old));
	}
}

/* What it costs by itself: within this process, or as one call at a time.  False when not known. */
static bool set_cost(json_t *row, const char *name, const char *placement, const json_t *layers,
		     const json_t *latency)
{
	const json_t *from;
	size_t i;

	json_array_foreach (layers, i, from)
		if (is(from, "layer", name))
			copy_figure(row, from, "cost_ns");
	json_array_foreach (latency, i, from)
		if (is(from, "endpoint", name) && is(from, "placement", placement))
			copy_figure(row, from, "p50_ns");
	return json_object_get(row, "cost_ns");
}

/* The cost of the layer in the rows of this placement, which begin there. */
static bool find_cost(const json_t *rows, size_t first, const char *name,
		      struct verdict_figure *cost)
{
	for (size_t i = first; i < json_array_size(rows); i++)
		if (is(json_array_get(rows, i), "layer", name))
			return verdict_figure_of(json_array_get(rows, i), "cost_ns", cost);
	return false;
}

/* What the rung stands on.  A stub had rounds of its own, so to each round its median is added. */
static bool find_below(const json_t *rows, size_t first, const struct rung *rung,
		       struct verdict_figure *below)
{
	struct verdict_figure beside = { 0 };

	if (!rung->below || !find_cost(rows, first, rung->below, below) ||
	    (rung->beside && !find_cost(rows, first, rung->beside, &beside)))
		return false;
	below->value += beside.value;
	for (size_t i = 0; i < below->rounds.count; i++)
		below->rounds.value[i] += beside.value;
	return true;
}

static void set_added(json_t *row, const struct rung *rung, const json_t *rows, size_t first)
{
	struct verdict_figure cost, below;
	enum order order;
	char over[64];

	if (!verdict_figure_of(row, "cost_ns", &cost) || !find_below(rows, first, rung, &below))
		return;
	snprintf(over, sizeof(over), "%s%s%s", rung->below, rung->beside ? ", " : "",
		 rung->beside ? rung->beside : "");
	json_object_set_new(row, "over", json_string(over));
	order = rounds_order(&cost.rounds, &below.rounds);
	json_object_set_new(row, "order", json_string(order_name(order)));
	if (order == ORDER_MORE || order == ORDER_LESS)
		json_object_set_new(row, "adds_ns", json_real(cost.value - below.value));
}

static void add_rungs(json_t *rows, const char *placement, const json_t *layers,
		      const json_t *latency)
{
	size_t first = json_array_size(rows);

	for (size_t i = 0; i < RUNGS; i++) {
		json_t *row = json_pack("{s:s,s:s,s:s}", "placement", placement, "layer",
					rungs[i].name, "what", rungs[i].what);

		if (set_cost(row, rungs[i].name, placement, layers, latency)) {
			set_added(row, &rungs[i], rows, first);
			json_array_append(rows, row);
		}
		json_decref(row);
	}
}

json_t *ladder_make(const json_t *layers, const json_t *latency)
{
	static const char *const placements[] = { TIME_ONE_CPU, TIME_TWO_CPUS };
	json_t *rows = json_array();
	const json_t *row;
	size_t i;

	for (int p = 0; p < 2; p++)
		json_array_foreach (latency, i, row)
			if (is(row, "placement", placements[p])) {
				add_rungs(rows, placements[p], layers, latency);
				break;
			}
	return rows;
}
