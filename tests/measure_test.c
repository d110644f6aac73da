/* sidecall measure: its arithmetic, its loads on every endpoint, and what it sees of a server that
 * stands still. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "common/duration.h"
#include "measure/baseline.h"
#include "measure/load.h"
#include "measure/schedule.h"
#include "tests/kit/busy_server.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/wrong_server.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATIENCE     (HARNESS_PATIENCE * SECOND)

/* ---- the histogram ---- */

/* What a histogram with these two values says of the lower one: the second keeps the exact extremes
 * out of the way. */
static int64_t read_back(int64_t value)
{
	static struct histogram histogram;

	memset(&histogram, 0, sizeof(histogram));
	histogram_add(&histogram, 0);
	histogram_add(&histogram, value);
	histogram_add(&histogram, HISTOGRAM_LARGEST);
	return histogram_quantile(&histogram, 0.5);
}

/* Never below what was put in, and at most 1/128 above; exact where values are small. */
static void test_error(void)
{
	unsigned int wrong = 0;

	for (int64_t value = 0; value < 256; value++)
		CHECK_INT(read_back(value), value);
	for (int bits = 8; bits <= 42; bits++)
		for (int64_t i = -200; i < 3000; i++) {
			int64_t value = (INT64_C(1) << bits) +
					i * ((INT64_C(1) << bits) / 2999 + 1);
			int64_t read;

			if (value < 0 || value > HISTOGRAM_LARGEST)
				continue;
			read = read_back(value);
			wrong += read < value || read - value > value / 128;
		}
	CHECK_INT(wrong, 0);
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The smallest of the sorted values that so many parts of 10,000 do not exceed. */
static int64_t expected_quantile(const int64_t *sorted, size_t count, size_t parts)
{
	size_t rank = (parts * count + 9999) / 10000;

	return sorted[rank ? rank - 1 : 0];
}

static void check_quantiles(size_t count)
{
	static const size_t parts[] = { 0, 1, 100, 2500, 5000, 9000, 9900, 9990, 9999, 10000 };
	static struct histogram histogram;
	int64_t *values = calloc(count, sizeof(*values));
	uint64_t random = 7;

	memset(&histogram, 0, sizeof(histogram));
	for (size_t i = 0; i < count; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		values[i] = (int64_t)(random >> 22) >> (random >> 32) % 40; /* of all sizes */
		histogram_add(&histogram, values[i]);
	}
	qsort(values, count, sizeof(*values), by_value);
	for (size_t i = 0; i < COUNT(parts); i++) {
		int64_t expected = expected_quantile(values, count, parts[i]);
		int64_t actual = histogram_quantile(&histogram, (double)parts[i] / 100 / 100);

		CU_ASSERT(actual >= expected && actual - expected <= expected / 128);
	}
	CHECK_INT(histogram.least, values[0]);
	CHECK_INT(histogram.most, values[count - 1]);
	CHECK_INT(histogram_quantile(&histogram, 0), values[0]);
	CHECK_INT(histogram_quantile(&histogram, 1), values[count - 1]);
	free(values);
}

static void test_quantiles(void)
{
	static const size_t counts[] = { 1, 2, 3, 10, 999, 1000, 1001, 2000, 10000, 123457 };
	static struct histogram none;

	CHECK_INT(histogram_quantile(&none, 0.5), 0);
	for (size_t i = 0; i < COUNT(counts); i++)
		check_quantiles(counts[i]);
}

static void test_extremes(void)
{
	static struct histogram histogram;

	histogram_add(&histogram, -5); /* a clock that went back would be no reason to crash */
	CHECK_INT(histogram.least, 0);
	histogram_add(&histogram, INT64_MAX);
	CHECK_INT(histogram.most, HISTOGRAM_LARGEST);
	CHECK_INT(histogram_quantile(&histogram, 0.5), 0);
	CHECK_INT(histogram_quantile(&histogram, 0.51), HISTOGRAM_LARGEST);
	CHECK_INT(histogram.count, 2);
}

/* Rounds make one histogram, whatever their order; one that is empty changes nothing. */
static void test_merged(void)
{
	static const int64_t values[3][2] = { { 30, 40 }, { 10, 50 }, { 20, 60 } };
	static const int64_t least[] = { 30, 10, 10 }, most[] = { 40, 50, 60 };
	static struct histogram all, rounds[3], none;

	for (int i = 0; i < 3; i++) {
		histogram_add(&rounds[i], values[i][0]);
		histogram_add(&rounds[i], values[i][1]);
		histogram_merge(&all, &none);
		histogram_merge(&all, &rounds[i]);
		histogram_merge(&all, &none);
		CHECK_INT(all.least, least[i]);
		CHECK_INT(all.most, most[i]);
		CHECK_INT(all.count, 2 * (i + 1));
	}
	CHECK_INT(all.sum, 210);
	CHECK_INT(histogram_quantile(&all, 0.5), 30);
	CHECK_INT(histogram_quantile(&all, 0.51), 40);
	CHECK_INT(histogram_quantile(&all, 0), 10);
	CHECK_INT(histogram_quantile(&all, 1), 60);
}

/* 999 of 1000 are quick, and then p99.9 is quick. */
static void test_one_in_a_thousand(void)
{
	static struct histogram histogram;

	for (int i = 0; i < 999; i++)
		histogram_add(&histogram, 10);
	histogram_add(&histogram, 100);
	CHECK_INT(histogram_quantile(&histogram, 99.9 / 100), 10);
	CHECK_INT(histogram_quantile(&histogram, 99.91 / 100), 100);
}

/* ---- the schedule ---- */

static void test_schedule(void)
{
	static const struct {
		struct schedule schedule;
		int64_t now, due;
	} cases[] = {
		/* a closed loop: now, up to the number or the end */
		{ { 100, 200, 0, 2, 0, 1000 }, 150, 150 },
		{ { 100, 200, 1, 2, 0, 1000 }, 150, 150 },
		{ { 100, 200, 2, 2, 0, 1000 }, 150, SCHEDULE_NEVER },
		{ { 100, 200, 0, 2, 0, 1000 }, 199, 199 },
		{ { 100, 200, 0, 2, 0, 1000 }, 200, SCHEDULE_NEVER },
		/* an open one: by the clock, however late it is */
		{ { 100, 200, 0, 99, 10, 1000 }, 100, 100 },
		{ { 100, 200, 1, 99, 10, 1000 }, 100, 110 },
		{ { 100, 200, 1, 99, 10, 1000 }, 999, 110 },
		{ { 100, 200, 9, 99, 10, 1000 }, 999, 190 },
		{ { 100, 200, 9, 99, 10, 1000 }, 1000, SCHEDULE_NEVER },
		{ { 100, 200, 10, 99, 10, 1000 }, 100, SCHEDULE_NEVER },
		{ { 100, 200, 5, 5, 10, 1000 }, 100, SCHEDULE_NEVER },
		{ { 100, 200, 3, 99, 2.5, 1000 }, 100, 107 },
		{ { 100, 200, 1, 99, 1e30, 1000 }, 100, SCHEDULE_NEVER },
		{ { 100, INT64_MAX, 1, 99, 1e30, INT64_MAX }, 100, SCHEDULE_NEVER },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_INT(schedule_due(&cases[i].schedule, cases[i].now), cases[i].due);
}

/* What was due and is not made any more is known, and nothing is invented. */
static void test_missed(void)
{
	static const struct {
		struct schedule schedule;
		uint64_t missed;
	} cases[] = {
		{ { 100, 200, 0, 99, 10, 300 }, 10 }, /* at 100, 110, ... 190 */
		{ { 100, 201, 0, 99, 10, 300 }, 11 },
		{ { 100, 200, 7, 99, 10, 300 }, 3 },
		{ { 100, 200, 10, 99, 10, 300 }, 0 },
		{ { 100, 200, 2, 5, 10, 300 }, 3 },
		{ { 100, 200, 5, 5, 10, 300 }, 0 },
		{ { 100, INT64_MAX, 2, 5, 10, INT64_MAX }, 3 },
		{ { 100, 200, 0, 99, 0, 300 }, 0 }, /* a closed loop */
		{ { 0, 1000000000, 3, 99, 1e9 / 3, 1000000001 }, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_INT(schedule_missed(&cases[i].schedule), cases[i].missed);
}

/* ---- the program, on every endpoint ---- */

#define MOST_WORDS 12

static struct outcome measure(const char *via, const char *const words[])
{
	const char *argv[MOST_WORDS + 8] = { program_path("sidecall"), "--json", "--via", via,
					     "measure" };

	for (int i = 0; i < MOST_WORDS && words[i]; i++)
		argv[5 + i] = words[i];
	return process_run(argv, NULL);
}

static double number_of(const json_t *object, const char *key)
{
	const json_t *number = json_object_get(object, key);

	if (!json_is_number(number))
		CHECK_STR(key, "a key with a number");
	return json_number_value(number);
}

/* What has to hold of any result without errors. */
static void check_result(const json_t *result, const char *via, uint64_t calls)
{
	const json_t *latency = json_object_get(result, "latency_ns");
	const json_t *percentiles = json_object_get(latency, "percentiles"), *pair;
	double last = number_of(latency, "least");
	size_t i;

	CHECK_STR(json_string_value(json_object_get(result, "endpoint")), via);
	CHECK_INT(number_of(result, "calls"), calls);
	CHECK_INT(number_of(result, "errors"), 0);
	CU_ASSERT(number_of(result, "elapsed_ns") > 0);
	CU_ASSERT(number_of(result, "calls_per_second") > 0);
	CU_ASSERT(number_of(result, "client_cpu_ns") > 0);
	/* It is known, wherever it is; what ran for less than a tick may not show. */
	CU_ASSERT(number_of(result, "server_cpu_ns") >= 0);
	CU_ASSERT(number_of(latency, "mean") >= last);
	CU_ASSERT(json_array_size(percentiles) > 10);
	json_array_foreach (percentiles, i, pair) {
		double value = json_number_value(json_array_get(pair, 1));

		CU_ASSERT(value >= last);
		last = value;
	}
	CU_ASSERT(last == number_of(latency, "most"));
	if (strncmp(via, "tirpc", 5) != 0)
		CU_ASSERT(number_of(result, "sent_bytes") > number_of(result, "calls") * 20);
}

/* What the register holds. */
static int64_t register_of(const char *via, const char *name)
{
	struct endpoint endpoint = call_endpoint(via);
	calc_accumulation nothing = { (char *)name, 0 };
	union procedure_result result;

	CHECK_INT(call_once(&endpoint, PATIENCE, "accumulate", &nothing, &result), 0);
	return result.number.calc_result_u.value;
}

/* So many calls are executed, and the one that is made before. */
static void check_load(const char *via, const char *connections, const char *depth)
{
	const char *const words[] = { "--calls",     "300",        "--connections",
				      connections,   "--depth",    depth,
				      "--procedure", "accumulate", "tally",
				      "1",           NULL };
	bool is_pipe = strstr(via, "+pipe") != NULL;
	int64_t before = is_pipe ? 0 : register_of(via, "tally");
	struct outcome outcome = measure(via, words);
	json_t *result = json_loads(outcome.out, 0, NULL);
	unsigned int failures = CU_get_number_of_failures();

	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	check_result(result, via, 300);
	if (!is_pipe) /* whose server has gone */
		CHECK_INT(register_of(via, "tally") - before, 301);
	if (CU_get_number_of_failures() > failures)
		printf("      at: %s, %s connections, %s in flight\n", via, connections, depth);
	json_decref(result);
	outcome_release(&outcome);
}

static void test_endpoints(void)
{
	static const char *const options[] = { "--listen", "raw+tcp://[::1]:0", "--listen",
					       "rpc+udp://[::1]:0", NULL };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, options));
	for (unsigned int i = 0; i < daemon.count; i++) {
		check_load(daemon.endpoints[i], "1", "1");
		check_load(daemon.endpoints[i], "1", "16");
		check_load(daemon.endpoints[i], "3", "4");
	}
	CHECK_INT(daemon_stop(&daemon), 0);
	check_load("rpc+pipe", "1", "1");
	check_load("raw+pipe", "1", "16");
}

static void test_baseline(void)
{
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start_stock(&daemon, NULL));
	for (unsigned int i = 0; i < daemon.count; i++)
		check_load(daemon.endpoints[i], "1", "1");
	daemon_stop(&daemon);
}

/* Bytes that are sent grow by what is asked for. */
static void test_payload(void)
{
	static const char *const small[] = { "--calls",   "10", "--procedure", "summarize",
					     "--payload", "8",  NULL };
	static const char *const large[] = { "--calls",   "10",    "--procedure", "summarize",
					     "--payload", "32768", NULL };
	struct outcome one = measure("raw+pipe", small), other = measure("raw+pipe", large);
	json_t *few = json_loads(one.out, 0, NULL), *many = json_loads(other.out, 0, NULL);

	CHECK_INT(one.status + other.status, 0);
	CHECK_INT(number_of(many, "sent_bytes") - number_of(few, "sent_bytes"), 10 * (32768 - 8));
	json_decref(few);
	json_decref(many);
	outcome_release(&one);
	outcome_release(&other);
}

static void test_pin(void)
{
	cpu_set_t cpus;
	char both[32];
	const char *words[] = { "--calls", "50", "--pin", both, NULL };
	int first = 0, second;
	struct outcome outcome;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	if (CPU_COUNT(&cpus) < 2) {
		harness_skip("there is one CPU");
		return;
	}
	while (!CPU_ISSET((size_t)first, &cpus))
		first++;
	for (second = first + 1; !CPU_ISSET((size_t)second, &cpus); second++)
		;
	snprintf(both, sizeof(both), "%d,%d", first, second);
	outcome = measure("raw+pipe", words);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	outcome_release(&outcome);
	snprintf(both, sizeof(both), "%d,1023", first);
	outcome = measure("raw+pipe", words);
	CHECK_INT(outcome.status, 64);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "there is no CPU 1023 for the server"));
	outcome_release(&outcome);
}

static void test_usage(void)
{
	static const struct {
		const char *words[MOST_WORDS];
		int code;
		const char *why;
	} cases[] = {
		{ { "--connections", "0" }, 64, "--connections takes a number from 1 to 4096" },
		{ { "--connections", "4097" }, 64, "--connections takes" },
		{ { "--connections", "2x" }, 64, "--connections takes" },
		{ { "--depth", "0" }, 64, "--depth takes a number from 1 to 4096" },
		{ { "--depth", "99999" }, 64, "--depth takes" },
		{ { "--seconds", "0" }, 64, "--seconds takes" },
		{ { "--seconds", "-1" }, 64, "--seconds takes" },
		{ { "--seconds", "nan" }, 64, "--seconds takes" },
		{ { "--seconds", "1e-12" }, 64, "--seconds takes" },
		{ { "--calls", "0" }, 64, "--calls takes" },
		{ { "--calls", "" }, 64, "--calls takes" },
		{ { "--rate", "0" }, 64, "--rate takes" },
		{ { "--rate", "1e-12" }, 64, "--rate takes calls a second, from 0.001" },
		{ { "--rate", "fast" }, 64, "--rate takes" },
		{ { "--rate", "1e9" }, 64, "--rate takes" },
		{ { "--procedure", "foo" }, 64, "--procedure takes a procedure's name" },
		{ { "--payload", "7" }, 64, "--payload takes" },
		{ { "--payload", "12" }, 64, "--payload takes" },
		{ { "--payload", "32776" }, 64, "--payload takes" },
		{ { "--payload", "8" }, 64, "--payload is for summarize" },
		{ { "--procedure", "summarize", "--payload", "8", "1" }, 64, "--payload is for" },
		{ { "--pin", "x" }, 64, "--pin takes" },
		{ { "--pin", "0," }, 64, "--pin takes" },
		{ { "--pin", "0,1,2" }, 64, "--pin takes" },
		{ { "--pin", "1024" }, 64, "--pin takes" },
		{ { "--pin", "1023" }, 64, "there is no CPU 1023" },
		{ { "--foo" }, 64, "--foo is no option; there are --connections" },
		{ { "--depth" }, 64, "--depth needs a value" },
		{ { "--seconds" }, 64, "--seconds needs a value" },
		{ { "1" }, 64, "" },
		{ { "1", "2", "3" }, 64, "" },
		{ { "--procedure", "readlink" }, 1, "the service answers" }, /* "." is no link */
		{ { "--calls", "1", "--procedure", "divide", "1", "0" }, 1, "division by zero" },
		{ { "--calls", "1", "--prepared", "--procedure", "divide", "1", "0" },
		  1,
		  "division by zero" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome outcome = measure("raw+pipe", cases[i].words);
		const char *name = cases[i].words[1] ? cases[i].words[1] : cases[i].words[0];

		harness_check_int(__FILE__, __LINE__, name, outcome.status, cases[i].code);
		if (!strstr(outcome.error, cases[i].why))
			CHECK_STR(outcome.error, cases[i].why);
		/* With --json a load that could not begin says so, and has no figures. */
		CHECK_THAT(!*outcome.out || (strncmp(outcome.out, "{\"code\":", 8) == 0 &&
					     !strstr(outcome.out, "latency")),
			   "%s", outcome.out);
		outcome_release(&outcome);
	}
}

/* A path may be any bytes; and --json may stand behind the command. */
static void test_path_in_json(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", via[80];
	const char *const options[] = { "--listen", via, NULL };
	const char *argv[] = { NULL, "--via", via, "measure", "--calls", "1", "--json", NULL };
	struct outcome outcome;
	struct daemon daemon;
	json_t *result;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(via, sizeof(via), "raw+unix:%s/a\xff", directory);
	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	argv[0] = program_path("sidecall");
	outcome = process_run(argv, NULL);
	result = json_loads(outcome.out, 0, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_INT(number_of(result, "calls"), 1);
	CU_ASSERT_PTR_NOT_NULL(json_object_get(result, "endpoint_hex"));
	json_decref(result);
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
	remove_tree(directory);
}

/* The lines that docs/measure.md shows. */
static void test_for_people(void)
{
	const char *const argv[] = {
		program_path("sidecall"), "--via", "raw+pipe", "measure", "--calls", "10", NULL
	};
	static const char *const lines[] = {
		"raw+pipe: add, 1 connection with 1 in flight, by the stub", "10 calls in ",
		"latency in µs: least ", "CPU in µs a call: client "
	};
	struct outcome outcome = process_run(argv, NULL);
	const char *line = outcome.out;

	CHECK_INT(outcome.status, 0);
	for (size_t i = 0; i < COUNT(lines); i++, line += strcspn(line, "\n") + 1)
		CHECK_THAT(strncmp(line, lines[i], strlen(lines[i])) == 0, "%s has %s", outcome.out,
			   lines[i]);
	CHECK_STR(line, "");
	outcome_release(&outcome);
}

static void test_usage_of_the_baseline(void)
{
	static const char *const words[][3] = { { "--depth", "2" },
						{ "--connections", "2" },
						{ "--prepared" } };

	for (size_t i = 0; i < COUNT(words); i++) {
		const char *const all[] = { words[i][0], words[i][1], NULL };
		struct outcome outcome = measure("tirpc+tcp://127.0.0.1:9", all);

		CHECK_INT(outcome.status, 64);
		CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "one call in flight"));
		outcome_release(&outcome);
	}
}

/* ---- a load while its server is being treated badly ---- */

struct stress {
	struct load load;
	struct load_result result;
	struct failure failure;
	int code;
	calc_accumulation arguments;
	pthread_t thread;
};

static void *stress_run(void *argument)
{
	struct stress *stress = argument;

	stress->code = load_run(&stress->load, &stress->result, &stress->failure);
	return NULL;
}

static void stress_start(struct stress *stress, const char *via, const struct load *load)
{
	memset(stress, 0, sizeof(*stress));
	stress->arguments = (calc_accumulation){ (char *)"stress", 1 };
	stress->load = *load;
	stress->load.endpoint = call_endpoint(via);
	stress->load.procedure = procedure_find("accumulate");
	stress->load.arguments = &stress->arguments;
	stress->load.pin[0] = stress->load.pin[1] = -1;
	CU_ASSERT_FATAL(pthread_create(&stress->thread, NULL, stress_run, stress) == 0);
}

/* Until so many of its calls are executed. */
static void stress_await(const char *via, int64_t calls)
{
	int64_t before = register_of(via, "stress");

	AWAIT(register_of(via, "stress") - before >= calls);
}

/* How many of the calls took as long as that. */
static uint64_t count_slow(const struct histogram *latency, int64_t least)
{
	uint64_t slow = 0;

	while (slow < latency->count &&
	       histogram_quantile(latency, 1 - (double)slow / (double)latency->count) >= least)
		slow++;
	return slow;
}

#define RATE  500 /* calls a second */
#define STILL (SECOND / 2)

/* Stops the server for a known time in the middle of a load. */
static void stand_still(struct stress *stress, const char *via, const struct load *load)
{
	static const char *const options[] = { "--listen", "rpc+unix", "--listen",
					       "raw+shm",  "--listen", "raw+udp://127.0.0.1:0",
					       NULL };
	/* And until the first call is due in it. */
	const struct timespec still = { .tv_nsec = STILL + 2 * SECOND / RATE };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	via = daemon_endpoint(&daemon, via);
	stress_start(stress, via, load);
	stress_await(via, 50);
	process_halt(daemon.pid, SIGSTOP);
	nanosleep(&still, NULL);
	kill(daemon.pid, SIGCONT);
	pthread_join(stress->thread, NULL);
	CHECK_INT(daemon_stop(&daemon), 0);
	CHECK_INT(stress->code, 0);
	CHECK_INT(stress->result.errors, 0);
}

/* By the clock, all that were due meanwhile were slow: those of the first half as long as half of
 * the time, or longer. */
static void test_open_loop(void)
{
	static const struct load loads[] = {
		{ .connections = 1, .depth = 1 },
		{ .connections = 1, .depth = 1, .prepared = true },
		{ .connections = 2, .depth = 8, .prepared = true },
	};
	static const char *const endpoints[] = { "rpc+unix", "raw+shm", "raw+udp" };
	static struct stress stress;
	const uint64_t expected = RATE * (STILL / 2) / SECOND;

	for (size_t i = 0; i < COUNT(loads); i++) {
		struct load load = loads[i];
		uint64_t slow;

		load.rate = RATE;
		load.duration = 2 * SECOND;
		load.timeout = PATIENCE;
		stand_still(&stress, endpoints[i], &load);
		slow = count_slow(&stress.result.latency, STILL / 2);
		CU_ASSERT(stress.result.latency.most >= STILL);
		/* The machine may have stood still, too: there may be more, but not all. */
		CU_ASSERT(slow >= expected * 95 / 100);
		CU_ASSERT(stress.result.latency.least < STILL / 2);
		CHECK_INT(stress.result.latency.count, 2 * RATE);
	}
}

/* In a closed loop the calls that were not made are not counted, so one was slow, or as many as
 * there is time for one after the other: that is why there is the other one. */
static void test_closed_loop(void)
{
	static const struct load load = {
		.connections = 1, .depth = 1, .duration = 2 * SECOND, .timeout = PATIENCE
	};
	static struct stress stress;
	uint64_t slow;

	stand_still(&stress, "rpc+unix", &load);
	CU_ASSERT(stress.result.latency.most >= STILL);
	slow = count_slow(&stress.result.latency, STILL / 2);
	CU_ASSERT(slow >= 1 && slow <= (uint64_t)(load.duration / (STILL / 2) + 1));
}

/* More is due than any server can do: it is asked until the timeout, and the rest has failed. */
static void test_too_much(void)
{
	static const char *const options[] = { "--listen", "raw+unix", NULL };
	static const struct load load = { .connections = 1,
					  .depth = 16,
					  .duration = SECOND / 5,
					  .rate = 1e8,
					  .timeout = SECOND / 2,
					  .prepared = true };
	static struct stress stress;
	const struct load_result *result = &stress.result;
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	stress_start(&stress, daemon.endpoints[0], &load);
	pthread_join(stress.thread, NULL);
	CHECK_INT(stress.code, 0);
	CU_ASSERT(result->elapsed >= 7 * SECOND / 10);
	CHECK_INT(result->latency.count + result->errors, load.rate / 5);
	CHECK_INT(result->failure.code, FAILURE_TIMEOUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(result->failure.why, "that were due were never made"));
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- a server that goes, or stands still for good ---- */

static const struct {
	const char *via;
	unsigned int connections, depth;
	double rate;
	bool prepared;
	int signal, code;
} ends[] = {
	{ "rpc+tcp", 1, 1, 0, false, SIGKILL, FAILURE_UNAVAILABLE },
	{ "rpc+tcp", 2, 8, 0, true, SIGKILL, FAILURE_UNAVAILABLE },
	{ "raw+unix", 3, 8, 1000, true, SIGKILL, FAILURE_UNAVAILABLE },
	{ "rpc+tcp", 1, 1, 1000, false, SIGKILL, FAILURE_UNAVAILABLE },
	{ "raw+fifo", 1, 8, 0, true, SIGKILL, FAILURE_UNAVAILABLE },
	{ "rpc+shm", 2, 8, 0, true, SIGKILL, FAILURE_UNAVAILABLE },
	{ "rpc+tcp", 1, 1, 0, false, SIGSTOP, FAILURE_TIMEOUT },
	{ "rpc+tcp", 1, 1, 1000, true, SIGSTOP, FAILURE_TIMEOUT },
	{ "raw+unix", 2, 8, 0, true, SIGSTOP, FAILURE_TIMEOUT },
	{ "rpc+shm", 2, 8, 1000, true, SIGSTOP, FAILURE_TIMEOUT },
	{ "raw+udp", 1, 8, 1000, true, SIGSTOP, FAILURE_TIMEOUT },
};

#define LONG 3600 /* seconds */

/* A load ends with its server, long before its own end.  What was in flight counts as errors, and
 * so does, by the clock, all that was due until that end. */
static void end_in_the_middle(size_t index)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0",
					       "--listen", "raw+unix",
					       "--listen", "raw+fifo",
					       "--listen", "rpc+shm",
					       "--listen", "raw+udp://127.0.0.1:0",
					       NULL };
	const struct load load = { .connections = ends[index].connections,
				   .depth = ends[index].depth,
				   .rate = ends[index].rate,
				   .prepared = ends[index].prepared,
				   .duration = LONG * SECOND,
				   .timeout = ends[index].code == FAILURE_TIMEOUT ? 2 * SECOND
										  : 2 * PATIENCE };
	uint64_t all = (uint64_t)load.connections * load.depth;
	static struct stress stress;
	const struct load_result *result = &stress.result;
	struct daemon daemon;
	const char *via;
	int64_t began;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	via = daemon_endpoint(&daemon, ends[index].via);
	stress_start(&stress, via, &load);
	stress_await(via, 100);
	began = clock_now();
	kill(daemon.pid, ends[index].signal);
	pthread_join(stress.thread, NULL);
	CU_ASSERT(clock_now() - began < PATIENCE);
	CHECK_INT(stress.code, 0);
	CU_ASSERT(result->latency.count >= 50 / HARNESS_SLOWNESS);
	if (load.rate > 0)
		CHECK_INT(result->latency.count + result->errors, load.rate * LONG);
	else
		CU_ASSERT(result->errors >= 1 && result->errors <= all);
	/* A closed loop always has all of them in flight. */
	if (load.rate <= 0 && ends[index].signal == SIGSTOP)
		CHECK_INT(result->errors, all);
	CHECK_INT(result->failure.code, ends[index].code);
	kill(daemon.pid, SIGKILL);
	daemon_stop(&daemon);
}

static void test_ends(void)
{
	for (size_t i = 0; i < COUNT(ends); i++) {
		unsigned int failures = CU_get_number_of_failures();

		end_in_the_middle(i);
		if (CU_get_number_of_failures() > failures)
			printf("      at: %s (row %zu)\n", ends[i].via, i);
	}
}

/* The program says so, beside the result. */
static void test_exit_code(void)
{
	static const char *const options[] = { "--listen", "raw+unix", NULL };
	const char *argv[] = { NULL,         "--json",    "--via", "raw+unix",
			       "measure",    "--seconds", "3600",  "--procedure",
			       "accumulate", "stress",    "1",     NULL };
	int in, out, error;
	struct outcome outcome;
	struct daemon daemon;
	json_t *result;
	pid_t pid;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	argv[0] = program_path("sidecall");
	pid = process_start(argv, &in, &out, &error);
	close(in);
	stress_await(daemon.endpoints[0], 100);
	kill(daemon.pid, SIGKILL);
	outcome = process_end(pid, out, error);
	result = json_loads(outcome.out, 0, NULL);
	CHECK_INT(outcome.status, 69);
	CHECK_INT(number_of(result, "errors"), 1);
	CU_ASSERT(number_of(result, "calls") >= 50);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "measure accumulate via raw+unix"));
	json_decref(result);
	outcome_release(&outcome);
	daemon_stop(&daemon);
}

/* ---- a load that is told to end ---- */

/* Which CPUs each thread may use, in the order in which they began. */
static void describe_threads(pid_t pid, char *text, size_t size)
{
	char path[32];
	struct dirent **entries;
	size_t used = 0;
	int count;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	count = scandir(path, &entries, NULL, versionsort);
	for (int i = 0; i < count; i++) {
		cpu_set_t cpus;
		pid_t thread = (pid_t)strtol(entries[i]->d_name, NULL, 10);

		if (thread && sched_getaffinity(thread, sizeof(cpus), &cpus) == 0) {
			used += (size_t)snprintf(text + used, size - used, "%d:", (int)thread);
			for (size_t cpu = 0; cpu < 64 && used < size - 8; cpu++)
				if (CPU_ISSET(cpu, &cpus))
					used += (size_t)snprintf(text + used, size - used, " %zu",
								 cpu);
			used += (size_t)snprintf(text + used, size - used, "\n");
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* Has the last of several threads run on one CPU only.  False when there is one. */
static bool place_last_thread(pid_t pid, int cpu)
{
	char text[4096], *line;
	cpu_set_t one;

	describe_threads(pid, text, sizeof(text));
	text[strlen(text) - 1] = '\0';
	line = strrchr(text, '\n');
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	return line && sched_setaffinity((pid_t)strtol(line, NULL, 10), sizeof(one), &one) == 0;
}

/* It says what it has measured, ends as the signal has programs end, and the server's threads run
 * where each of them ran before. */
static void end_load(const struct daemon *daemon, const char *option, const char *value,
		     int signal_)
{
	const char *argv[] = { program_path("sidecall"),
			       "--json",
			       "--via",
			       daemon->endpoints[0],
			       "measure",
			       "--seconds",
			       "3600",
			       "--pin",
			       "0",
			       option,
			       value,
			       "--procedure",
			       "accumulate",
			       value,
			       "1",
			       NULL };
	char before[4096], during[4096], after[4096];
	int in, out, error;
	struct outcome outcome;
	json_t *result;
	pid_t pid;

	describe_threads(daemon->pid, before, sizeof(before));
	pid = process_start(argv, &in, &out, &error);
	close(in);
	AWAIT(register_of(daemon->endpoints[0], value) >= 2); /* one is not counted */
	describe_threads(daemon->pid, during, sizeof(during));
	kill(pid, signal_);
	outcome = process_end(pid, out, error);
	describe_threads(daemon->pid, after, sizeof(after));
	result = json_loads(outcome.out, 0, NULL);
	CHECK_INT(outcome.status, 128 + signal_);
	CHECK_STR(outcome.error, "");
	CU_ASSERT(number_of(result, "calls") >= 1);
	CHECK_INT(number_of(result, "errors"), 0);
	CU_ASSERT(strcmp(before, during) != 0);
	/* The server may have started another thread since: those from before are where they were.
	 */
	if (strncmp(after, before, strlen(before)) != 0)
		CHECK_STR(after, before);
	json_decref(result);
	outcome_release(&outcome);
}

static void test_told_to_end(void)
{
	static const char *const options[] = { "--workers", "2", "--listen", "raw+unix", NULL };
	struct daemon daemon;
	bool placed = false;
	cpu_set_t cpus;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	if (!CPU_ISSET(0, &cpus) || !CPU_ISSET(1, &cpus)) {
		harness_skip("there are no CPUs 0 and 1");
		return;
	}
	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	/* It says that it is ready before its other workers begin. */
	AWAIT(placed = place_last_thread(daemon.pid, 1));
	CU_ASSERT(placed);
	end_load(&daemon, "--connections", "1", SIGINT);
	end_load(&daemon, "--depth", "16", SIGTERM);
	end_load(&daemon, "--connections", "3", SIGHUP);
	end_load(&daemon, "--rate", "0.01", SIGINT);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* A terminal's Ctrl-C goes to the server of a pipe, too, which is not to end under its caller. */
static void test_told_on_a_terminal(void)
{
	const char *argv[] = { "/usr/bin/setsid",
			       program_path("sidecall"),
			       "--json",
			       "--via",
			       "raw+pipe",
			       "measure",
			       "--seconds",
			       "3600",
			       "--connections",
			       "2",
			       "--depth",
			       "16",
			       NULL };
	struct outcome outcome;
	int in, out, error;
	pid_t pid = process_start(argv, &in, &out, &error), server;
	json_t *result;

	close(in);
	AWAIT((server = observe_child(pid)) && observe_cpu(server) >= 50);
	CHECK_INT(kill(-pid, SIGINT), 0);
	outcome = process_end(pid, out, error);
	result = json_loads(outcome.out, 0, NULL);
	CHECK_INT(outcome.status, 128 + SIGINT);
	CHECK_STR(outcome.error, "");
	CHECK_INT(number_of(result, "errors"), 0);
	json_decref(result);
	outcome_release(&outcome);
}

/* ---- a server that is busy ---- */

/* Each fourth call is refused, and the load goes on: by the stub, too. */
static void test_busy(void)
{
	static const unsigned int depths[] = { 1, 1, 8 };

	for (size_t i = 0; i < COUNT(depths); i++) {
		static struct load_result result;
		calc_operands operands = { 84, 2 };
		struct load load = { .procedure = procedure_find("divide"),
				     .arguments = &operands,
				     .connections = 1,
				     .depth = depths[i],
				     .calls = 400,
				     .duration = 10 * SECOND,
				     .timeout = 5 * SECOND,
				     .prepared = i > 0,
				     .pin = { -1, -1 } };
		struct failure failure;
		struct busy_server busy;

		busy_server_start(&busy, ENDPOINT_RAW, "/", RAW_DIVIDE, 4);
		load.endpoint = call_endpoint(busy.via);
		CHECK_INT(load_run(&load, &result, &failure), 0);
		CHECK_INT(result.latency.count, 300);
		CHECK_INT(result.errors, 100);
		CHECK_INT(result.busy, 100);
		CHECK_INT(result.failure.code, FAILURE_TIMEOUT);
		CHECK_INT(result.failure.error, EBUSY);
		busy_server_stop(&busy);
	}
}

static void test_busy_is_said(void)
{
	const char *const argv[] = {
		program_path("sidecall"), "--via", NULL, "measure", "--calls", "40", NULL, NULL
	};
	const char *words[COUNT(argv)];

	for (int json = 0; json < 2; json++) {
		struct outcome outcome;
		struct busy_server busy;
		json_t *result;

		busy_server_start(&busy, ENDPOINT_RAW, "/", RAW_ADD, 4);
		memcpy(words, argv, sizeof(argv));
		words[2] = busy.via;
		words[6] = json ? "--json" : NULL;
		outcome = process_run(words, NULL);
		CHECK_INT(outcome.status, 75);
		CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "The call was not executed"));
		result = json_loads(outcome.out, 0, NULL);
		if (json)
			CHECK_INT(number_of(result, "busy"), 10);
		else
			CU_ASSERT_PTR_NOT_NULL(strstr(
				outcome.out, "10 errors, in 10 of which the server was busy\n"));
		json_decref(result);
		outcome_release(&outcome);
		busy_server_stop(&busy);
	}
}

/* ---- a server that turns wrong ---- */

/* Each answer is compared with the first, by the stub as prepared. */
static void check_wrong(bool prepared, unsigned int truths,
			bool (*right)(const void *, const union procedure_result *), int code)
{
	static struct load_result result;
	calc_operands operands = { 84, 2 };
	struct load load = { .procedure = procedure_find("divide"),
			     .arguments = &operands,
			     .connections = 1,
			     .depth = 1,
			     .calls = 300,
			     .duration = PATIENCE,
			     .timeout = PATIENCE,
			     .prepared = prepared,
			     .right = right,
			     .pin = { -1, -1 } };
	struct failure failure;
	pid_t server = wrong_server_start(&load.endpoint, truths, true);

	CHECK_INT(load_run(&load, &result, &failure), code);
	if (code == 0) {
		CHECK_INT(result.errors, 1);
		CHECK_INT(result.failure.code, FAILURE_BUG);
	}
	wrong_server_stop(server);
}

static bool is_42(const void *arguments, const union procedure_result *result)
{
	(void)arguments;
	return result->number.calc_result_u.value == 42;
}

static void test_wrong_later(void)
{
	for (int prepared = 0; prepared < 2; prepared++) {
		check_wrong(prepared, 0, is_42, FAILURE_BUG);
		check_wrong(prepared, 100, NULL, 0);
		check_wrong(prepared, 100, is_42, 0);
	}
}

/* ---- the baseline ---- */

static void test_floor(void)
{
	static const enum endpoint_transport transports[] = { ENDPOINT_TCP,  ENDPOINT_UDP,
							      ENDPOINT_UNIX, ENDPOINT_PIPE,
							      ENDPOINT_FIFO, ENDPOINT_SHM };
	static struct load_result result;

	for (size_t i = 0; i < 2 * COUNT(transports); i++) {
		struct baseline baseline = { .transport = transports[i / 2],
					     .call = i % 2 ? 44 : BASELINE_MAX_MESSAGE / 2,
					     .reply = 28,
					     .duration = 20 * MILLISECOND,
					     .warmup = 2 * MILLISECOND,
					     .timeout = PATIENCE,
					     .pin = { -1, -1 } };
		struct failure failure;

		/* A busy machine may not let it begin in its time. */
		AWAIT(baseline_run(&baseline, &result, &failure) || result.latency.count);
		CU_ASSERT(result.latency.count > 0);
		CHECK_INT(result.sent, result.latency.count * baseline.call);
		CHECK_INT(result.received, result.latency.count * baseline.reply);
		CU_ASSERT(result.elapsed >= baseline.duration);
		CU_ASSERT(result.latency.least > 0 && result.latency.most <= result.elapsed);
		CU_ASSERT(result.latency.sum <= (double)result.elapsed * 1.001);
		CU_ASSERT(result.client_cpu > 0 && result.server_cpu >= 0);
	}
	CHECK_INT(wait(NULL), -1); /* nobody is left behind */
}

static bool is_waiting_for_many;

/* Whether the other end has an epoll instance. */
static bool look_for_epoll(void)
{
	for (int fd = 0; fd < 64; fd++) {
		char path[64], target[64] = "";

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)observe_child(getpid()), fd);
		if (readlink(path, target, sizeof(target) - 1) > 0 && strstr(target, "eventpoll"))
			is_waiting_for_many = true;
	}
	return false;
}

static void test_floor_of_many(void)
{
	static struct load_result result;

	for (int i = 0; i < 2 * ENDPOINT_SHM; i++) {
		struct baseline baseline = { .transport = (enum endpoint_transport)(i / 2),
					     .call = 28,
					     .reply = 22,
					     .many = i % 2,
					     .duration = SECOND / 5,
					     .timeout = PATIENCE,
					     .stopped = look_for_epoll,
					     .pin = { -1, -1 } };
		struct failure failure;

		is_waiting_for_many = false;
		/* It may end before it is looked at. */
		AWAIT(baseline_run(&baseline, &result, &failure) ||
		      is_waiting_for_many == baseline.many);
		CU_ASSERT(result.latency.count > 0);
		CU_ASSERT_EQUAL(is_waiting_for_many, baseline.many);
	}
}

static bool never(const struct bare_end *end)
{
	(void)end;
	return false;
}

static void wake_up(int signal)
{
	(void)signal;
}

/* What is there to be read is not read before epoll has told of it. */
static void test_waits_for_many(void)
{
	const struct itimerval soon = { .it_value = { .tv_usec = 50000 } };
	const struct sigaction action = { .sa_handler = wake_up };
	struct bare_end end[2] = { { .waiter = -1 }, { .waiter = -1 } };
	uint8_t bytes[3] = "abc";
	struct sigaction before;

	CHECK_INT(bare_connect(ENDPOINT_UNIX, end), 0);
	CHECK_INT(bare_wait_for_many(&end[1]), 0);
	CU_ASSERT(bare_give(&end[0], bytes, 3) && bare_take(&end[1], bytes, 3));
	CU_ASSERT(bare_give(&end[0], bytes, 3));
	CHECK_INT(epoll_ctl(end[1].waiter, EPOLL_CTL_DEL, end[1].in, NULL), 0);
	end[1].go_on = never;
	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &soon, NULL);
	CU_ASSERT(!bare_take(&end[1], bytes, 3) && errno == EINTR);
	sigaction(SIGALRM, &before, NULL);
	bare_close(&end[0]);
	bare_close(&end[1]);
}

/* Freezes the other end when it is asked first, and says to end it when it is asked again. */
static int asked;

static bool freeze_and_stop(void)
{
	if (!asked++)
		kill(observe_child(getpid()), SIGSTOP);
	return asked > 1;
}

static bool freeze(void)
{
	if (!asked++)
		kill(observe_child(getpid()), SIGSTOP);
	return false;
}

static bool kill_other(void)
{
	if (!asked++)
		kill(observe_child(getpid()), SIGKILL);
	return false;
}

static void check_floor_ends(enum endpoint_transport transport, bool spin, bool (*stopped)(void),
			     int code)
{
	static struct load_result result;
	struct baseline baseline = { .transport = transport,
				     .call = 28,
				     .reply = 22,
				     .spin = spin,
				     .duration = 20 * PATIENCE,
				     .timeout = code == FAILURE_TIMEOUT ? SECOND : 2 * PATIENCE,
				     .stopped = stopped,
				     .pin = { -1, -1 } };
	struct failure failure;
	int64_t began = clock_now();

	asked = 0;
	CHECK_INT(baseline_run(&baseline, &result, &failure), code);
	CU_ASSERT(clock_now() - began < PATIENCE);
	CHECK_INT(wait(NULL), -1);
}

/* Whatever becomes of the other end, and when somebody wants it to end. */
static void test_floor_ends(void)
{
	for (int i = ENDPOINT_TCP; i <= ENDPOINT_SHM + 1; i++) {
		enum endpoint_transport transport = i > ENDPOINT_SHM ? ENDPOINT_SHM : i;
		bool closes = transport != ENDPOINT_UDP && transport != ENDPOINT_SHM;

		check_floor_ends(transport, i > ENDPOINT_SHM, freeze_and_stop, FAILURE_SYSTEM);
		check_floor_ends(transport, i > ENDPOINT_SHM, freeze, FAILURE_TIMEOUT);
		if (closes)
			check_floor_ends(transport, false, kill_other, FAILURE_UNAVAILABLE);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "the histogram's error", test_error },
		{ "the histogram's quantiles", test_quantiles },
		{ "the histogram's extremes", test_extremes },
		{ "histograms are merged", test_merged },
		{ "one in a thousand", test_one_in_a_thousand },
		{ "the schedule", test_schedule },
		{ "calls that were never made", test_missed },
		{ "every endpoint", test_endpoints },
		{ "libtirpc", test_baseline },
		{ "a payload", test_payload },
		{ "pinned", test_pin },
		{ "wrong options", test_usage },
		{ "a path that is no text", test_path_in_json },
		{ "what people read", test_for_people },
		{ "wrong options for libtirpc", test_usage_of_the_baseline },
		{ "an open loop and a server that stands still", test_open_loop },
		{ "a closed one", test_closed_loop },
		{ "more than a server can do", test_too_much },
		{ "servers that end in the middle", test_ends },
		{ "the exit code", test_exit_code },
		{ "a load that is told to end", test_told_to_end },
		{ "a load that is told to end on a terminal", test_told_on_a_terminal },
		{ "a server that is busy", test_busy },
		{ "a server that is busy: what is said", test_busy_is_said },
		{ "a server that turns wrong", test_wrong_later },
		{ "the floor", test_floor },
		{ "the floor of who waits for many", test_floor_of_many },
		{ "who waits for many waits by epoll", test_waits_for_many },
		{ "the floor ends whatever happens", test_floor_ends },
		{ NULL, NULL },
	};
	char path[PATH_MAX];

	signal(SIGPIPE, SIG_IGN);
	if (realpath(program_path("sidecalld"), path))
		setenv("SIDECALLD", path, 1); /* of pipes */
	return harness_run("measure", tests);
}
