/* What is timed against each other: contestants, each of which has a turn in every round. */
#include "client/compare/timed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const double percents[] = { 1, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99 };

struct contestant *contest_add(struct contest *contest, json_t *object)
{
	struct contestant **more = contest->contestants, *contestant;

	if (contest->count == contest->room) {
		contest->room = contest->room ? 2 * contest->room : 16;
		more = realloc(more, contest->room * sizeof(*more));
	}
	contestant = more ? calloc(1, sizeof(*contestant)) : NULL;
	if (more)
		contest->contestants = more;
	if (!contestant)
		return NULL;
	contestant->object = object;
	contestant->cpu_known = true;
	contest->contestants[contest->count++] = contestant;
	return contestant;
}

void contest_release(struct contest *contest)
{
	for (size_t i = 0; i < contest->count; i++)
		free(contest->contestants[i]);
	free(contest->contestants);
	*contest = (struct contest){ 0 };
}

/* ---- rounds ---- */

static void note(struct contestant *contestant, const struct load_result *result, int round)
{
	const struct histogram *latency = &result->latency;
	double calls = (double)latency->count;

	contestant->p50.value[round] = (double)histogram_quantile(latency, 0.5);
	contestant->p90.value[round] = (double)histogram_quantile(latency, 0.9);
	contestant->p99.value[round] = (double)histogram_quantile(latency, 0.99);
	contestant->per_second.value[round] = calls / ((double)result->elapsed / 1e9);
	contestant->client_cpu.value[round] = result->client_cpu / calls * 1e9;
	contestant->server_cpu.value[round] = result->server_cpu / calls * 1e9;
	contestant->cpu_known = contestant->cpu_known && result->server_cpu >= 0;
	histogram_merge(&contestant->latency, latency);
}

static int run_turn(struct contestant *contestant, int round, int64_t duration,
		    struct failure *failure)
{
	static struct load_result result; /* large, and there is one at a time */
	int code;

	contestant->load.duration = contestant->floor.duration = duration;
	code = contestant->load.procedure ? load_run(&contestant->load, &result, failure)
					  : floor_run(&contestant->floor, &result, failure);
	if (code == 0 && result.errors) {
		*failure = result.failure;
		code = failure->code;
	}
	if (code == 0 && !result.latency.count)
		code = failure_set(failure, FAILURE_TIMEOUT, "no call ended in its time");
	if (code == 0)
		note(contestant, &result, round);
	return code;
}

static const char *name_of(const struct contestant *contestant)
{
	const char *name = json_string_value(json_object_get(contestant->object, "endpoint"));

	return name ? name : "";
}

int contest_run(struct contest *contest, struct comparison *comparison, struct failure *failure)
{
	for (int round = 0; round < contest->rounds; round++) {
		for (size_t i = 0; i < contest->count; i++) {
			int code;

			if (comparison->stopped())
				return failure_set(failure, FAILURE_SYSTEM, "interrupted");
			comparison_progress(comparison, "round %d of %d: %s", round + 1,
					    contest->rounds, name_of(contest->contestants[i]));
			code = run_turn(contest->contestants[i], round, contest->duration, failure);
			if (code)
				return code;
		}
	}
	return 0;
}

/* ---- figures ---- */

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void set_number(json_t *object, const char *key, const char *ending, double value)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", key, ending);
	json_object_set_new(object, name, json_real(value));
}

void timed_set(json_t *object, const char *key, const struct timed_number *number, int rounds)
{
	struct timed_number sorted = *number;
	size_t n = (size_t)rounds;

	qsort(sorted.value, n, sizeof(sorted.value[0]), ascending);
	set_number(object, key, "", (sorted.value[(n - 1) / 2] + sorted.value[n / 2]) / 2);
	set_number(object, key, "_low", sorted.value[0]);
	set_number(object, key, "_high", sorted.value[n - 1]);
}

void contestant_set_latency(const struct contestant *contestant, int rounds)
{
	json_t *object = contestant->object;
	const struct histogram *latency = &contestant->latency;

	timed_set(object, "p50_ns", &contestant->p50, rounds);
	timed_set(object, "p90_ns", &contestant->p90, rounds);
	timed_set(object, "p99_ns", &contestant->p99, rounds);
	set_number(object, "p999_ns", "", (double)histogram_quantile(latency, 0.999));
	set_number(object, "most_ns", "", (double)latency->most);
	json_object_set_new(object, "calls", json_integer((json_int_t)latency->count));
	timed_set(object, "client_cpu_ns", &contestant->client_cpu, rounds);
	if (contestant->cpu_known)
		timed_set(object, "server_cpu_ns", &contestant->server_cpu, rounds);
}

void contestant_set_throughput(const struct contestant *contestant, int rounds)
{
	timed_set(contestant->object, "per_second", &contestant->per_second, rounds);
	timed_set(contestant->object, "client_cpu_ns", &contestant->client_cpu, rounds);
	if (contestant->cpu_known)
		timed_set(contestant->object, "server_cpu_ns", &contestant->server_cpu, rounds);
}

json_t *contestant_percentiles(const struct contestant *contestant)
{
	json_t *points = json_array();

	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		json_array_append_new(points,
				      json_pack("[f,f]", percents[i],
						(double)histogram_quantile(&contestant->latency,
									   percents[i] / 100)));
	return points;
}
