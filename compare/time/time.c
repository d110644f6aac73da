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
	struct schedule schedule;
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

static void set_paces(struct schedule *schedule, bool quick)
{
	set_pace(&schedule->latency, quick ? 8 : 100);
	set_pace(&schedule->throughput, quick ? 8 : 100);
	set_pace(&schedule->payload, quick ? 5 : 60);
}

/* ---- running them ---- */

/* Not of what is only a rung of the ladder. */
static void set_percentiles(struct timing *timing, const struct contestant *contestant)
{
	const json_t *object = contestant->object;

	if (contestant->baseline.many)
		return;
	json_array_append_new(timing->percentiles,
			      json_pack("{s:O,s:O,s:o}", KEY(endpoint),
					figure_get(object, &figures.endpoint), KEY(placement),
					figure_get(object, &figures.placement), KEY(points),
					contestant_percentiles(contestant)));
}

static void set_figures(struct timing *timing)
{
	const struct contest *latency = &timing->schedule.latency;
	const struct contest *throughput = &timing->schedule.throughput;
	const struct contest *payload = &timing->schedule.payload;

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
	const struct contest *like = &timing->schedule.latency;
	struct layer layers[LAYERS];
	int code;

	comparison_progress(timing->comparison, "layers");
	code = layers_run(layers, timing->schedule.cpus[0], like->rounds, like->duration / 5,
			  failure);
	for (int i = 0; code == 0 && i < LAYERS; i++) {
		json_t *object = json_pack("{s:s,s:s}", KEY(layer), layers[i].layer, KEY(what),
					   layers[i].what);

		timed_set_rounds(object, &figures.cost_ns, &layers[i].cost, like->rounds);
		if (layers[i].packed)
			figure_set(object, &figures.packed_bytes,
				   json_integer((json_int_t)layers[i].packed));
		json_array_append_new(timing->layers, object);
	}
	return code;
}

static int run_all(struct timing *timing, struct failure *failure)
{
	struct comparison *comparison = timing->comparison;
	struct schedule *schedule = &timing->schedule;
	int code = verify_all(comparison->servers, comparison->timeout, failure);

	if (code)
		return code;
	code = run_layers(timing, failure);
	if (code == 0)
		code = contest_run(&schedule->latency, comparison, failure);
	if (code == 0)
		code = contest_run(&schedule->throughput, comparison, failure);
	if (code == 0)
		code = contest_run(&schedule->payload, comparison, failure);
	if (code == 0)
		code = system_calls_run(&timing->system_calls, comparison, schedule->cpus[0],
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
		if (!figure_get(row, &figures.command))
			json_object_set(row, KEY(command), command);
}

static json_t *part_of(const struct timing *timing)
{
	const struct schedule *schedule = &timing->schedule;
	json_t *command = comparison_command(timing->comparison, &part_time);

	set_commands(schedule->latency.rows, command);
	set_commands(timing->system_calls, command);
	return json_pack("{s:o,s:o,s:i,s:O,s:O,s:O,s:O,s:O,s:o,s:O*}", KEY(command), command,
			 KEY(prepare), schedule_prepare(), KEY(rounds), ROUNDS_LEAST, KEY(latency),
			 schedule->latency.rows, KEY(percentiles), timing->percentiles,
			 KEY(throughput), schedule->throughput.rows, KEY(payload),
			 schedule->payload.rows, KEY(layers), timing->layers, KEY(ladder),
			 ladder_make(timing->layers, schedule->latency.rows), KEY(system_calls),
			 timing->system_calls);
}

static json_t *time_run(struct comparison *comparison, struct failure *failure)
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
	if (!schedule_open(&timing->schedule, comparison->servers, comparison->timeout))
		failure_set(failure, FAILURE_SYSTEM, "an endpoint is missing, or memory");
	else {
		set_paces(&timing->schedule, comparison->quick);
		if (run_all(timing, failure) == 0)
			part = part_of(timing);
	}
	schedule_release(&timing->schedule);
	json_decref(timing->percentiles);
	json_decref(timing->layers);
	json_decref(timing->system_calls);
	free(timing);
	return part;
}

const struct part part_time = {
	.figure = &figures.time,
	.title = "Time: how long calls take, and what each layer adds",
	.run = time_run,
	.print = time_print,
	.write = time_write,
	.write_more = time_write_more,
	.more = "More: one CPU in figures, the slowest calls, layers, many calls at once, large "
		"arguments, system calls",
	.judge = time_judge,
};
