/* Two documents held against each other: what counts as worse, and what does not. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/against.h"
#include "compare/against/show.h"
#include "tests/kit/harness.h"

/* ---- rows ---- */

/* A row of times: a median, what it was in the rounds, and how many connections it is about. */
#define ROW(name, connections, key, value, low, high)                                              \
	"{\"endpoint\":\"" name "\",\"connections\":" #connections ",\"" key "\":" #value          \
	",\"" key "_rounds\":[" #low "," #value "," #value "," #high "],\"command\":\"" #value     \
	"\"}"
/* The same with a placement, and the extremes alone. */
#define PLACED(placement, key, low, high)                                                          \
	"{\"placement\":\"" placement "\",\"" key "\":" #low ",\"" key "_rounds\":[" #low          \
	"," #high "]}"
/* A cell of an experiment, with more of it. */
#define CELL(endpoint, saw, more) "{\"endpoint\":\"" endpoint "\",\"saw\":\"" saw "\"" more "}"
#define EXECUTED(times)           ",\"executed\":" #times

struct against_case {
	const char *old, *new;   /* rows */
	int better, worse, tied; /* all negative: nothing in common */
	int gone, unjudged, noisy;
};

static json_t *document_with(const char *rows)
{
	char text[1024];

	snprintf(text, sizeof(text), "{\"time\":{\"rows\":[%s]}}", rows);
	return json_loads(text, 0, NULL);
}

static int count_of(const json_t *against, const char *key)
{
	return (int)json_integer_value(json_object_get(against, key));
}

static void check_counts(const json_t *against, const struct against_case *expected)
{
	CHECK_INT(count_of(against, "better"), expected->better);
	CHECK_INT(count_of(against, "worse"), expected->worse);
	CHECK_INT(count_of(against, "tied"), expected->tied);
	CHECK_INT(count_of(against, "gone"), expected->gone);
	CHECK_INT(count_of(against, "unjudged"), expected->unjudged);
	CHECK_INT(count_of(against, "noisy"), expected->noisy);
	CHECK_INT(json_array_size(json_object_get(against, "rows")),
		  expected->better + expected->worse + expected->gone);
	CHECK_INT(against_is_worse(against), expected->worse + expected->gone > 0);
}

static void check_against(const struct against_case *expected)
{
	json_t *old = document_with(expected->old), *new = document_with(expected->new);
	struct failure failure = { 0 };
	json_t *against = against_make(old, new, &failure);

	if (expected->better < 0) {
		CU_ASSERT_PTR_NULL(against);
		CHECK_INT(failure.code, FAILURE_DATA);
	} else {
		check_counts(against, expected);
	}
	json_decref(against);
	json_decref(old);
	json_decref(new);
}

static void check_all(const struct against_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_against(&cases[i]);
}

#define CHECK_ALL(cases) check_all(cases, sizeof(cases) / sizeof((cases)[0]))

static void test_measured(void)
{
	static const struct against_case cases[] = {
		/* the rounds disagree; agree within the margin, on both sides of it, beyond it */
		{ ROW("a", 1, "p50_ns", 100, 90, 110), ROW("a", 1, "p50_ns", 300, 95, 320), 0, 0, 0,
		  0, 0, 1 },
		{ ROW("a", 1, "p50_ns", 100, 90, 110), ROW("a", 1, "p50_ns", 130, 111, 140), 0, 0,
		  1, 0, 0, 0 },
		{ ROW("a", 1, "p50_ns", 100, 90, 110), ROW("a", 1, "p50_ns", 198, 190, 200), 0, 0,
		  0, 0, 0, 1 },
		{ ROW("a", 1, "p50_ns", 100, 90, 110), ROW("a", 1, "p50_ns", 230, 221, 240), 0, 1,
		  0, 0, 0, 0 },
		{ ROW("a", 1, "p50_ns", 230, 221, 240), ROW("a", 1, "p50_ns", 100, 90, 110), 1, 0,
		  0, 0, 0, 0 },
		{ ROW("a", 1, "cost_ns", 100, 90, 110), ROW("a", 1, "cost_ns", 230, 221, 240), 0, 1,
		  0, 0, 0, 0 },
		/* on two CPUs it takes more; of rates more is better, on one CPU */
		{ PLACED("one CPU", "p50_ns", 90, 100), PLACED("one CPU", "p50_ns", 201, 210), 0, 1,
		  0, 0, 0, 0 },
		{ PLACED("two CPUs", "p50_ns", 90, 100), PLACED("two CPUs", "p50_ns", 340, 360), 0,
		  0, 1, 0, 0, 0 },
		{ PLACED("two CPUs", "p50_ns", 90, 100), PLACED("two CPUs", "p50_ns", 401, 410), 0,
		  1, 0, 0, 0, 0 },
		{ PLACED("one CPU", "per_second", 90, 100), PLACED("one CPU", "per_second", 48, 55),
		  0, 0, 1, 0, 0, 0 },
		{ PLACED("one CPU", "per_second", 90, 100), PLACED("one CPU", "per_second", 30, 44),
		  0, 1, 0, 0, 0, 0 },
		{ PLACED("one CPU", "per_second", 30, 44), PLACED("one CPU", "per_second", 90, 100),
		  1, 0, 0, 0, 0, 0 },
		{ PLACED("two CPUs", "per_second", 90, 100), PLACED("two CPUs", "per_second", 3, 4),
		  0, 0, 0, 0, 1, 0 },
		/* one that was far out does not hide what all agree on, but one that disagrees does
		 */
		{ PLACED("one CPU", "p50_ns", 40, 100), PLACED("one CPU", "p50_ns", 250, 2600), 0,
		  1, 0, 0, 0, 0 },
		{ PLACED("one CPU", "p50_ns", 40, 300), PLACED("one CPU", "p50_ns", 250, 260), 0, 0,
		  0, 0, 0, 1 },
		/* system calls; bytes are exact */
		{ ROW("a", 1, "client_system_calls", 2, 2, 2),
		  ROW("a", 1, "client_system_calls", 2.1, 2, 2.2), 0, 0, 1, 0, 0, 0 },
		{ ROW("a", 1, "client_system_calls", 2, 2, 2),
		  ROW("a", 1, "client_system_calls", 3, 3, 3), 0, 1, 0, 0, 0, 0 },
		{ "{\"call\":\"x\",\"all_bytes\":72}", "{\"call\":\"x\",\"all_bytes\":73}", 0, 1, 0,
		  0, 0, 0 },
		{ "{\"call\":\"x\",\"all_bytes\":72}", "{\"call\":\"x\",\"all_bytes\":71}", 1, 0, 0,
		  0, 0, 0 },
		{ PLACED("two CPUs", "sent_bytes", 72, 72),
		  PLACED("two CPUs", "sent_bytes", 73, 73), 0, 1, 0, 0, 0, 0 },
		/* without rounds the figure stands for them */
		{ ROW("a", 1, "p50_ns", 100, 90, 110),
		  "{\"endpoint\":\"a\",\"connections\":1,\"p50_ns\":1000}", 0, 1, 0, 0, 0, 0 },
		{ "{\"endpoint\":\"a\",\"p50_ns\":100}", "{\"endpoint\":\"a\",\"p50_ns\":190}", 0,
		  0, 1, 0, 0, 0 },
		/* what comes out otherwise each time is no figure */
		{ "{\"call\":\"x\",\"p99_ns\":72}", "{\"call\":\"x\",\"p99_ns\":990}", -1, -1, -1,
		  0, 0, 0 },
	};

	CHECK_ALL(cases);
}

static void test_rows_are_told_apart(void)
{
	static const struct against_case cases[] = {
		{ ROW("a", 1, "p50_ns", 100, 90, 110), ROW("b", 1, "p50_ns", 100, 90, 110), -1, -1,
		  -1, 0, 0, 0 },
		{ ROW("a", 1, "p50_ns", 100, 90, 110), ROW("a", 2, "p50_ns", 100, 90, 110), -1, -1,
		  -1, 0, 0, 0 },
		/* in another order; and one that is missing */
		{ ROW("a", 1, "p50_ns", 1, 1, 1) "," ROW("a", 2, "p50_ns", 5, 5, 5),
		  ROW("a", 2, "p50_ns", 11, 11, 11) "," ROW("a", 1, "p50_ns", 1, 1, 1), 0, 1, 1, 0,
		  0, 0 },
		{ ROW("a", 1, "p50_ns", 1, 1, 1) "," ROW("a", 2, "p50_ns", 5, 5, 5),
		  ROW("a", 2, "p50_ns", 5, 5, 5), 0, 0, 1, 1, 0, 0 },
		{ ROW("a", 2, "p50_ns", 5, 5, 5),
		  ROW("a", 1, "p50_ns", 1, 1, 1) "," ROW("a", 2, "p50_ns", 5, 5, 5), 0, 0, 1, 0, 0,
		  0 },
	};

	CHECK_ALL(cases);
}

static void test_cells(void)
{
	static const struct against_case cases[] = {
		{ CELL("a", "answered", ""), CELL("a", "hung", ""), 0, 1, 0, 0, 0, 0 },
		{ CELL("a", "answered", ""), CELL("a", "timed out", ""), 0, 1, 0, 0, 0, 0 },
		{ CELL("a", "refused", ""), CELL("a", "accepted", ""), 0, 1, 0, 0, 0, 0 },
		{ CELL("a", "timed out", ""), CELL("a", "wrong", ""), 0, 1, 0, 0, 0, 0 },
		{ CELL("a", "timed out", ""), CELL("a", "closed", ""), 1, 0, 0, 0, 0, 0 },
		{ CELL("a", "closed", ""), CELL("a", "nobody", ""), 0, 0, 1, 0, 0, 0 },
		/* to be told less of what there is */
		{ CELL("a", "refused", ",\"high\":2"), CELL("a", "refused", ""), 0, 1, 0, 0, 0, 0 },
		{ CELL("a", "refused", ""), CELL("a", "refused", ",\"high\":2"), 1, 0, 0, 0, 0, 0 },
		/* a cell that could not be had */
		{ CELL("a", "answered", "") "," CELL("b", "answered", ""),
		  CELL("a", "answered", "") "," CELL("b", "not staged", ""), 0, 0, 1, 1, 0, 0 },
		{ CELL("a", "not staged", "") "," CELL("b", "answered", ""),
		  CELL("a", "hung", "") "," CELL("b", "answered", ""), 0, 0, 1, 0, 0, 0 },
		/* how often it was executed, held against what the caller was told */
		{ CELL("a", "answered", EXECUTED(1)), CELL("a", "answered", EXECUTED(5)), 0, 1, 1,
		  0, 0, 0 },
		{ CELL("a", "answered", EXECUTED(2)), CELL("a", "answered", EXECUTED(1)), 1, 0, 1,
		  0, 0, 0 },
		{ CELL("a", "answered", EXECUTED(1)), CELL("a", "answered", EXECUTED(0)), 0, 1, 1,
		  0, 0, 0 },
		{ CELL("a", "timed out", EXECUTED(0)), CELL("a", "timed out", EXECUTED(1)), 0, 0, 2,
		  0, 0, 0 },
		{ CELL("a", "refused", EXECUTED(0)), CELL("a", "refused", EXECUTED(1)), 0, 1, 1, 0,
		  0, 0 },
		{ CELL("a", "answered", EXECUTED(1)), CELL("a", "answered", ""), 0, 0, 1, 1, 0, 0 },
	};

	CHECK_ALL(cases);
}

/* Several runs of a cell have a spread too; a single one by udp may be luck. */
static void test_cells_that_depend_on_luck(void)
{
#define EACH(one, other) ",\"each_saw\":[\"" one "\",\"" other "\"]"
	static const struct against_case cases[] = {
		{ CELL("a", "answered", EACH("answered", "timed out")),
		  CELL("a", "timed out", EACH("timed out", "timed out")), 0, 0, 1, 0, 0, 0 },
		{ CELL("a+udp", "answered", EACH("answered", "answered")),
		  CELL("a+udp", "timed out", EACH("timed out", "hung")), 0, 1, 0, 0, 0, 0 },
		{ CELL("a", "answered",
		       EACH("answered", "answered") EXECUTED(1) ",\"each_executed\":[1,2]"),
		  CELL("a", "answered",
		       EACH("answered", "answered") EXECUTED(2) ",\"each_executed\":[2,2]"),
		  0, 0, 2, 0, 0, 0 },
		{ CELL("a", "answered",
		       EACH("answered", "answered") EXECUTED(1) ",\"each_executed\":[1,null]"),
		  CELL("a", "answered",
		       EACH("answered", "answered") EXECUTED(2) ",\"each_executed\":[2,2]"),
		  0, 1, 1, 0, 0, 0 },
		{ CELL("a+udp", "answered", ""), CELL("a+udp", "timed out", ""), 0, 0, 0, 0, 1, 0 },
		{ CELL("a+udp", "answered", ""), CELL("a+udp", "hung", ""), 0, 1, 0, 0, 0, 0 },
		{ CELL("a+tcp", "answered", ""), CELL("a+tcp", "timed out", ""), 0, 1, 0, 0, 0, 0 },
	};

	CHECK_ALL(cases);
}

/* ---- one build, twice ---- */

/* A row of each kind for each of two runs; bounds that one build had on one machine, quiet, in runs
 * that were furthest apart of twenty. */
static const struct pair {
	const char *key, *placement;
	double low[2], high[2];
} furthest[] = {
	{ "p50_ns", "one CPU", { 8639, 12415 }, { 8703, 12415 } },           /* bare unix */
	{ "p50_ns", "one CPU", { 4863, 6687 }, { 4895, 6783 } },             /* bare pipe */
	{ "p50_ns", "two CPUs", { 140, 523 }, { 150, 563 } },                /* bare shm */
	{ "p50_ns", "two CPUs", { 35071, 57087 }, { 36863, 69631 } },        /* rpc+pipe */
	{ "p50_ns", NULL, { 120319, 183295 }, { 120831, 185343 } },          /* 32 KiB, rpc+tcp */
	{ "cost_ns", NULL, { 31.62, 50.25 }, { 31.87, 51.75 } },             /* packing by hand */
	{ "cost_ns", NULL, { 106.5, 169 }, { 108.5, 175 } },                 /* the raw stub */
	{ "per_second", "one CPU", { 48425, 67003 }, { 48729, 68999 } },     /* raw+tcp, 4 calls */
	{ "per_second", "one CPU", { 2420, 80510 }, { 42210, 81964 } },      /* rpc+tcp, 64 */
	{ "per_second", "two CPUs", { 1493, 132002 }, { 18533, 155690 } },   /* rpc+tcp, 16 */
	{ "client_system_calls", NULL, { 1.857, 1.943 }, { 1.871, 1.943 } }, /* raw+shm */
};

#define PAIRS (sizeof(furthest) / sizeof(furthest[0]))

/* Seven rounds from one of its bounds to the other, each as many times as much as the one before.
 */
static void set_rounds(json_t *row, const struct pair *pair, int run)
{
	json_t *rounds = json_array();
	char name[64];

	for (int i = 0; i < 7; i++)
		json_array_append_new(
			rounds,
			json_real(pair->low[run] * pow(pair->high[run] / pair->low[run], i / 6.0)));
	snprintf(name, sizeof(name), "%s_rounds", pair->key);
	json_object_set_new(row, name, rounds);
}

/* A document with what `run` had of each. */
static json_t *document_of_run(int run)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < PAIRS; i++) {
		const struct pair *pair = &furthest[i];
		json_t *row = json_pack("{s:i,s:s*,s:f}", "depth", (int)i, "placement",
					pair->placement, pair->key, pair->low[run]);

		set_rounds(row, pair, run);
		json_array_append_new(rows, row);
	}
	return json_pack("{s:{s:o}}", "time", "rows", rows);
}

static void test_one_build_twice(void)
{
	for (int i = 0; i < 4; i++) {
		json_t *old = document_of_run(i / 2), *new = document_of_run(i % 2);
		struct failure failure;
		json_t *against = against_make(old, new, &failure);

		CHECK_INT(count_of(against, "better"), 0);
		CHECK_INT(count_of(against, "worse"), 0);
		CHECK_THAT(count_of(against, "tied") >= (int)PAIRS - 2, "%d are the same",
			   count_of(against, "tied"));
		json_decref(against);
		json_decref(old);
		json_decref(new);
	}
}

/* ---- whole documents ---- */

static const char whole[] =
	"{\"sidecall\":\"1\",\"quick\":true,\"bytes\":{\"calls\":[{\"call\":\"null\",\"endpoints\":"
	"{\"rpc+tcp\":{\"all_bytes\":72},\"tirpc+tcp\":{}}},{\"call\":\"list\",\"endpoints\":"
	"{\"rpc+tcp\":{\"all_bytes\":320}}}]},"
	"\"time\":{\"latency\":[" PLACED("one CPU", "p50_ns", 90, 110) "," PLACED(
		"two CPUs", "p50_ns", 900,
		1100) "],\"throughput\":[" ROW("rpc+tcp", 1, "per_second", 1000, 900,
					       1100) "],"
						     "\"payload\":[{\"endpoint\":\"rpc+tcp\","
						     "\"argument_size\":16,\"p50_ns\":100},"
						     "{\"endpoint\":\"rpc+tcp\",\"argument_size\":"
						     "32768,\"p50_ns\":9000}],"
						     "\"system_calls\":[{\"endpoint\":\"rpc+tcp\","
						     "\"client_system_calls\":2}]},"
						     "\"failures\":{\"matrix\":[{\"endpoint\":"
						     "\"rpc+udp\",\"duplicate\":\"answered\"}],"
						     "\"faults\":[{\"key\":\"duplicate\",\"title\":"
						     "\"t\",\"cells\":[" CELL("rpc+udp", "answered", EXECUTED(1)) "," CELL(
							     "rpc+tcp", "answered",
							     EXECUTED(
								     1)) "]},"
									 "{\"key\":\"killed\","
									 "\"cells\":[" CELL(
										 "rpc+udp",
										 "nobody",
										 "") "]}]},"
										     "\"evolution\""
										     ":{"
										     "\"changes\":["
										     "{\"key\":"
										     "\"retired\","
										     "\"answers\":["
										     "{\"protocol\""
										     ":\"rpc\","
										     "\"saw\":"
										     "\"refused\","
										     "\"high\":2,"
										     "\"learns\":"
										     "\"l\"},{"
										     "\"protocol\":"
										     "\"raw\","
										     "\"saw\":"
										     "\"refused\","
										     "\"executed\":"
										     "0}]}]}}";

#define JUDGED                                                                                     \
	15 /* in there: 2 of bytes, 6 of time, 5 of failures, 3 of evolution, less 1 rate          \
	    */

static json_t *load(void)
{
	json_t *document = json_loads(whole, 0, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(document);
	return document;
}

/* The new document against the whole one; both are dropped but for `new`'s own reference. */
static json_t *against_whole(json_t *new)
{
	json_t *old = load();
	struct failure failure;
	json_t *against = against_make(old, new, &failure);

	json_decref(old);
	json_decref(new);
	return against;
}

/* Turns every array around, at every depth. */
static void turn_around(json_t *value)
{
	json_t *member;
	const char *key;
	size_t count = json_array_size(value);

	json_object_foreach (value, key, member)
		turn_around(member);
	for (size_t i = 0; i < count; i++) {
		turn_around(json_array_get(value, count - 1));
		json_array_insert(value, i, json_array_get(value, count - 1));
		json_array_remove(value, count);
	}
}

static void test_order_makes_no_difference(void)
{
	static const struct against_case expected = { NULL, NULL, 0, 0, JUDGED, 0, 1, 0 };
	json_t *turned = load(), *against;

	turn_around(turned);
	CHECK_STR(json_string_value(json_object_get(
			  json_array_get(json_object_get(json_object_get(turned, "bytes"), "calls"),
					 0),
			  "call")),
		  "list");
	against = against_whole(turned);
	check_counts(against, &expected);
	json_decref(against);
}

/* Puts another value wherever a member has a value (or any, for NULL). */
static void replace(json_t *value, const char *key, const json_t *old, json_t *new)
{
	json_t *member;
	const char *name;
	size_t i;

	json_array_foreach (value, i, member)
		replace(member, key, old, new);
	json_object_foreach (value, name, member) {
		if (strcmp(name, key) == 0 && (!old || json_equal(member, old)))
			json_object_set((json_t *)value, name, new);
		else
			replace(member, key, old, new);
	}
}

static void test_edits_are_seen(void)
{
	static const struct {
		const char *key, *old, *new; /* JSON; an old of NULL is any, a new one is null */
		int worse, gone;
	} cases[] = {
		{ "executed", "1", "5", 2, 0 },
		{ "executed", "0", "1", 1, 0 },
		{ "saw", "\"answered\"", "\"hung\"", 2, 0 },
		{ "saw", "\"nobody\"", "\"accepted\"", 1, 0 },
		{ "saw", "\"refused\"", "\"wrong\"", 2, 0 },
		{ "saw", "\"answered\"", "\"not staged\"", 0, 2 },
		{ "high", NULL, "null", 1, 0 },
		{ "p50_ns", "100", "1000", 1, 0 },
		{ "p50_ns", NULL, "null", 0, 4 },
		{ "throughput", NULL, "[]", 0, 1 },
		{ "system_calls", NULL, "null", 0, 1 },
		{ "faults", NULL, "null", 0, 5 },
		{ "answers", NULL, "[]", 0, 3 },
		{ "endpoints", NULL, "{}", 0, 2 },
		{ "title", NULL, "\"other\"", 0, 0 },
		{ "learns", NULL, "\"other\"", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *old = cases[i].old ? json_loads(cases[i].old, JSON_DECODE_ANY, NULL) : NULL;
		json_t *new = json_loads(cases[i].new, JSON_DECODE_ANY, NULL), *edited = load();
		json_t *against;

		replace(edited, cases[i].key, old, new);
		against = against_whole(edited);
		CHECK_THAT(count_of(against, "worse") == cases[i].worse &&
				   count_of(against, "gone") == cases[i].gone,
			   "%s to %s: %d worse and %d gone", cases[i].key, cases[i].new,
			   count_of(against, "worse"), count_of(against, "gone"));
		json_decref(against);
		json_decref(old);
		json_decref(new);
	}
}

/* What is said, but is no figure. */
static void test_what_is_said(void)
{
	json_t *new = load(), *against;
	struct text out = { 0 };
	char *text = NULL;
	size_t size;

	json_object_del(new, "failures");
	json_object_set_new(new, "quick", json_false());
	json_object_set_new(new, "machine", json_object());
	json_object_set_new(new, "code", json_object());
	json_array_clear(json_object_get(json_object_get(new, "time"), "system_calls"));
	against = against_whole(new);
	out.file = open_memstream(&text, &size);
	against_print(against, &out);
	fclose(out.file);
	for (char *c = text; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Only the old one has failures. Only the new one has "
					    "code. It was made on another machine"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "One of the two is a quick one."));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "1 that the old one has are gone"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "1 are left to chance"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "time system_calls rpc+tcp: client_system_calls    2    -  gone"));
	free(text);
	json_decref(against);
}

static const struct test tests[] = {
	{ "what was measured", test_measured },
	{ "rows are told apart", test_rows_are_told_apart },
	{ "cells", test_cells },
	{ "cells that depend on luck", test_cells_that_depend_on_luck },
	{ "one build twice is no worse", test_one_build_twice },
	{ "order makes no difference", test_order_makes_no_difference },
	{ "edits are seen", test_edits_are_seen },
	{ "what is said beside the figures", test_what_is_said },
	{ 0 },
};

int main(void)
{
	return harness_run("against", tests);
}
