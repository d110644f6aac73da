/* What runs of one experiment have in common, and what the verdict makes of those that differ. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/failures/failures.h"
#include "compare/part/part.h"
#include "compare/part/repeats.h"
#include "compare/part/verdict.h"
#include "client/json.h"
#include "tests/kit/harness.h"

#define RUNS 5

static struct call_outcome outcome_of(enum outcome_kind seen, int64_t executed, int64_t after)
{
	struct call_outcome outcome;

	call_outcome_init(&outcome);
	outcome.kind = seen;
	outcome.executed = executed;
	outcome.after = after;
	return outcome;
}

/* ---- runs ---- */

static void test_typical(void)
{
	const struct call_outcome mixed[RUNS] = {
		outcome_of(OUTCOME_TIMEOUT, 0, 300), outcome_of(OUTCOME_ANSWERED, 1, 90),
		outcome_of(OUTCOME_ANSWERED, 1, 10), outcome_of(OUTCOME_ANSWERED, 1, 50),
		outcome_of(OUTCOME_TIMEOUT, 1, 301),
	};
	size_t agreed;

	CHECK_INT(repeats_typical(mixed, RUNS, &agreed), 3); /* the median of 10, 50 and 90 */
	CHECK_INT(agreed, 3);
	CHECK_INT(repeats_typical(mixed, 2, &agreed), 0); /* of equals, the first */
	CHECK_INT(agreed, 1);
	CHECK_INT(repeats_typical(mixed, 1, &agreed), 0);
	CHECK_INT(agreed, 1);
}

static void test_document(void)
{
	const struct call_outcome runs[] = { outcome_of(OUTCOME_TIMEOUT, OUTCOME_UNKNOWN, 300),
					     outcome_of(OUTCOME_ANSWERED, 2, 20),
					     outcome_of(OUTCOME_ANSWERED, 2, 10) };
	json_t *cell = json_object();
	char *text;

	repeats_put(runs, 3, cell);
	text = json_dumps(cell, JSON_COMPACT | JSON_SORT_KEYS);
	CHECK_STR(text, "{\"after_ns\":10,\"agreed\":2,\"each_after_ns\":[300,20,10],"
			"\"each_executed\":[null,2,2],"
			"\"each_saw\":[\"timed out\",\"answered\",\"answered\"],"
			"\"executed\":2,\"runs\":3,\"saw\":\"answered\"}");
	free(text);
	CHECK_INT(repeats_count(cell), 3);
	CHECK_INT(repeats_saw(cell, 1u << OUTCOME_ANSWERED), 2);
	CHECK_INT(repeats_saw(cell, 1u << OUTCOME_TIMEOUT), 1);
	CHECK_INT(repeats_executed(cell, 2), 2);
	CHECK_INT(repeats_executed(cell, 3), 0);
	json_decref(cell);
}

/* One that has run once is its own list; one that was not staged has none. */
static void test_one_run(void)
{
	json_t *once = json_pack("{s:s,s:i}", "saw", "closed", "executed", 1);
	json_t *never = json_pack("{s:s}", "saw", "not staged");

	CHECK_INT(repeats_count(once), 1);
	CHECK_INT(repeats_saw(once, 1u << OUTCOME_CLOSED), 1);
	CHECK_INT(repeats_saw(once, 1u << OUTCOME_ANSWERED), 0);
	CHECK_INT(repeats_executed(once, 1), 1);
	CHECK_INT(repeats_count(never), 0);
	CHECK_INT(repeats_saw(never, 1u << OUTCOME_NONE), 0);
	json_decref(once);
	json_decref(never);
}

/* ---- the verdict ---- */

/* A part with one fault, and the cells given as JSON. */
static json_t *part_of(const char *key, const char *cells)
{
	json_t *list = json_loads(cells, 0, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(list);
	return json_pack("{s:[{s:s,s:s,s:s,s:o}]}", "faults", "key", key, "title", "the fault",
			 "how", "somehow", "cells", list);
}

/* Each case: the cells of a fault, and a sentence or a choice that follows from them, or must not
 * ("" for none). */
static const struct judgement {
	const char *key, *cells, *follows, *not ;
} judgements[] = {
	/* what is not staged has no outcome */
	{ "zeroes", "[{'endpoint':'a','saw':'not staged'},{'endpoint':'b','saw':'closed'}]",
	  "Of 1 faults, none was taken for success in any of 1 cases.", "" },
	{ "zeroes", "[{'endpoint':'a','saw':'not staged'}]", "", "taken for success" },
	{ "zeroes", "[{'endpoint':'a','saw':'wrong'},{'endpoint':'b','saw':'closed'}]",
	  "By a a caller took for success what was none: the fault.", "none was taken" },
	{ "zeroes",
	  "[{'endpoint':'a','saw':'closed','runs':3,'agreed':2,"
	  "'each_saw':['closed','accepted','closed']}]",
	  "It depends whether a caller takes for success what is none: the fault by a in 1 "
	  "of 3 runs.",
	  "none was taken" },
	/* who was beside a bad client */
	{ "never_reads",
	  "[{'endpoint':'a','saw':'timed out'},{'endpoint':'b','saw':'answered'},"
	  "{'endpoint':'c','saw':'closed'},{'endpoint':'d','saw':'not staged'}]",
	  "One bad client kept another waiting beyond its deadline in 1 of 3 cases: a (the fault). "
	  "In 1 the other one's call failed.",
	  "" },
	{ "never_reads",
	  "[{'endpoint':'a+pipe','saw':'hung','seen_by_bad_client':true},"
	  "{'endpoint':'b','saw':'answered'}]",
	  "No bad client kept another one waiting, in 1 cases.", "kept another waiting" },
	{ "never_reads",
	  "[{'endpoint':'a','saw':'answered','runs':3,'agreed':2,"
	  "'each_saw':['answered','timed out','answered']},{'endpoint':'b','saw':'answered'}]",
	  "Whether one bad client keeps another waiting depends on what gets lost in 1 of 2 cases: "
	  "it did by a (the fault) in 1 of 3 runs.",
	  "No bad client" },
	{ "never_reads",
	  "[{'endpoint':'a','saw':'timed out','executed':1,'runs':2,'agreed':1,"
	  "'each_saw':['timed out','timed out'],'each_executed':[1,null]}]",
	  "beyond its deadline in 1 of 1 cases", "depends on what" },
	/* the same request twice */
	{ "duplicate",
	  "[{'endpoint':'a','saw':'answered','executed':1},"
	  "{'endpoint':'b','saw':'answered','executed':2}]",
	  "The same request twice is executed once by a, and more often by b.", "It depends" },
	{ "duplicate",
	  "[{'endpoint':'a','saw':'answered','executed':1},{'endpoint':'b','saw':'answered',"
	  "'executed':2,'runs':2,'agreed':1,'each_saw':['answered','answered'],"
	  "'each_executed':[2,1]}]",
	  "It depends how often the same request twice is executed: more than once by b in 1 of 2 "
	  "runs.",
	  "more often by" },
	/* a server that comes back */
	{ "restarted", "[{'endpoint':'a','saw':'answered'},{'endpoint':'b','saw':'closed'}]",
	  "answered at 1 endpoints, and found its connection closed at 1", "" },
	{ "restarted",
	  "[{'endpoint':'a','saw':'answered','runs':2,'agreed':1,'each_saw':['answered','closed']},"
	  "{'endpoint':'b','saw':'closed'}]",
	  "", "after a restart" },
	/* how often */
	{ "zeroes", "[{'endpoint':'a','saw':'closed'}]", "made to happen once at each endpoint",
	  "" },
	{ "zeroes",
	  "[{'endpoint':'a','saw':'closed','runs':2,'agreed':1,'each_saw':['closed','answered']},"
	  "{'endpoint':'b','saw':'closed','runs':2,'agreed':2,'each_saw':['closed','closed']}]",
	  "happen 2 times at each endpoint; in 1 of 2 cases the outcome was not always the same",
	  "" },
};

/* Sentences and reasons in one text, to be freed. */
static char *judge(const json_t *part)
{
	struct verdict verdict = { .sentences = json_array(), .choices = json_array() };
	char *text;

	part_failures.judge(part, &verdict);
	json_array_extend(verdict.sentences, verdict.choices);
	text = json_dumps(verdict.sentences, 0);
	json_decref(verdict.sentences);
	json_decref(verdict.choices);
	return text;
}

static void check_judgement(const struct judgement *judgement)
{
	char *cells = strdup(judgement->cells), *text;
	json_t *part;

	for (char *quote = cells; (quote = strchr(quote, '\''));)
		*quote = '"';
	part = part_of(judgement->key, cells);
	text = judge(part);
	CHECK_THAT(strstr(text, judgement->follows) != NULL, "\"%s\" does not follow: %s",
		   judgement->follows, text);
	CHECK_THAT(!judgement->not [0] || !strstr(text, judgement->not ), "\"%s\" follows: %s",
		   judgement->not, text);
	free(text);
	free(cells);
	json_decref(part);
}

static void test_judgements(void)
{
	for (size_t i = 0; i < sizeof(judgements) / sizeof(judgements[0]); i++)
		check_judgement(&judgements[i]);
}

/* ---- on a terminal ---- */

static void test_printed(void)
{
	const struct call_outcome runs[] = { outcome_of(OUTCOME_ANSWERED, 1, 2000000),
					     outcome_of(OUTCOME_TIMEOUT, 0, 300000000),
					     outcome_of(OUTCOME_ANSWERED, 1, 4000000) };
	json_t *part = part_of("never_reads", "[{\"endpoint\":\"tirpc+udp\"}]");
	json_t *fault = json_array_get(json_object_get(part, "faults"), 0);
	char *text = NULL;
	size_t size;
	struct text out = { .file = open_memstream(&text, &size) };

	repeats_put(runs, 3, json_array_get(json_object_get(fault, "cells"), 0));
	part_failures.print(part, &out);
	fclose(out.file);
	CHECK_THAT(strstr(text, "the fault                ok1~\n") != NULL, "no mark: %s", text);
	CHECK_THAT(strstr(text, "answered, after ms: tirpc+udp 2.00 (2 of 3 runs)\n") != NULL,
		   "no time: %s", text);
	CHECK_THAT(strstr(text, "tirpc+udp, run by run: answered 1\xc3\x97, timed out 0\xc3\x97, "
				"answered 1\xc3\x97\n") != NULL,
		   "not run by run: %s", text);
	free(text);
	json_decref(part);
}

int main(void)
{
	static const struct test tests[] = {
		{ "the run that stands for all", test_typical },
		{ "in the document", test_document },
		{ "one run, and none", test_one_run },
		{ "what follows", test_judgements },
		{ "printed", test_printed },
		{ 0 },
	};

	return harness_run("repeats", tests);
}
