/* Documents that were kept: which are taken, and what is made anew. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "compare/bytes/bytes.h"
#include "compare/failures/failures.h"
#include "compare/time/time.h"
#include "compare/document.h"
#include "tests/kit/harness.h"

/* Takes the text as a document.  It, or NULL with the failure. */
static json_t *adopt(const char *text, struct failure *failure)
{
	json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(document);
	if (document_adopt(document, "it", failure) == 0)
		return document;
	CHECK_INT(failure->code, FAILURE_DATA);
	json_decref(document);
	return NULL;
}

#define OURS(part) "{\"sidecall\":\"1\"," part "}"
#define TIME(row)  OURS("\"time\":{\"latency\":[{" row "}]}")

static void test_others_are_refused(void)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{ "[]", "it says nothing of sidecall" },
		{ "{\"sidecall\":1,\"time\":{}}", "it says nothing of sidecall" },
		{ "{\"sidecall\":\"1\"}", "it has no part of one" },
		{ OURS("\"time\":[]"), "time is no object" },
		{ OURS("\"time\":{},\"machine\":\"m\""), "machine is no object" },
		{ OURS("\"time\":{},\"quick\":1"), "quick is no truth" },
		{ OURS("\"time\":{\"latency\":{}}"), "time latency is no list of objects" },
		{ OURS("\"time\":{\"latency\":[1]}"), "time latency is no list of objects" },
		{ OURS("\"time\":{\"percentiles\":[{\"points\":[[50,1],[90]]}]}"),
		  "time percentiles points is no list of pairs of numbers" },
		{ TIME("\"p50_ns\":\"fast\""), "time latency p50_ns is no number" },
		{ TIME("\"p50_ns\":null"), "time latency p50_ns is no number" },
		{ TIME("\"p50_ns\":-1"), "time latency p50_ns is no number" },
		{ TIME("\"p50_ns\":1e300"), "time latency p50_ns is no number" },
		{ TIME("\"endpoint\":7"), "time latency endpoint is no text" },
		{ TIME("\"p50_ns\":5,\"p50_ns_low\":6,\"p50_ns_high\":7"),
		  "time latency p50_ns is not between its bounds" },
		{ TIME("\"p50_ns\":5,\"p50_ns_low\":3,\"p50_ns_high\":4"),
		  "time latency p50_ns is not between its bounds" },
		{ TIME("\"p50_ns\":5,\"p50_ns_low\":5"),
		  "time latency p50_ns is not between its bounds" },
		{ OURS("\"bytes\":{\"endpoints\":{}}"), "bytes endpoints is no list of objects" },
		{ OURS("\"bytes\":{\"calls\":[{\"endpoints\":[]}]}"),
		  "bytes calls endpoints is no object" },
		{ OURS("\"code\":{\"ways\":[{\"lines\":7}]}"), "code ways lines is no object" },
		{ OURS("\"code\":{\"ways\":[{\"lines\":{\"stubs\":[]}}]}"),
		  "code ways lines stubs is no number" },
		{ OURS("\"failures\":{\"faults\":[{\"cells\":[{\"saw\":\"stars\"}]}]}"),
		  "failures faults cells saw is no outcome" },
		{ OURS("\"failures\":{\"daemons\":[]}"), "failures daemons is no object" },
		{ OURS("\"failures\":{\"daemons\":{\"rows\":[{\"stock_ns\":\"5\"}]}}"),
		  "failures daemons rows stock_ns is no number" },
		{ OURS("\"evolution\":{\"changes\":[{\"answers\":[{\"executed\":\"1\"}]}]}"),
		  "evolution changes answers executed is no number" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct failure failure = { 0 };
		char why[256];

		CHECK_THAT(!adopt(cases[i].text, &failure), "%s was taken", cases[i].text);
		snprintf(why, sizeof(why), "it is no comparison: %s", cases[i].complaint);
		CHECK_STR(failure.why, why);
	}
}

/* What an earlier or a later version may have kept, and what may be missing. */
static void test_ours_are_taken(void)
{
	static const char *const cases[] = {
		OURS("\"time\":{}"),
		TIME("\"endpoint\":\"e\""),
		TIME("\"p50_ns\":5,\"p50_ns_low\":5,\"p50_ns_high\":5"),
		TIME("\"p50_ns\":5"),
		OURS("\"time\":{\"ladder\":[{\"adds_ns\":-5}]}"),
		TIME("\"new\":{\"p\":[null,[true]]},\"more\":-1"),
		OURS("\"bytes\":{\"calls\":[{\"answer\":{\"endpoint\":[],\"x_ns\":-7}}]}"),
		OURS("\"failures\":{\"faults\":[{\"cells\":[{\"each_executed\":[1,null]}]}]}"),
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct failure failure = { 0 };
		json_t *document = adopt(cases[i], &failure);

		CHECK_STR(failure.why, "");
		json_decref(document);
	}
}

/* Of the smallest call, whose bytes somebody has changed: the verdict is on these. */
static void test_the_verdict_is_made_anew(void)
{
	static const char text[] = OURS(
		"\"bytes\":{\"calls\":[{\"call\":\"null\",\"endpoints\":{\"rpc+tcp\":"
		"{\"all_bytes\":10},\"raw+tcp\":{\"all_bytes\":99}}}]},\"verdict\":{"
		"\"sentences\":[\"old\",7],\"choices\":\"raw\"},\"against\":[\"old\"]");
	struct failure failure = { 0 };
	json_t *document = adopt(text, &failure), *verdict, *choice;
	char *sentences;

	CU_ASSERT_PTR_NOT_NULL_FATAL(document);
	verdict = json_object_get(document, "verdict");
	choice = json_array_get(json_object_get(verdict, "choices"), 0);
	CHECK_STR(json_string_value(json_object_get(choice, "choose")), "rpc");
	sentences = json_dumps(json_object_get(verdict, "sentences"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(sentences, "no more bytes than raw"));
	CU_ASSERT_PTR_NULL(strstr(sentences, "old"));
	CU_ASSERT_PTR_NULL(json_object_get(document, "against"));
	free(sentences);
	json_decref(document);
}

static void test_commands(void)
{
	static const struct {
		struct comparison comparison;
		const struct part *part;
		const char *command;
	} cases[] = {
		{ { .timeout = CLIENT_TIMEOUT }, &part_time, "sidecall compare --only time" },
		{ { .timeout = CLIENT_TIMEOUT, .quick = true },
		  &part_bytes,
		  "sidecall compare --only bytes --quick" },
		{ { .timeout = INT64_C(2500000000) },
		  &part_failures,
		  "sidecall --timeout 2.5 compare --only failures" },
		{ { .timeout = CLIENT_TIMEOUT, .root = "it's; a root" },
		  &part_bytes,
		  "sidecall compare --only bytes --root 'it'\\''s; a root'" },
		{ { .timeout = CLIENT_TIMEOUT, .quick = true, .root = "lat\xe9" },
		  &part_bytes,
		  "sidecall compare --only bytes --quick --root DIRECTORY" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *command = comparison_command(&cases[i].comparison, cases[i].part);

		CHECK_STR(json_string_value(command), cases[i].command);
		json_decref(command);
	}
}

static const struct test tests[] = {
	{ "what is no comparison is refused", test_others_are_refused },
	{ "what is one is taken", test_ours_are_taken },
	{ "the verdict is made anew", test_the_verdict_is_made_anew },
	{ "the command that repeats a part", test_commands },
	{ 0 },
};

int main(void)
{
	return harness_run("document", tests);
}
