/*
 * Time: how long calls take, how many there are in a second, and what each layer adds.
 *
 * Both ends are on one CPU, and then each on its own; the two are never mixed: waking an idle
 * processor may cost more than everything else together.
 */
#include "compare/time/time.h"

#include <stdlib.h>

#include "common/duration.h"
#include "compare/time/verify_answers.h"
#include "compare/time/ladder.h"
#include "compare/time/layers.h"
#include "compare/time/system_calls.h"

struct timing {
	struct comparison *comparison;
	struct lineup lineup;
	json_t *layers, *percentiles;
	json_t *system_calls; /* NULL where they cannot be counted */
};

/* ---- how long ---- */

/* Turns so many milliseconds long.  What is quick has shorter ones, and as many rounds: with fewer
 * nothing could be said. */
static void set_pace(struct contest *contest, int turn)
{
	contest->rounds = ROUNDS_LEAST;
	contest->duration = MILLISECOND * turn;
}

static void set_paces(struct lineup *lineup, bool quick)
{
	set_pace(&lineup->latency, quick ? 8 : 100);
	set_pace(&lineup->throughput, quick ? 8 : 100);
	set_pace(&lineup->payload, quick ? 5 : 60);
}

/* ---- running them ---- */

/* Not of what is only a rung of the ladder. */
static void set_percentiles(struct timing *timing, const struct contestant *contestant)
{
	const json_t *object = contestant->object;

	if (contestant->floor.many)
		return;
	json_array_append_new(timing->percentiles,
			      json_pack("{s:O,s:O,s:o}", "endpoint",
					json_object_get(object, "endpoint"), "placement",
					json_object_get(object, "placement"), "points",
					contestant_percentiles(contestant)));
}

static void set_figures(struct timing *timing)
{
	const struct contest *latency = &timing->lineup.latency;
	const struct contest *throughput = &timing->lineup.throughput;
	const struct contest *payload = &timing->lineup.payload;

	for (size_t i = 0; i < latency->count; i++) {
		contestant_set_latency(latency->contestants[i], latency->rounds);
		set_percentiles(timing, latency->contestants[i]);
	}
	for (size_t i = 0; i < throughput->count; i++)
		contestant_set_throughput(throughput->contestants[i], throughput->rounds);
	for (size_t i = 0; i < payload->count; i++)
		contestant_set_payload(payload->contestants[i], payload->rounds);
}

static int run_layers(struct timing *timing, struct failure *failure)
{
	const struct contest *like = &timing->lineup.latency;
	struct layer layers[LAYERS];
	int code;

	comparison_progress(timing->comparison, "layers");
	code = layers_run(layers, timing->lineup.cpus[0], like->rounds, like->duration / 5,
			  failure);
	for (int i = 0; code == 0 && i < LAYERS; i++) {
		json_t *object = json_pack("{s:s,s:s}", "layer", layers[i].layer, "what",
					   layers[i].what);

		timed_set_rounds(object, "cost_ns", &layers[i].cost, like->rounds);
		if (layers[i].packed)
			json_object_set_new(object, "packed_bytes",
					    json_integer((json_int_t)layers[i].packed));
		json_array_append_new(timing->layers, object);
	}
	return code;
}

static int run_all(struct timing *timing, struct failure *failure)
{
	struct comparison *comparison = timing->comparison;
	struct lineup *lineup = &timing->lineup;
	int code = checked_all(comparison->servers, comparison->timeout, failure);

	if (code)
		return code;
	code = run_layers(timing, failure);
	if (code == 0)
		code = contest_run(&lineup->latency, comparison, failure);
	if (code == 0)
		code = contest_run(&lineup->throughput, comparison, failure);
	if (code == 0)
		code = contest_run(&lineup->payload, comparison, failure);
	if (code == 0)
		code = system_calls_run(&timing->system_calls, comparison, lineup->cpus[0],
					failure);
	if (code == 0)
		set_figures(timing);
	return code;
}

/* What no single command of `sidecall measure` can do is repeated by the whole part. */
static void set_commands(json_t *rows, json_t *command)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (!json_object_get(row, "command"))
			json_object_set(row, "command", command);
}

static json_t *part_of(const struct timing *timing)
{
	const struct lineup *lineup = &timing->lineup;
	json_t *command = comparison_command(timing->comparison, &part_time);

	set_commands(lineup->latency.rows, command);
	set_commands(timing->system_calls, command);
	return json_pack("{s:o,s:o,s:i,s:O,s:O,s:O,s:O,s:O,s:o,s:O*}", "command", command,
			 "prepare", lineup_prepare(), "rounds", ROUNDS_LEAST, "latency",
			 lineup->latency.rows, "percentiles", timing->percentiles, "throughput",
			 lineup->throughput.rows, "payload", lineup->payload.rows, "layers",
			 timing->layers, "ladder",
			 ladder_make(timing->layers, lineup->latency.rows), "system_calls",
			 timing->system_calls);
}

static json_t *run(struct comparison *comparison, struct failure *failure)
{
	struct timing *timing = calloc(1, sizeof(*timing));
	json_t *part = NULL;

	if (!timing) {
		failure_set(failure, FAILURE_SYSTEM, "out of memory");
		return NULL;
	}
	timing->comparison = comparison;
	timing->percentiles = json_array();
	timing->layers = json_array();
	if (!lineup_open(&timing->lineup, comparison->servers, comparison->timeout))
		failure_set(failure, FAILURE_SYSTEM, "an endpoint is missing, or memory");
	else {
		set_paces(&timing->lineup, comparison->quick);
		if (run_all(timing, failure) == 0)
			part = part_of(timing);
	}
	lineup_release(&timing->lineup);
	json_decref(timing->percentiles);
	json_decref(timing->layers);
	json_decref(timing->system_calls);
	free(timing);
	return part;
}

const struct part part_time = {
	.name = "time",
	.title = "Time: how long calls take, and what each layer adds",
	.run = run,
	.print = time_print,
	.write = time_write,
	.write_more = time_write_more,
	.more = "More: one CPU in figures, the slowest calls, layers, many calls at once, large "
		"arguments, system calls",
	.judge = time_judge,
};
