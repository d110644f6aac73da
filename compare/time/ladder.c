/* One call over tcp, layer by layer: what each adds to those below it. */
#include "compare/time/ladder.h"

#include <stdio.h>

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

static void copy_figure(json_t *row, const json_t *from, const struct figure *figure)
{
	for (enum bound bound = BOUND_NONE; bound < BOUNDS; bound++) {
		json_t *value = figure_bound(from, figure, bound);
		char key[FIGURE_KEY];

		if (value)
			json_object_set(row, figure_key(&figures.cost_ns, bound, key), value);
	}
}

/* What it costs by itself: within this process, or as one call at a time.  False when not known. */
static bool set_cost(json_t *row, const char *name, const char *placement, const json_t *layers,
		     const json_t *latency)
{
	copy_figure(row, figure_row(layers, &figures.layer, name, NULL, NULL), &figures.cost_ns);
	copy_figure(row,
		    figure_row(latency, &figures.endpoint, name, &figures.placement, placement),
		    &figures.p50_ns);
	return figure_get(row, &figures.cost_ns);
}

/* What the rung stands on, in these rows of its placement.  A stub had rounds of its own, so to
 * each round its median is added. */
static bool find_below(const json_t *rows, const char *placement, const struct rung *rung,
		       struct verdict_figure *below)
{
	const struct figure *place = &figures.placement;
	struct verdict_figure beside = { 0 };

	if (!rung->below ||
	    !verdict_figure_of(figure_row(rows, &figures.layer, rung->below, place, placement),
			       &figures.cost_ns, below) ||
	    (rung->beside &&
	     !verdict_figure_of(figure_row(rows, &figures.layer, rung->beside, place, placement),
				&figures.cost_ns, &beside)))
		return false;
	below->value += beside.value;
	for (size_t i = 0; i < below->rounds.count; i++)
		below->rounds.value[i] += beside.value;
	return true;
}

static void set_added(json_t *row, const struct rung *rung, const json_t *rows,
		      const char *placement)
{
	struct verdict_figure cost, below;
	enum order order;
	char over[64];

	if (!verdict_figure_of(row, &figures.cost_ns, &cost) ||
	    !find_below(rows, placement, rung, &below))
		return;
	snprintf(over, sizeof(over), "%s%s%s", rung->below, rung->beside ? ", " : "",
		 rung->beside ? rung->beside : "");
	figure_set(row, &figures.over, json_string(over));
	order = rounds_order(&cost.rounds, &below.rounds);
	figure_set(row, &figures.order, json_string(order_name(order)));
	if (order == ORDER_MORE || order == ORDER_LESS)
		figure_set(row, &figures.adds_ns, json_real(cost.value - below.value));
}

static void add_rungs(json_t *rows, const char *placement, const json_t *layers,
		      const json_t *latency)
{
	for (size_t i = 0; i < RUNGS; i++) {
		json_t *row = json_pack("{s:s,s:s,s:s}", KEY(placement), placement, KEY(layer),
					rungs[i].name, KEY(what), rungs[i].what);

		if (set_cost(row, rungs[i].name, placement, layers, latency)) {
			set_added(row, &rungs[i], rows, placement);
			json_array_append(rows, row);
		}
		json_decref(row);
	}
}

json_t *ladder_make(const json_t *layers, const json_t *latency)
{
	static const char *const placements[] = { PLACEMENT_ONE_CPU, PLACEMENT_TWO_CPUS };
	json_t *rows = json_array();

	for (int i = 0; i < 2; i++)
		if (figure_row(latency, &figures.placement, placements[i], NULL, NULL))
			add_rungs(rows, placements[i], layers, latency);
	return rows;
}
