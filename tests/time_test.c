/* The comparison's times: all rows, figures in order, nothing from a server that is wrong. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/time/layers.h"
#include "compare/lab/servers.h"
#include "compare/time/system_calls.h"
#include "compare/time/time.h"
#include "measure/process.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/wrong_server.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define MAX_STEPS 1024

/* What the part under test said it does; and when it is told to stop. */
static struct {
	struct step {
		char what[96];
		double ours_cpu, stock_cpu; /* of the servers until then, seconds */
	} steps[MAX_STEPS];
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
	const struct servers *servers = comparison->servers;
	struct step *step = &seen.steps[seen.count];

	if (seen.count < MAX_STEPS - 1)
		seen.count++;
	snprintf(step->what, sizeof(step->what), "%s", what);
	step->ours_cpu = process_cpu(servers->ours.pid);
	step->stock_cpu = process_cpu(servers->stock.pid);
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

/* 0 < low <= median <= high, all of them there.  (Of another process's CPU the kernel may not have
 * noticed any yet.) */
static void check_figure(const json_t *row, const char *array, const char *key)
{
	double low = number_of(row, key, "_low"), high = number_of(row, key, "_high");
	double median = number_of(row, key, "");
	bool may_be_none = strcmp(key, "server_cpu_ns") == 0;

	CHECK_THAT((low > 0 || (low == 0 && may_be_none)) && low <= median && median <= high,
		   "%s, %s of %s: %g <= %g <= %g", array, key,
		   json_string_value(json_object_get(row, "endpoint")), low, median, high);
}

/* What repeats a row says what it is about, and runs where the row says. */
static void check_command(const json_t *row)
{
	const char *command = json_string_value(json_object_get(row, "command"));
	const char *name = json_string_value(json_object_get(row, "endpoint"));
	const char *placement = json_string_value(json_object_get(row, "placement"));
	const char *pin = strstr(command, " --pin ");
	int cpus[2];

	if (strncmp(name, "bare ", 5) == 0 || !strstr(command, " measure ")) {
		CHECK_STR(command, "sidecall compare --only time --quick");
		return;
	}
	if (!placement)
		return;
	CU_ASSERT_PTR_NOT_NULL_FATAL(pin);
	if (strcmp(placement, PLACEMENT_ONE_CPU) == 0)
		CHECK_THAT(!strchr(pin, ','), "%s: %s", placement, command);
	else
		CHECK_THAT(sscanf(pin, " --pin %d,%d", &cpus[0], &cpus[1]) == 2 &&
				   cpus[0] != cpus[1],
			   "%s: %s", placement, command);
	CU_ASSERT_TRUE(strncmp(command + strlen("sidecall --via "), name, strcspn(name, " ")) == 0);
	CHECK_THAT(!strstr(name, "tirpc") == !strstr(command, ":7119") || strstr(name, "+unix"),
		   "%s: %s", name, command);
}

/* So many rows, each with these figures and a command. */
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
		if (strcmp(array, "layers") != 0)
			check_command(row);
	}
}

/* The row of latencies that is about the same; NULL when there is none. */
static const json_t *latency_of(const json_t *part, const json_t *percentiles)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "latency"), i, row)
		if (json_equal(json_object_get(row, "endpoint"),
			       json_object_get(percentiles, "endpoint")) &&
		    json_equal(json_object_get(row, "placement"),
			       json_object_get(percentiles, "placement")))
			return row;
	return NULL;
}

/* From percentile to percentile no call is faster, and ten calls lie on either side of each. */
static void check_percentiles(const json_t *part)
{
	const json_t *row, *point;
	size_t i, j;

	json_array_foreach (json_object_get(part, "percentiles"), i, row) {
		double calls = number_of(latency_of(part, row), "calls", ""), before = 0;

		CU_ASSERT_TRUE(json_array_size(json_object_get(row, "points")) >= 1);
		json_array_foreach (json_object_get(row, "points"), j, point) {
			double percent = json_number_value(json_array_get(point, 0));
			double now = json_number_value(json_array_get(point, 1));

			CU_ASSERT_TRUE(now > 0 && now >= before);
			CU_ASSERT_TRUE(percent == 50 ||
				       calls * fmin(percent, 100 - percent) / 100 > 9.4);
			before = now;
		}
	}
}

/* In which order the contestants of a round came: numbers of names, as they were first met. */
struct turn_order {
	int turns[MAX_STEPS], count;
};

/* Whether each has a turn in both rounds, once. */
static bool are_the_same(const struct turn_order *one, const struct turn_order *other)
{
	int balance[MAX_STEPS] = { 0 };
	bool same = one->count == other->count;

	for (int i = 0; same && i < one->count; i++) {
		balance[one->turns[i]]++;
		balance[other->turns[i]]--;
	}
	for (int i = 0; same && i < MAX_STEPS; i++)
		same = balance[i] == 0;
	return same;
}

static int number_of_name(const char *name, const char *names[MAX_STEPS])
{
	int i = 0;

	while (names[i] && strcmp(names[i], name) != 0)
		i++;
	names[i] = name;
	return i;
}

/* Each round has the same contestants, each once, and in another order. */
static void check_turns(void)
{
	static struct turn_order rounds[2];
	static const char *names[MAX_STEPS];
	int before = 0, checked = 0;

	for (int i = 0; i < seen.count; i++) {
		struct turn_order *order;
		int round = 0, of, read = 0;

		sscanf(seen.steps[i].what, "round %d of %d: %n", &round, &of, &read);
		if (round != before && before > 1) {
			CU_ASSERT_TRUE(are_the_same(&rounds[0], &rounds[1]));
			CU_ASSERT_TRUE(memcmp(&rounds[0], &rounds[1], sizeof(rounds[0])) != 0);
			checked++;
		}
		if (round != before && round > 0)
			rounds[round > 1].count = 0;
		before = round;
		order = &rounds[round > 1];
		if (round > 0)
			order->turns[order->count++] = number_of_name(seen.steps[i].what + read,
								      names);
	}
	CU_ASSERT_TRUE(checked >= 3);
}

/* CPU that the two servers used in all turns whose name has one text and not the other. */
static void sum_cpu(const char *with, const char *without, double *ours, double *stock)
{
	*ours = *stock = 0;
	for (int i = 0; i + 1 < seen.count; i++) {
		const struct step *step = &seen.steps[i];

		if (strncmp(step->what, "round ", 6) != 0 || !strstr(step->what, with) ||
		    strstr(step->what, without))
			continue;
		*ours += step[1].ours_cpu - step->ours_cpu;
		*stock += step[1].stock_cpu - step->stock_cpu;
	}
}

/* The server that is called has worked, and the other one less. */
static void check_servers(void)
{
	static const struct {
		const char *with, *without;
		bool stock;
	} turns[] = {
		{ "tirpc+tcp", "libtirpc", true },       { ": rpc+tcp, one", "libtirpc", false },
		{ ": rpc+tcp, two", "libtirpc", false }, { ": raw+tcp", "libtirpc", false },
		{ "to libtirpc, one", "bare", true },    { "to libtirpc, two", "bare", true },
	};

	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		double ours, stock;

		sum_cpu(turns[i].with, turns[i].without, &ours, &stock);
		if (strstr(turns[i].with, "two") && ours + stock == 0)
			continue; /* there is one CPU */
		CHECK_THAT(turns[i].stock ? stock > ours : ours > stock,
			   "%s: %g s by libtirpc's server, %g s by ours", turns[i].with, stock,
			   ours);
	}
}

/* Each size is what is sent indeed, and each load what it says. */
static void check_payloads(const json_t *part)
{
	static const double sizes[] = { 16, 256, 1440, 4096, 32768 };
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "payload"), i, row) {
		double size = number_of(row, "argument_size", "");
		double sent = number_of(row, "sent_bytes", "_low");

		CHECK_THAT(size == sizes[i / 6 % 5] && sent > size && sent < size + 160, "%g of %g",
			   sent, size);
		CHECK_THAT(number_of(row, "sent_bytes", "_high") == sent, "%g again", sent);
	}
}

static void check_loads(const json_t *part)
{
	static const int loads[][2] = { { 1, 1 }, { 4, 1 },  { 16, 1 }, { 64, 1 },
					{ 1, 4 }, { 1, 16 }, { 1, 64 }, { 16, 16 } };
	const json_t *rows = json_object_get(part, "throughput"), *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		const char *command = json_string_value(json_object_get(row, "command"));
		double connections = number_of(row, "connections", "");
		double depth = number_of(row, "depth", "");
		char expected[64];

		CHECK_INT(connections, loads[i / 3 % 8][0]);
		CHECK_INT(depth, loads[i / 3 % 8][1]);
		snprintf(expected, sizeof(expected), " --connections %d --depth %d ",
			 loads[i / 3 % 8][0], loads[i / 3 % 8][1]);
		CU_ASSERT_PTR_NOT_NULL(strstr(command, expected));
	}
}

/* The figure behind each name is at most that before it. */
static bool is_in_order(const char *calls)
{
	double before = INFINITY;

	for (const char *end = calls; *end; end += strspn(end, ", ")) {
		double times;

		end += strcspn(end, ",");
		times = strtod((const char *)memrchr(calls, ' ', (size_t)(end - calls)), NULL);
		if (times > before)
			return false;
		before = times;
	}
	return true;
}

/* "read 1.00, write 1.00" has these, the most frequent first.  A slow machine has a call do more
 * now and then, as to renew a limit of its time. */
static void check_calls(const json_t *part, const char *endpoint, const char *key,
			const char *const expected[])
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "system_calls"), i, row) {
		const char *calls = json_string_value(json_object_get(row, key));

		if (strcmp(json_string_value(json_object_get(row, "endpoint")), endpoint) != 0)
			continue;
		for (int j = 0; expected[j]; j++)
			CHECK_THAT(strstr(calls, expected[j]) != NULL, "no %s in %s", expected[j],
				   calls);
		CHECK_THAT(is_in_order(calls), "%s is in no order", calls);
		return;
	}
	CHECK_THAT(false, "no system calls of %s", endpoint);
}

/* How many there are in all: a slow machine has other threads do something meanwhile. */
static void check_count(const json_t *part, const char *endpoint, const char *key, double expected)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "system_calls"), i, row)
		if (strcmp(json_string_value(json_object_get(row, "endpoint")), endpoint) == 0)
			CHECK_THAT(number_of(row, key, "") > expected - 0.1 &&
					   number_of(row, key, "") < expected + 0.9,
				   "%s of %s: %g", key, endpoint, number_of(row, key, ""));
}

static void check_system_calls(const json_t *part)
{
	static const char *const keys[] = { "client_system_calls", "server_system_calls", NULL };
	static const char *const of_raw[] = { "sendto 1.0", "recvfrom 1.0", NULL };
	static const char *const of_pipe[] = { "read 1.0", "write 1.0", "epoll_wait 1.0", NULL };
	static const char *const of_tirpc[] = { "rt_sigprocmask 2.", "read 1.0", "write 1.0",
						"poll 1.0", NULL };

	if (!json_object_get(part, "system_calls")) {
		harness_skip("tracing is not permitted here");
		return;
	}
	check_rows(part, "system_calls", 15, keys);
	check_calls(part, "raw+tcp", "client_calls", of_raw);
	check_count(part, "raw+tcp", "client_system_calls", 2);
	check_count(part, "rpc+pipe", "server_system_calls", 3);
	check_calls(part, "rpc+pipe", "server_calls", of_pipe);
	check_calls(part, "tirpc+tcp", "client_calls", of_tirpc);
	check_count(part, "tirpc+tcp", "client_system_calls", 5);
}

static void test_all_is_there(void)
{
	static const char *const times[] = { "p50_ns", "client_cpu_ns", "server_cpu_ns", NULL };
	static const char *const rates[] = { "per_second", "p50_ns", NULL };
	static const char *const costs[] = { "cost_ns", NULL };
	int placements = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1;
	struct servers servers;
	struct failure failure = { 0 };
	struct comparison comparison = comparison_of(&servers, NULL);
	json_t *part;

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	part = part_time.run(&comparison, &failure);
	CHECK_THAT(part != NULL, "%s", failure.why);
	check_rows(part, "latency", placements * (15 + 7), times);
	check_rows(part, "throughput", placements * 3 * 8, rates);
	check_rows(part, "payload", 5 * 6, times);
	check_rows(part, "layers", LAYERS, costs);
	CHECK_INT(json_array_size(json_object_get(part, "percentiles")), placements * (15 + 6));
	check_percentiles(part);
	check_payloads(part);
	check_loads(part);
	check_servers();
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
	wrong = wrong_server_start(&servers.endpoints[servers.count - 1], 0, false);
	CU_ASSERT_PTR_NULL(part_time.run(&comparison, &failure));
	CHECK_INT(failure.code, FAILURE_BUG);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.why, "wrong (raw+udp)"));
	CHECK_INT(seen.count, 0);
	/* Where system calls are counted each answer is looked at. */
	if (system_calls_run(&rows, &comparison, -1, &failure) == 0)
		CU_ASSERT_PTR_NULL(rows); /* nobody may trace here */
	servers_close(&servers);
	wrong_server_stop(wrong);
}

/* It is right when it is asked first, and wrong a single time, long after timing has begun. */
static void test_wrong_later(void)
{
	struct servers servers;
	struct failure failure = { 0 };
	struct comparison comparison = comparison_of(&servers, NULL);
	pid_t wrong;

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	wrong = wrong_server_start(&servers.endpoints[0], 200, true);
	CU_ASSERT_PTR_NULL(part_time.run(&comparison, &failure));
	CHECK_INT(failure.code, FAILURE_BUG);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.why, "otherwise than before (raw+udp, "));
	servers_close(&servers);
	wrong_server_stop(wrong);
}

/* ---- CPU time ---- */

/* A server's CPU is what the kernel says that it used while it was called. */
static void test_server_cpu(void)
{
	struct servers servers;
	struct failure failure = { 0 };
	struct comparison comparison = comparison_of(&servers, NULL);
	const json_t *row;
	struct schedule schedule;
	double used, told;
	size_t count;

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	CU_ASSERT_TRUE(schedule_open(&schedule, &servers, HARNESS_PATIENCE * SECOND));
	schedule.latency.rounds = 1;
	schedule.latency.duration = SECOND / 2;
	count = schedule.latency.count;
	schedule.latency.count = 1; /* rpc+tcp */
	used = process_cpu(servers.ours.pid);
	CHECK_INT(contest_run(&schedule.latency, &comparison, &failure), 0);
	used = process_cpu(servers.ours.pid) - used;
	contestant_set_latency(schedule.latency.contestants[0], 1);
	row = json_array_get(schedule.latency.rows, 0);
	told = number_of(row, "server_cpu_ns", "") * number_of(row, "calls", "") / 1e9;
	/* The rest is what the server did for warming up. */
	CHECK_THAT(told > 0.1 * used && told <= used, "%g s of %g s", told, used);
	schedule.latency.count = count;
	schedule_release(&schedule);
	servers_close(&servers);
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
	CU_ASSERT_PTR_NOT_NULL(strstr(seen.steps[seen.count - 1].what, step));
	/* Nobody is left traced, or held: both end as soon as they are told. */
	servers_close(&servers);
	CHECK_INT(observe_child(getpid()), 0);
}

static void test_stopped(void)
{
	check_stopped_at("layers");
	check_stopped_at("round 1 of 7: rpc+unix");
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
		CU_ASSERT_PTR_NOT_NULL(strstr(seen.steps[seen.count - 1].what, "round 2"));
	}
	servers_close(&servers);
	CHECK_INT(observe_child(getpid()), 0);
}

/* ---- layers ---- */

/* Who computes something wrong gets no figures. */
static void test_layers(void)
{
	static const struct {
		const char *layer;
		int packed; /* bytes: 16 + 10 by hand, 16 + 12 by XDR; and headers */
	} sizes[LAYERS] = { { "function", 0 },
			    { "packing by hand", 26 },
			    { "packing by XDR", 28 },
			    { "raw stub", 8 + 16 + 8 + 10 },
			    { "rpc stub", 40 + 16 + 24 + 12 } };
	struct layer layers[LAYERS];
	struct failure failure = { 0 };

	CHECK_INT(layers_run(layers, -1, 1, 20000000, &failure), 0);
	for (int i = 0; i < LAYERS; i++) {
		CHECK_STR(layers[i].layer, sizes[i].layer);
		CHECK_INT(layers[i].packed, sizes[i].packed);
	}
	/* A round has enough batches, however late it is already. */
	CHECK_INT(layers_run(layers, -1, 1, 0, &failure), 0);
	for (int i = 0; i < LAYERS; i++)
		CU_ASSERT_TRUE(layers[i].cost.value[0] > 0);
}

static const struct test tests[] = {
	{ "all rows, and figures in their order", test_all_is_there },
	{ "a server that answers wrong gets no figures", test_wrong_answers },
	{ "nor one that is wrong later", test_wrong_later },
	{ "the server's CPU time", test_server_cpu },
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
