/* What is timed against each other: contestants, each of which has a turn in every round. */
#include "compare/time/timed.h"

#include <stdlib.h>
#include <string.h>

#include "measure/spread.h"

static const double percents[] = { 1, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99 };

/* A turn in which no call ended, for others keep the machine busy, is had again: so often. */
#define MOST_TRIES 5

/* Fewer calls than that above a percentile, and it says where these few were by chance. */
#define LEAST_BEYOND 10

void contest_init(struct contest *contest)
{
	*contest = (struct contest){ .rows = json_array() };
}

void contest_release(struct contest *contest)
{
	for (size_t i = 0; i < contest->count; i++)
		free(contest->contestants[i]);
	free(contest->contestants);
	json_decref(contest->rows);
	*contest = (struct contest){ 0 };
}

struct contestant *contest_add(struct contest *contest, json_t *object)
{
	struct contestant **more = contest->contestants, *contestant;

	json_array_append_new(contest->rows, object);
	if (contest->count == contest->room) {
		contest->room = contest->room ? 2 * contest->room : 16;
		more = realloc(more, contest->room * sizeof(struct contestant *));
	}
	contestant = more ? calloc(1, sizeof(*contestant)) : NULL;
	if (more)
		contest->contestants = more;
	if (!contestant)
		return NULL;
	contestant->object = object;
	contestant->cpu_known = true;
	contestant->fewest = UINT64_MAX;
	contest->contestants[contest->count++] = contestant;
	return contestant;
}

/* ---- a turn ---- */

static void note_turn(struct contestant *contestant, const struct load_result *result, int round)
{
	const struct histogram *latency = &result->latency;
	double calls = (double)latency->count;

	contestant->p50.value[round] = (double)histogram_quantile(latency, 0.5);
	contestant->p90.value[round] = (double)histogram_quantile(latency, 0.9);
	contestant->p99.value[round] = (double)histogram_quantile(latency, 0.99);
	contestant->p999.value[round] = (double)histogram_quantile(latency, 0.999);
	contestant->per_second.value[round] = calls / ((double)result->elapsed / 1e9);
	contestant->client_cpu.value[round] = result->client_cpu / calls * 1e9;
	contestant->server_cpu.value[round] = result->server_cpu / calls * 1e9;
	contestant->sent.value[round] = (double)result->sent / calls;
	contestant->received.value[round] = (double)result->received / calls;
	contestant->cpu_known = contestant->cpu_known && result->server_cpu >= 0;
	if (latency->count < contestant->fewest)
		contestant->fewest = latency->count;
	histogram_merge(&contestant->latency, latency);
}

static int measure_turn(struct contestant *contestant, const struct contest *contest,
			struct comparison *comparison, struct load_result *result,
			struct failure *failure)
{
	struct baseline *baseline = &contestant->baseline;
	struct load *load = &contestant->load;

	load->duration = baseline->duration = contest->duration;
	load->warmup = baseline->warmup = contest->duration / 10;
	baseline->timeout = comparison->timeout;
	baseline->stopped = comparison->stopped;
	for (int i = 0; i < MOST_TRIES; i++) {
		int code = load->procedure ? load_run(load, result, failure)
					   : baseline_run(baseline, result, failure);

		if (code || result->errors || result->latency.count)
			return code;
	}
	return 0;
}

static int run_turn(struct contestant *contestant, const struct contest *contest, int round,
		    struct comparison *comparison, struct failure *failure)
{
	static struct load_result result; /* large, and there is one at a time */
	int code;

	if (comparison->stopped())
		return failure_set(failure, FAILURE_SYSTEM, "interrupted");
	comparison_progress(comparison, "round %d of %d: %s, %s", round + 1, contest->rounds,
			    figure_text(contestant->object, &figures.endpoint),
			    figure_text(contestant->object, &figures.placement));
	code = measure_turn(contestant, contest, comparison, &result, failure);
	if (code == 0 && result.errors) {
		*failure = result.failure;
		code = failure->code;
	}
	if (code == 0 && !result.latency.count)
		code = failure_set(failure, FAILURE_TIMEOUT, "no call ended in its time");
	if (code == 0)
		note_turn(contestant, &result, round);
	else if (!comparison->stopped())
		failure_append(failure, " (%s, %s)",
			       figure_text(contestant->object, &figures.endpoint),
			       figure_text(contestant->object, &figures.placement));
	return code;
}

/* ---- rounds ---- */

/* Another order in each round (Fisher and Yates, with Knuth's congruences). */
static void shuffle_contestants(struct contestant **order, size_t count, uint64_t *random)
{
	for (size_t i = count; i > 1; i--) {
		struct contestant *last = order[i - 1];
		size_t other;

		*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		other = (size_t)(*random >> 33) % i;
		order[i - 1] = order[other];
		order[other] = last;
	}
}

int contest_run(struct contest *contest, struct comparison *comparison, struct failure *failure)
{
	struct contestant **order = calloc(contest->count, sizeof(struct contestant *));
	uint64_t random = 1;
	int code = 0;

	if (!order)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	memcpy(order, contest->contestants, contest->count * sizeof(struct contestant *));
	for (int round = 0; round < contest->rounds && code == 0; round++) {
		shuffle_contestants(order, contest->count, &random);
		for (size_t i = 0; i < contest->count && code == 0; i++)
			code = run_turn(order[i], contest, round, comparison, failure);
	}
	free(order);
	return code;
}

/* ---- figures ---- */

static void set_bound(json_t *object, const struct figure *figure, enum bound bound, double value)
{
	char key[FIGURE_KEY];

	json_object_set_new(object, figure_key(figure, bound, key), json_real(value));
}

void timed_set(json_t *object, const struct figure *figure, const struct timed_number *number,
	       int rounds)
{
	struct timed_number sorted = *number;
	const struct spread spread = spread_of(sorted.value, (size_t)rounds);

	set_bound(object, figure, BOUND_NONE, spread.median);
	set_bound(object, figure, BOUND_LOW, spread.least);
	set_bound(object, figure, BOUND_HIGH, spread.most);
}

void timed_set_rounds(json_t *object, const struct figure *figure,
		      const struct timed_number *number, int rounds)
{
	json_t *list = json_array();
	char key[FIGURE_KEY];

	timed_set(object, figure, number, rounds);
	for (int i = 0; i < rounds; i++)
		json_array_append_new(list, json_real(number->value[i]));
	json_object_set_new(object, figure_key(figure, BOUND_ROUNDS, key), list);
}

/* A percentile, of which this share of the calls lies above. */
static void set_tail(const struct contestant *contestant, const struct figure *figure,
		     const struct timed_number *number, double above, int rounds)
{
	if ((double)contestant->fewest * above >= LEAST_BEYOND)
		timed_set(contestant->object, figure, number, rounds);
}

static void set_cpu(const struct contestant *contestant, int rounds)
{
	timed_set(contestant->object, &figures.client_cpu_ns, &contestant->client_cpu, rounds);
	if (contestant->cpu_known)
		timed_set(contestant->object, &figures.server_cpu_ns, &contestant->server_cpu,
			  rounds);
}

void contestant_set_latency(const struct contestant *contestant, int rounds)
{
	json_t *object = contestant->object;
	const struct histogram *latency = &contestant->latency;

	timed_set_rounds(object, &figures.p50_ns, &contestant->p50, rounds);
	set_tail(contestant, &figures.p90_ns, &contestant->p90, 0.1, rounds);
	set_tail(contestant, &figures.p99_ns, &contestant->p99, 0.01, rounds);
	set_tail(contestant, &figures.p999_ns, &contestant->p999, 0.001, rounds);
	figure_set(object, &figures.most_ns, json_real((double)latency->most));
	figure_set(object, &figures.calls, json_integer((json_int_t)latency->count));
	set_cpu(contestant, rounds);
}

void contestant_set_throughput(const struct contestant *contestant, int rounds)
{
	timed_set_rounds(contestant->object, &figures.per_second, &contestant->per_second, rounds);
	timed_set_rounds(contestant->object, &figures.p50_ns, &contestant->p50, rounds);
	set_tail(contestant, &figures.p99_ns, &contestant->p99, 0.01, rounds);
	set_cpu(contestant, rounds);
}

void contestant_set_payload(const struct contestant *contestant, int rounds)
{
	contestant_set_latency(contestant, rounds);
	timed_set(contestant->object, &figures.sent_bytes, &contestant->sent, rounds);
	timed_set(contestant->object, &figures.received_bytes, &contestant->received, rounds);
}

/* Whether enough calls lie on either side of a percentile; of any calls there is a median. */
static bool is_seen(const struct histogram *latency, double percent)
{
	double side = percent < 50 ? percent : 100 - percent;

	return side == 50 || (double)latency->count * side / 100 > LEAST_BEYOND - 0.5;
}

json_t *contestant_percentiles(const struct contestant *contestant)
{
	const struct histogram *latency = &contestant->latency;
	json_t *points = json_array();

	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		if (is_seen(latency, percents[i]))
			json_array_append_new(
				points,
				json_pack("[f,f]", percents[i],
					  (double)histogram_quantile(latency, percents[i] / 100)));
	return points;
}
