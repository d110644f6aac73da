/* What is said of times follows from the times: documents made by hand, and the words they get. */
#include <stdlib.h>
#include <string.h>

#include "compare/time/ladder.h"
#include "compare/time/time.h"
#include "compare/time/timed.h"
#include "tests/kit/harness.h"

/* Who became faster from round to round, while the others became slower. */
static bool falls(const json_t *row)
{
	static const char *const names[] = { "raw+tcp", "tirpc+tcp", "bare tcp",
					     "rpc+tcp to libtirpc" };
	const char *name = json_string_value(json_object_get(row, "endpoint"));

	for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* A number that seven rounds found between two bounds that lie `spread` apart. */
static void set_figure(json_t *row, const char *key, double value, double spread)
{
	double slope = falls(row) ? -spread / 6 : spread / 6;
	json_t *rounds = json_array();
	char name[64];

	for (int i = -3; i <= 3; i++)
		json_array_append_new(rounds, json_real(value + i * slope));
	snprintf(name, sizeof(name), "%s_rounds", key);
	json_object_set_new(row, name, rounds);

	json_object_set_new(row, key, json_real(value));
	snprintf(name, sizeof(name), "%s_low", key);
	json_object_set_new(row, name, json_real(value - spread / 2));
	snprintf(name, sizeof(name), "%s_high", key);
	json_object_set_new(row, name, json_real(value + spread / 2));
}

static json_t *add_row(json_t *rows, const char *name_key, const char *name, const char *placement)
{
	json_t *row = json_pack("{s:s}", name_key, name);

	if (placement)
		json_object_set_new(row, "placement", json_string(placement));
	json_array_append_new(rows, row);
	return row;
}

/* ---- one call at a time ---- */

/* Microseconds of a call; what is 0 is not there. */
struct times {
	double rpc, raw, tirpc, bare, many, rpc_stub, raw_stub, spread;
};

static void add_latency(json_t *rows, const char *name, const char *placement, double us,
			double spread)
{
	if (us > 0)
		set_figure(add_row(rows, "endpoint", name, placement), "p50_ns", us * 1e3,
			   spread * 1e3);
}

static void add_layer(json_t *rows, const char *name, double us)
{
	if (us > 0)
		set_figure(add_row(rows, "layer", name, NULL), "cost_ns", us * 1e3, 0);
}

static json_t *part_of(const struct times *times)
{
	json_t *latency = json_array(), *layers = json_array();
	json_t *part;

	add_latency(latency, "rpc+tcp", PLACEMENT_ONE_CPU, times->rpc, times->spread);
	add_latency(latency, "raw+tcp", PLACEMENT_ONE_CPU, times->raw, times->spread);
	add_latency(latency, "tirpc+tcp", PLACEMENT_ONE_CPU, times->tirpc, times->spread);
	add_latency(latency, "bare tcp", PLACEMENT_ONE_CPU, times->bare, times->spread);
	add_latency(latency, "bare tcp, epoll", PLACEMENT_ONE_CPU, times->many, times->spread);
	/* Never to be mixed up with the others. */
	add_latency(latency, "raw+tcp", PLACEMENT_TWO_CPUS, 777, 1);
	add_layer(layers, "rpc stub", times->rpc_stub);
	add_layer(layers, "raw stub", times->raw_stub);
	part = json_pack("{s:o,s:o,s:o}", "latency", latency, "layers", layers, "ladder",
			 ladder_make(layers, latency));
	return part;
}

/* All that is said of a part, which is released, in one text. */
static char *words_on(json_t *part)
{
	struct verdict verdict = { .sentences = json_array(), .choices = json_array() };
	json_t *all;
	char *text;

	time_judge(part, &verdict);
	json_decref(part);
	all = json_pack("[o,o]", verdict.sentences, verdict.choices);
	text = json_dumps(all, 0);
	json_decref(all);
	return text;
}

/* Releases the part. */
static void check_words(json_t *part, const char *says, const char *says_not)
{
	char *text = words_on(part);

	CHECK_THAT(strstr(text, says) != NULL, "\"%s\" is not in %s", says, text);
	CHECK_THAT(strstr(text, says_not) == NULL, "\"%s\" is in %s", says_not, text);
	CHECK_THAT(strstr(text, "777") == NULL, "the other placement is in %s", text);
	free(text);
}

static void test_one_call(void)
{
	static const struct {
		struct times times;
		const char *says, *says_not;
	} cases[] = {
		{ { .rpc = 148, .raw = 80, .spread = 20 },
		  "One call over tcp on one CPU: 148 µs (138–158) by rpc, 80.0 µs (70.0–90.0) by "
		  "raw: rpc was slower in every round.",
		  "faster" },
		{ { .rpc = 12, .raw = 15, .spread = 1 },
		  "rpc was faster in every round",
		  "slower" },
		{ { .rpc = 15, .raw = 12, .spread = 4 }, "by raw: too noisy to tell.", "slower" },
		{ { .rpc = 15.2, .raw = 15, .spread = 0.1 },
		  "by raw: the same, within 3 %.",
		  "slower" },
		{ { .rpc = 12, .tirpc = 15, .spread = 1 },
		  "The same stubs over tcp on one CPU: 12.0 µs (11.5–12.5) on our runtime, 15.0 µs "
		  "(14.5–15.5) on libtirpc: ours was faster in every round.",
		  "slower" },
		{ { .rpc = 15, .tirpc = 12, .spread = 1 },
		  "ours was slower in every round",
		  "faster" },
		{ { .rpc = 15, .tirpc = 12, .spread = 4 }, "too noisy to tell", "slower" },
		{ { .rpc = 15, .spread = 3 }, "[[], []]", "µs" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_words(part_of(&cases[i].times), cases[i].says, cases[i].says_not);
}

/* 2 % of a call: what rpc takes more, divided by what both take and the work. */
static void test_share(void)
{
	static const struct {
		struct times times;
		const char *says, *says_not;
	} cases[] = {
		{ { .rpc = 16, .raw = 15, .spread = 0.1 },
		  "rpc costs 1.00 µs of a call over tcp on one CPU: less than 2 % of it when the "
		  "procedure works for 35 µs or longer.",
		  "faster" },
		{ { .rpc = 15.2, .raw = 15, .spread = 0.1 }, "the same", "works for" },
		{ { .rpc = 16, .raw = 15, .spread = 4 }, "too noisy", "works for" },
		{ { .rpc = 12, .raw = 15, .spread = 0.1 }, "faster", "works for" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_words(part_of(&cases[i].times), cases[i].says, cases[i].says_not);
}

static void test_layer_by_layer(void)
{
	static const struct {
		struct times times;
		const char *says, *says_not;
	} cases[] = {
		{ { 16, 15, 0, 13, 14, 0.25, 0.1, 0.1 },
		  "take 0.25 µs by rpc and 0.10 µs by hand: that is 0.15 µs of the 1.00 µs by "
		  "which "
		  "rpc is slower; the other 0.85 µs no layer explains",
		  "faster" },
		{ { 16, 15, 0, 13, 14, 1.6, 0.1, 0.1 }, "as much as the 1.00 µs", "the other" },
		{ { 16, 15, 0, 13, 14, 0.1, 0.2, 0.1 },
		  "do not explain the 1.00 µs by which rpc is slower",
		  "faster" },
		{ { 15, 16, 0, 13, 14, 0.25, 0.1, 0.1 },
		  "do not explain the 1.00 µs by which rpc is faster",
		  "slower" },
		{ { 15, 16, 0, 13, 14, 0.1, 0.3, 0.1 },
		  "that is 0.20 µs of the 1.00 µs by which rpc is faster",
		  "slower" },
		{ { 16, 15, 0, 13, 14, 0.25, 0.1, 2 },
		  "the bare transport takes 13.0 µs, 14.0 µs with a server that waits for many, "
		  "and "
		  "stub, headers and packing at both ends "
		  "take 0.25 µs by rpc and 0.10 µs by hand; whole calls take 16.0 and 15.0 µs (too "
		  "noisy to tell), and no layer explains the rest of them",
		  "which rpc is" },
		{ { 16, 15, 0, 13, 0, 0.25, 0.1, 2 }, "by rpc, 15.0 µs", "Layer by layer" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_words(part_of(&cases[i].times), cases[i].says, cases[i].says_not);
}

static double added(const json_t *ladder, const char *layer)
{
	const json_t *row;
	size_t i;

	json_array_foreach (ladder, i, row)
		if (strcmp(json_string_value(json_object_get(row, "layer")), layer) == 0)
			return json_number_value(json_object_get(row, "adds_ns"));
	return -1;
}

static const char *order_at(const json_t *ladder, size_t at)
{
	return json_string_value(json_object_get(json_array_get(ladder, at), "order"));
}

/* What each layer adds is what it takes beyond all that it stands on. */
static void test_ladder(void)
{
	const struct times times = { 16, 15, 20, 13, 13.5, 0.25, 0.125, 0.1 };
	json_t *part = part_of(&times), *ladder = json_object_get(part, "ladder");

	CHECK_INT(json_array_size(ladder), 7 + 3); /* on two CPUs there are the stubs and raw */
	CU_ASSERT_EQUAL(added(ladder, "bare tcp, epoll"), 500);
	CU_ASSERT_EQUAL(added(ladder, "raw+tcp"), 15000 - 13500 - 125);
	CU_ASSERT_EQUAL(added(ladder, "rpc+tcp"), 16000 - 13500 - 250);
	CU_ASSERT_EQUAL(added(ladder, "tirpc+tcp"), 20000 - 16000);
	CU_ASSERT_PTR_NULL(json_object_get(json_array_get(ladder, 2), "adds_ns")); /* bare tcp */
	json_decref(part);
}

/* What rounds do not agree on is not said to be added. */
static void test_noise_on_the_ladder(void)
{
	const struct times times = { 16, 15, 20, 13, 13.5, 0.25, 0.125, 1 };
	json_t *part = part_of(&times), *ladder = json_object_get(part, "ladder");

	CU_ASSERT_EQUAL(added(ladder, "bare tcp, epoll"), 0);
	CU_ASSERT(strcmp(order_at(ladder, 3), "too noisy to tell") == 0);
	CU_ASSERT_EQUAL(added(ladder, "tirpc+tcp"), 20000 - 16000);
	CU_ASSERT(strcmp(order_at(ladder, 6), "more") == 0);
	json_decref(part);
}

static json_t *with_payload(double rpc, double raw, double spread)
{
	static const char *const names[] = { "rpc+tcp", "raw+tcp" };
	json_t *rows = json_array();

	for (int i = 0; i < 6; i++) {
		json_t *row = add_row(rows, "endpoint", i < 4 ? names[i % 2] : "rpc+shm", NULL);

		/* The smallest come last, and are nearly equal. */
		set_figure(row, "p50_ns", (i >= 2 ? 20 + i : i ? raw : rpc) * 1e3, spread * 1e3);
		json_object_set_new(row, "argument_size", json_integer(i >= 2 ? 16 : 32768));
	}
	return json_pack("{s:o}", "payload", rows);
}

static void test_payload(void)
{
	json_t *half;

	check_words(
		with_payload(119, 82, 1),
		"An array of 32768 bytes as the argument, over tcp on one CPU: 119 µs (118–120) by "
		"rpc, 82.0 µs (81.5–82.5) by raw: rpc was slower in every round.",
		"noisy");
	check_words(with_payload(119, 82, 1),
		    "\"choose\": \"raw\", \"when\": \"arguments are large", "\"rpc\"");
	check_words(with_payload(60, 80, 1), "rpc was faster in every round", "\"raw\"");
	check_words(with_payload(119, 82, 40), "too noisy to tell", "choose");
	half = with_payload(119, 82, 1);
	json_array_remove(json_object_get(half, "payload"), 1); /* what raw takes is not known */
	check_words(half, "[[], []]", "µs");
}

/* ---- which transport ---- */

/* On one CPU, in microseconds; all spreads are 0.2. */
static json_t *part_with(double tcp, double pipe, double shm)
{
	json_t *latency = json_array();

	add_latency(latency, "rpc+tcp", PLACEMENT_ONE_CPU, tcp, 0.2);
	add_latency(latency, "rpc+pipe", PLACEMENT_ONE_CPU, pipe, 0.2);
	add_latency(latency, "rpc+shm", PLACEMENT_ONE_CPU, shm, 0.2);
	add_latency(latency, "raw+fifo", PLACEMENT_ONE_CPU, 1, 0.2);
	return json_pack("{s:o}", "latency", latency);
}

static void test_transports(void)
{
	check_words(part_with(13, 8, 9), "\"choose\": \"pipe\"", "shm");
	check_words(part_with(13, 9, 8), "\"choose\": \"shm\"", "pipe");
	check_words(part_with(13, 9, 8), "8.0 µs a call on one CPU, where tcp takes 13.0 µs",
		    "winner");
	check_words(part_with(13, 8.1, 8), "\"choose\": \"pipe or shm\"", "fifo");
	check_words(part_with(13, 8, 8.1),
		    "from 8.0 µs a call on one CPU, no clear winner among them, where tcp takes "
		    "13.0 µs",
		    "8.1");
	check_words(part_with(8, 9, 13), "[[], []]", "choose");
	check_words(part_with(8.1, 8, 8.1), "[[], []]", "choose"); /* nothing beats tcp */
}

/* ---- many calls ---- */

/* Millions a second, with 16 in flight on each of 16 connections. */
static json_t *part_at(double rpc, double raw, double stock, double spread)
{
	const double rates[] = { rpc, raw, stock };
	static const char *const names[] = { "rpc+tcp", "raw+tcp", "rpc+tcp to libtirpc" };
	json_t *rows = json_array(), *row;

	for (int i = 0; i < 6; i++) {
		row = add_row(rows, "endpoint", names[i / 2], PLACEMENT_TWO_CPUS);
		json_object_set_new(row, "connections", json_integer(16));
		json_object_set_new(row, "depth", json_integer(i % 2 ? 16 : 1));
		set_figure(row, "per_second", i % 2 ? rates[i / 2] * 1e6 : 777e6, spread * 1e6);
	}
	return json_pack("{s:o}", "throughput", rows);
}

static void test_many_calls(void)
{
	check_words(
		part_at(3, 2, 1, 0.1),
		"16 calls in flight on each of 16 connections over tcp, on two CPUs: 3.00 million "
		"(2.95–3.05) calls a second by rpc, 2.00 million (1.95–2.05) by raw: rpc was "
		"ahead in every round.",
		"raw was ahead");
	check_words(part_at(2, 3, 1, 0.1), "raw was ahead in every round", "rpc was ahead");
	check_words(part_at(2, 3, 1, 2), "too noisy to tell", "ahead");
	check_words(part_at(3, 2, 1, 0.1),
		    "3.00 million calls a second on two CPUs, where libtirpc's svc_run makes 1.00 "
		    "million",
		    "one CPU");
	check_words(part_at(1, 2, 3, 0.1), "1.00 million", "svc_run");
	check_words(part_at(3, 2, 2.9, 0.2), "3.00 million", "svc_run");
}

/* ---- system calls ---- */

static json_t *part_counting(double rpc, double raw, double stock)
{
	const double counts[] = { rpc, raw, stock };
	static const char *const names[] = { "rpc+tcp", "raw+tcp", "tirpc+tcp" };
	json_t *rows = json_array();

	for (int i = 0; i < 3; i++) {
		json_t *row = add_row(rows, "endpoint", names[i], NULL);

		set_figure(row, "client_system_calls", counts[i] / 2, 0);
		set_figure(row, "server_system_calls", counts[i] / 2, 0);
	}
	return json_pack("{s:o}", "system_calls", rows);
}

static void test_system_calls(void)
{
	check_words(part_counting(5, 5, 9), "takes 5.0 system calls at both ends together", "10.0");
	check_words(part_counting(5, 5, 9),
		    "5.0 system calls for one call over tcp on our runtime "
		    "and 9.0 on libtirpc.",
		    "18");
	check_words(part_counting(5, 4, 9), "9.0 on libtirpc.", "as by raw messages");
	check_words(part_counting(5, 5, 5), "by rpc as by raw messages", "libtirpc");
}

/* ---- what is not known ---- */

/* A time without its bounds, as in a document that somebody has edited, is no time. */
static void test_without_bounds(void)
{
	const struct times times = { .rpc = 15, .raw = 12, .spread = 1 };
	json_t *part = part_of(&times);

	json_object_del(json_array_get(json_object_get(part, "latency"), 0), "p50_ns_low");
	check_words(part, "[[], []]", "slower");
	check_words(json_object(), "[[], []]", "µs");
}

/* ---- medians ---- */

static void check_median(const double *values, int rounds, double low, double median, double high)
{
	static const struct figure x = { .key = "x" };
	struct timed_number number = { { 0 } };
	json_t *row = json_object();

	memcpy(number.value, values, (size_t)rounds * sizeof(*values));
	timed_set(row, &x, &number, rounds);
	CU_ASSERT_EQUAL(json_number_value(json_object_get(row, "x_low")), low);
	CU_ASSERT_EQUAL(json_number_value(json_object_get(row, "x")), median);
	CU_ASSERT_EQUAL(json_number_value(json_object_get(row, "x_high")), high);
	json_decref(row);
}

static void test_medians(void)
{
	const double values[] = { 50, 10, 30, 20, 90, 80, 70 };

	check_median(values, 1, 50, 50, 50);
	check_median(values, 2, 10, 30, 50);
	check_median(values, 3, 10, 30, 50);
	check_median(values, 4, 10, 25, 50);
	check_median(values, 7, 10, 50, 90);
}

/* Ten calls lie above a percentile in each round, or it is left out; and so is a CPU time that is
 * not known. */
static void test_too_few_calls(void)
{
	static const struct {
		uint64_t fewest;
		bool p90, p99, p999;
	} cases[] = {
		{ 99, false, false, false }, { 100, true, false, false },
		{ 999, true, false, false }, { 1000, true, true, false },
		{ 9999, true, true, false }, { 10000, true, true, true },
	};
	static struct contestant contestant;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		contestant.object = json_object();
		contestant.fewest = cases[i].fewest;
		contestant.cpu_known = i % 2;
		contestant_set_latency(&contestant, 1);
		CU_ASSERT_PTR_NOT_NULL(json_object_get(contestant.object, "p50_ns"));
		CHECK_INT(json_object_get(contestant.object, "p90_ns") != NULL, cases[i].p90);
		CHECK_INT(json_object_get(contestant.object, "p99_ns") != NULL, cases[i].p99);
		CHECK_INT(json_object_get(contestant.object, "p999_ns") != NULL, cases[i].p999);
		CHECK_INT(json_object_get(contestant.object, "server_cpu_ns") != NULL, i % 2);
		json_decref(contestant.object);
	}
}

static const struct test tests[] = {
	{ "one call", test_one_call },
	{ "how long a procedure must work", test_share },
	{ "layer by layer", test_layer_by_layer },
	{ "what each layer adds", test_ladder },
	{ "what it may or may not add", test_noise_on_the_ladder },
	{ "large arguments", test_payload },
	{ "which transport", test_transports },
	{ "many calls", test_many_calls },
	{ "system calls", test_system_calls },
	{ "what has no bounds is not known", test_without_bounds },
	{ "medians", test_medians },
	{ "too few calls", test_too_few_calls },
	{ 0 },
};

int main(void)
{
	return harness_run("time_judge", tests);
}
