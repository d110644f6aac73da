/* The comparison's times: all rows, figures in order, nothing from a server that is wrong. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/compare/layers.h"
#include "client/compare/servers.h"
#include "client/compare/system_calls.h"
#include "client/compare/time.h"
#include "tests/calls.h"
#include "tests/harness.h"
#include "tests/liar.h"
#include "tests/observe.h"
#include "tests/process.h"

#define MAX_STEPS 1024

/* What the part under test said it does; and when it is told to stop. */
static struct {
	char steps[MAX_STEPS][96];
	int count;
	const char *stop_at; /* part of a step, or NULL */
	bool stopped;
} seen;

static bool is_stopped(void)
{
	return seen.stopped;
}

static void note_step(struct comparison *comparison, const char *what)
{
	(void)comparison;
	if (seen.count < MAX_STEPS)
		snprintf(seen.steps[seen.count++], sizeof(seen.steps[0]), "%s", what);
	seen.stopped = seen.stopped || (seen.stop_at && strstr(what, seen.stop_at));
}

static struct comparison comparison_of(struct servers *servers, const char *stop_at)
{
	memset(&seen, 0, sizeof(seen));
	seen.stop_at = stop_at;
	return (struct comparison){ .quick = true,
				    .timeout = 5 * SECOND,
				    .servers = servers,
				    .part = &part_time,
				    .stopped = is_stopped,
				    .progress = note_step };
}

/* ---- rows ---- */

static double number_of(const json_t *row, const char *key, const char *ending)
{
	char name[64];
	const json_t *value;

	snprintf(name, sizeof(name), "%s%s", key, ending);
	value = json_object_get(row, name);
	return json_is_number(value) ? json_number_value(value) : NAN;
}

/* 0 < low <= median <= high, all of them there. */
static void check_figure(const json_t *row, const char *array, const char *key)
{
	double low = number_of(row, key, "_low"), high = number_of(row, key, "_high");
	double median = number_of(row, key, "");

	CHECK_THAT(low > 0 && low <= median && median <= high, "%s, %s of %s: %g <= %g <= %g",
		   array, key, json_string_value(json_object_get(row, "endpoint")), low, median,
		   high);
}

/* So many rows, no two about the same, each with these figures and a command. */
static void check_rows(const json_t *part, const char *array, int expected,
		       const char *const keys[])
{
	const json_t *rows = json_object_get(part, array), *row;
	size_t i;

	CHECK_THAT((int)json_array_size(rows) == expected, "%s has %d rows, not %d", array,
		   (int)json_array_size(rows), expected);
	json_array_foreach (rows, i, row) {
		for (int j = 0; keys[j]; j++)
			check_figure(row, array, keys[j]);
		CU_ASSERT_TRUE(strcmp(array, "layers") == 0 ||
			       json_is_string(json_object_get(row, "command")));
	}
}

/* From percentile to percentile no call is faster. */
static void check_percentiles(const json_t *part)
{
	const json_t *row, *point;
	size_t i, j;

	json_array_foreach (json_object_get(part, "percentiles"), i, row) {
		double before = 0;

		CU_ASSERT_TRUE(json_array_size(json_object_get(row, "points")) > 10);
		json_array_foreach (json_object_get(row, "points"), j, point) {
			double now = json_number_value(json_array_get(point, 1));

			CU_ASSERT_TRUE(now > 0 && now >= before);
			before = now;
		}
	}
}

/* Each round has the same contestants in the same order, each once. */
static void check_turns(void)
{
	int first = 0, length = 0, before = 0, checked = 0;

	for (int i = 0; i < seen.count; i++) {
		int round, of, read = 0;

		if (sscanf(seen.steps[i], "round %d of %d: %n", &round, &of, &read) < 2 || !read)
			continue;
		if (round == 1 && before != 1)
			first = i;
		if (round == 2 && before == 1)
			length = i - first;
		before = round;
		if (round == 1)
			continue;
		CHECK_STR(seen.steps[i] + read, seen.steps[i - length] + read);
		checked++;
	}
	CU_ASSERT_TRUE(checked > 100);
}

/* The name stands in the row's text with its number: "sendto 1.00". */
static void check_calls(const json_t *part, const char *endpoint, const char *key,
			const char *expected)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "system_calls"), i, row)
		if (strcmp(json_string_value(json_object_get(row, "endpoint")), endpoint) == 0) {
			CHECK_STR(json_string_value(json_object_get(row, key)), expected);
			return;
		}
	CHECK_THAT(false, "no system calls of %s", endpoint);
}

static void check_system_calls(const json_t *part)
{
	static const char *const keys[] = { "client_system_calls", "server_system_calls", NULL };

	if (!json_object_get(part, "system_calls")) {
		harness_skip("tracing is not permitted here");
		return;
	}
	check_rows(part, "system_calls", 15, keys);
	check_calls(part, "raw+tcp", "client_calls", "sendto 1.00, recvfrom 1.00");
	check_calls(part, "rpc+pipe", "server_calls", "read 1.00, write 1.00, epoll_wait 1.00");
	check_calls(part, "tirpc+tcp", "client_calls",
		    "rt_sigprocmask 2.00, read 1.00, write 1.00, poll 1.00");
}

static void test_all_is_there(void)
{
	static const char *const times[] = { "p50_ns", "p90_ns", "p99_ns", NULL };
	static const char *const rates[] = { "per_second", NULL };
	static const char *const costs[] = { "cost_ns", NULL };
	int placements = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1;
	struct servers servers;
	struct failure failure = { 0 };
	struct comparison comparison = comparison_of(&servers, NULL);
	json_t *part;

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	part = part_time.run(&comparison, &failure);
	CHECK_THAT(part != NULL, "%s", failure.why);
	check_rows(part, "latency", placements * (15 + 6), times);
	check_rows(part, "throughput", 3 * 8, rates);
	check_rows(part, "payload", 4 * 6, times);
	check_rows(part, "layers", LAYERS, costs);
	CHECK_INT(json_array_size(json_object_get(part, "percentiles")), placements * (15 + 6));
	check_percentiles(part);
	check_system_calls(part);
	check_turns();
	json_decref(part);
	servers_close(&servers);
}

/* ---- a server that is wrong ---- */

/* The last endpoint's answers are wrong: nothing is timed at the others either. */
static void test_wrong_answers(void)
{
	struct servers servers;
	struct failure failure = { 0 };
	struct comparison comparison = comparison_of(&servers, NULL);
	json_t *rows;
	pid_t wrong;

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	wrong = liar_start(&servers.endpoints[servers.count - 1], 0, false);
	CU_ASSERT_PTR_NULL(part_time.run(&comparison, &failure));
	CHECK_INT(failure.code, FAILURE_BUG);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.why, "wrong (raw+udp)"));
	CHECK_INT(seen.count, 0);
	/* Where system calls are counted each answer is looked at. */
	if (system_calls_run(&rows, &comparison, -1, &failure) == 0)
		CU_ASSERT_PTR_NULL(rows); /* nobody may trace here */
	servers_close(&servers);
	liar_stop(wrong);
}

/* It is right when it is asked first, and wrong a single time, long after timing has begun. */
static void test_wrong_later(void)
{
	struct servers servers;
	struct failure failure = { 0 };
	struct comparison comparison = comparison_of(&servers, NULL);
	pid_t wrong;

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	wrong = liar_start(&servers.endpoints[0], 200, true);
	CU_ASSERT_PTR_NULL(part_time.run(&comparison, &failure));
	CHECK_INT(failure.code, FAILURE_BUG);
	CHECK_STR(failure.why, "divide is answered otherwise than before");
	servers_close(&servers);
	liar_stop(wrong);
}

/* ---- the user ends it ---- */

static void check_stopped_at(const char *step)
{
	struct servers servers;
	struct failure failure = { 0 };
	struct comparison comparison = comparison_of(&servers, step);

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	CU_ASSERT_PTR_NULL(part_time.run(&comparison, &failure));
	CHECK_STR(failure.why, "interrupted");
	CU_ASSERT_PTR_NOT_NULL(strstr(seen.steps[seen.count - 1], step));
	/* Nobody is left traced, or held: both end as soon as they are told. */
	servers_close(&servers);
	CHECK_INT(observe_child(getpid()), 0);
}

static void test_stopped(void)
{
	check_stopped_at("layers");
	check_stopped_at("round 1 of 3: rpc+unix");
}

/* Also where system calls are counted. */
static void test_stopped_counting(void)
{
	struct servers servers;
	struct failure failure = { 0 };
	struct comparison comparison = comparison_of(&servers, "system calls, round 2");
	json_t *rows = NULL;

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	if (system_calls_run(&rows, &comparison, -1, &failure) == 0) {
		CU_ASSERT_PTR_NULL(rows);
		harness_skip("tracing is not permitted here");
	} else {
		CHECK_STR(failure.why, "interrupted");
		CU_ASSERT_PTR_NOT_NULL(strstr(seen.steps[seen.count - 1], "round 2"));
	}
	servers_close(&servers);
	CHECK_INT(observe_child(getpid()), 0);
}

/* ---- layers ---- */

static double cost_of(const struct layer layers[LAYERS], const char *name)
{
	for (int i = 0; i < LAYERS; i++)
		if (strcmp(layers[i].layer, name) == 0)
			return layers[i].cost.value[0];
	return NAN;
}

/* Who computes something wrong gets no figures; and what contains another takes longer. */
static void test_layers(void)
{
	struct layer layers[LAYERS];
	struct failure failure = { 0 };

	CHECK_INT(layers_run(layers, 1, 20000000, &failure), 0);
	CU_ASSERT_TRUE(cost_of(layers, "function") > 0);
	CU_ASSERT_TRUE(cost_of(layers, "packing by hand") > cost_of(layers, "function"));
	CU_ASSERT_TRUE(cost_of(layers, "packing by XDR") > cost_of(layers, "function"));
	CU_ASSERT_TRUE(cost_of(layers, "raw stub") > cost_of(layers, "packing by hand"));
	CU_ASSERT_TRUE(cost_of(layers, "rpc stub") > cost_of(layers, "packing by XDR"));
}

static const struct test tests[] = {
	{ "all rows, and figures in their order", test_all_is_there },
	{ "a server that answers wrong gets no figures", test_wrong_answers },
	{ "nor one that is wrong later", test_wrong_later },
	{ "the user ends it", test_stopped },
	{ "the user ends it while system calls are counted", test_stopped_counting },
	{ "layers", test_layers },
	{ 0 },
};

int main(void)
{
	setenv("SIDECALLD", program_path("sidecalld"), 1);
	return harness_run("time", tests);
}
