/* What is said of times follows from the times: documents made by hand, and the words they get. */
#include <stdlib.h>
#include <string.h>

#include "client/compare/ladder.h"
#include "client/compare/time.h"
#include "client/compare/timed.h"
#include "tests/harness.h"

/* A number between two bounds that lie `spread` apart, as key, key_low and key_high. */
static void set_figure(json_t *row, const char *key, double value, double spread)
{
	char name[64];

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

	add_latency(latency, "rpc+tcp", TIME_ONE_CPU, times->rpc, times->spread);
	add_latency(latency, "raw+tcp", TIME_ONE_CPU, times->raw, times->spread);
	add_latency(latency, "tirpc+tcp", TIME_ONE_CPU, times->tirpc, times->spread);
	add_latency(latency, "bare tcp", TIME_ONE_CPU, times->bare, times->spread);
	add_latency(latency, "bare tcp, epoll", TIME_ONE_CPU, times->many, times->spread);
	/* Never to be mixed up with the others. */
	add_latency(latency, "raw+tcp", TIME_TWO_CPUS, 777, 1);
	add_layer(layers, "rpc stub", times->rpc_stub);
	add_layer(layers, "raw stub", times->raw_stub);
	part = json_pack("{s:o,s:o,s:o}", "latency", latency, "layers", layers, "ladder",
			 ladder_make(layers, latency));
	return part;
}

/* All that is said of a part, which is released, in one text. */
static char *words_on(json_t *part)
{
	struct verdict verdict = { json_array(), json_array(), "time" };
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
		{ { .rpc = 15, .raw = 12, .spread = 1 }, "rpc is slower by 25.0 %", "faster" },
		{ { .rpc = 12, .raw = 15, .spread = 1 }, "rpc is faster by 20.0 %", "slower" },
		{ { .rpc = 15, .raw = 12, .spread = 4 }, "15.0 us by rpc and 12.0 us", "slower" },
		{ { .rpc = 15, .raw = 12, .spread = 4 }, "a tie", "%." },
		{ { .rpc = 12, .tirpc = 15, .spread = 1 },
		  "12.0 us over tcp on our runtime and 15.0 us on libtirpc's, one call at a time "
		  "on one CPU: ours is faster, at 0.80 times",
		  "slower" },
		{ { .rpc = 15, .tirpc = 12, .spread = 1 }, "ours is slower, at 1.25", "faster" },
		{ { .rpc = 15, .tirpc = 12, .spread = 3 }, "a tie", "slower" },
		{ { .rpc = 15, .spread = 3 }, "[[], []]", "us" },
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
		  "take 0.25 us by rpc and 0.10 us by hand: that is 0.15 us of the 1.00 us by "
		  "which "
		  "rpc is slower; the other 0.85 us no layer explains",
		  "faster" },
		{ { 16, 15, 0, 13, 14, 1.6, 0.1, 0.1 }, "as much as the 1.00 us", "the other" },
		{ { 16, 15, 0, 13, 14, 0.1, 0.2, 0.1 },
		  "do not explain the 1.00 us by which rpc is slower",
		  "faster" },
		{ { 15, 16, 0, 13, 14, 0.25, 0.1, 0.1 },
		  "do not explain the 1.00 us by which rpc is faster",
		  "slower" },
		{ { 15, 16, 0, 13, 14, 0.1, 0.3, 0.1 },
		  "that is 0.20 us of the 1.00 us by which rpc is faster",
		  "slower" },
		{ { 16, 15, 0, 13, 14, 0.25, 0.1, 2 },
		  "the bare transport takes 13.0 us, 14.0 us with a server that waits for many, "
		  "and "
		  "stub, headers and packing at both ends "
		  "take 0.25 us by rpc and 0.10 us by hand; whole calls take 16.0 and 15.0 us, a "
		  "tie",
		  "which rpc is" },
		{ { 16, 15, 0, 13, 0, 0.25, 0.1, 2 }, "16.0 us by rpc", "Layer by layer" },
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

/* What is no more than rounds differ among themselves is not said to be added. */
static void test_ties_of_the_ladder(void)
{
	const struct times times = { 16, 15, 20, 13, 13.5, 0.25, 0.125, 1 };
	json_t *part = part_of(&times), *ladder = json_object_get(part, "ladder");

	CU_ASSERT_EQUAL(added(ladder, "bare tcp, epoll"), 0);
	CU_ASSERT(json_is_true(json_object_get(json_array_get(ladder, 3), "tie")));
	CU_ASSERT_EQUAL(added(ladder, "tirpc+tcp"), 20000 - 16000);
	CU_ASSERT(json_is_false(json_object_get(json_array_get(ladder, 6), "tie")));
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
		"With an array of 32768 bytes as its argument, a call over tcp takes 119.0 us by "
		"rpc and 82.0 us by raw messages on one CPU: rpc is slower by 45.1 %",
		"tie");
	check_words(with_payload(119, 82, 1),
		    "\"choose\": \"raw\", \"when\": \"arguments are large", "\"rpc\"");
	check_words(with_payload(60, 80, 1), "rpc is faster by 25.0 %", "\"raw\"");
	check_words(with_payload(119, 82, 40), "a tie, for rounds of the same differ", "choose");
	half = with_payload(119, 82, 1);
	json_array_remove(json_object_get(half, "payload"), 1); /* what raw takes is not known */
	check_words(half, "[[], []]", "us");
}

/* ---- which transport ---- */

/* On one CPU, in microseconds; all spreads are 0.2. */
static json_t *part_with(double tcp, double pipe, double shm)
{
	json_t *latency = json_array();

	add_latency(latency, "rpc+tcp", TIME_ONE_CPU, tcp, 0.2);
	add_latency(latency, "rpc+pipe", TIME_ONE_CPU, pipe, 0.2);
	add_latency(latency, "rpc+shm", TIME_ONE_CPU, shm, 0.2);
	add_latency(latency, "raw+fifo", TIME_ONE_CPU, 1, 0.2);
	return json_pack("{s:o}", "latency", latency);
}

static void test_transports(void)
{
	check_words(part_with(13, 8, 9), "\"choose\": \"pipe\"", "shm");
	check_words(part_with(13, 9, 8), "\"choose\": \"shm\"", "pipe");
	check_words(part_with(13, 9, 8), "8.0 us a call on one CPU, where tcp takes 13.0 us",
		    "tie");
	check_words(part_with(13, 8.1, 8), "\"choose\": \"pipe or shm\"", "fifo");
	check_words(part_with(13, 8, 8.1), "from 8.0 us a call on one CPU, between them a tie",
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
		row = add_row(rows, "endpoint", names[i / 2], TIME_TWO_CPUS);
		json_object_set_new(row, "connections", json_integer(16));
		json_object_set_new(row, "depth", json_integer(i % 2 ? 16 : 1));
		set_figure(row, "per_second", i % 2 ? rates[i / 2] * 1e6 : 777e6, spread * 1e6);
	}
	return json_pack("{s:o}", "throughput", rows);
}

static void test_many_calls(void)
{
	check_words(part_at(3, 2, 1, 0.1),
		    "on two CPUs, there are 3.00 million calls a second by rpc and 2.00 million by "
		    "raw messages: rpc is ahead",
		    "raw messages are ahead");
	check_words(part_at(2, 3, 1, 0.1), "raw messages are ahead", "rpc is ahead");
	check_words(part_at(2, 3, 1, 2), "a tie", "ahead");
	check_words(part_at(3, 2, 1, 0.1),
		    "3.00 million calls a second on two CPUs, where svc_run makes 1.00 million",
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
		    "and 9.0 on libtirpc's",
		    "18");
	check_words(part_counting(5, 4, 9), "9.0 on libtirpc's", "as by raw messages");
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
	check_words(json_object(), "[[], []]", "us");
}

/* ---- medians ---- */

static void check_median(const double *values, int rounds, double low, double median, double high)
{
	struct timed_number number = { { 0 } };
	json_t *row = json_object();

	memcpy(number.value, values, (size_t)rounds * sizeof(*values));
	timed_set(row, "x", &number, rounds);
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
	{ "layer by layer", test_layer_by_layer },
	{ "what each layer adds", test_ladder },
	{ "what it may or may not add", test_ties_of_the_ladder },
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
