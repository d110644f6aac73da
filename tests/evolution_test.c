/* Old and new ends: what still works does, and a refusal says as much as its protocol can. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/evolution/evolution.h"
#include "compare/part/part.h"
#include "compare/lab/servers.h"
#include "compare/part/verdict.h"
#include "client/json.h"
#include "tests/kit/harness.h"
#include "tests/kit/json_text.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define PROTOCOLS 3

/* What each protocol's client saw, a word each; how often the call was executed, - where it is not
 * counted; and the versions that it was told of. */
static const struct truth {
	const char *key, *saw[PROTOCOLS], *executed[PROTOCOLS];
	int versions[PROTOCOLS][2];
} truths[] = {
	{ "old_client", { "answered", "answered", "answered" }, { "-", "-", "-" }, { { 0 } } },
	{ "old_server",
	  { "refused", "answered", "refused" },
	  { "-", "-", "-" },
	  { { 1, 1 }, { 0 }, { 1, 1 } } },
	{ "fall_back",
	  { "answered", "answered", "answered" },
	  { "-", "-", "-" },
	  { { 1, 1 }, { 0 }, { 1, 1 } } },
	{ "new_procedure",
	  { "refused", "refused", "refused" },
	  { "-", "-", "-" },
	  { { 1, 1 }, { 0 }, { 1, 1 } } },
	{ "retired",
	  { "refused", "answered", "refused" },
	  { "-", "-", "-" },
	  { { 2, 2 }, { 0 }, { 2, 2 } } },
	{ "unknown_procedure", { "refused", "refused", "refused" }, { "0", "0", "0" }, { { 0 } } },
	{ "unknown_program", { "refused", "refused", "refused" }, { "-", "-", "-" }, { { 0 } } },
	{ "field_added", { "refused", "refused", "accepted" }, { "0", "0", "1" }, { { 0 } } },
	{ "field_missing", { "refused", "refused", "refused" }, { "0", "0", "0" }, { { 0 } } },
	{ "result_wider", { "detected", "detected", "accepted" }, { "-", "-", "-" }, { { 0 } } },
	{ "protocol",
	  { "refused", "refused", "closed" },
	  { "0", "0", "0" },
	  { { 2, 2 }, { 0 }, { 0 } } },
};

#define TRUTHS (sizeof(truths) / sizeof(truths[0]))

static struct servers servers;

static bool never(void)
{
	return false;
}

static bool at_once(void)
{
	return true;
}

static json_t *run(bool (*stopped)(void), struct failure *failure)
{
	struct comparison comparison = { .quick = true, .servers = &servers, .stopped = stopped };

	return part_evolution.run(&comparison, failure);
}

/* ---- what was seen ---- */

static void check_answer(const struct truth *truth, size_t i, const json_t *answer)
{
	const json_t *executed = json_object_get(answer, "executed");
	char seen[128], due[128], count[16] = "-";

	if (executed)
		snprintf(count, sizeof(count), "%d", (int)json_integer_value(executed));
	snprintf(seen, sizeof(seen), "%s %zu: %s, %s, versions %d to %d", truth->key, i,
		 json_text(answer, "saw"), count,
		 (int)json_integer_value(json_object_get(answer, "low")),
		 (int)json_integer_value(json_object_get(answer, "high")));
	snprintf(due, sizeof(due), "%s %zu: %s, %s, versions %d to %d", truth->key, i,
		 truth->saw[i], truth->executed[i], truth->versions[i][0], truth->versions[i][1]);
	CHECK_STR(seen, due);
	/* Nobody is left without a word: success has none, and every failure has. */
	CHECK_INT(json_text(answer, "said")[0] != '\0',
		  json_integer_value(json_object_get(answer, "code")) != 0);
	CHECK_INT(json_object_get(answer, "learns") != NULL,
		  strcmp(truth->saw[i], "answered") != 0);
}

static void test_each_change(void)
{
	struct failure failure = { 0 };
	json_t *part = run(never, &failure);
	const json_t *changes = json_object_get(part, "changes");

	CU_ASSERT_PTR_NOT_NULL_FATAL(part);
	CHECK_INT(json_array_size(changes), TRUTHS);
	for (size_t i = 0; i < TRUTHS; i++) {
		const json_t *change = json_array_get(changes, i);
		const json_t *answers = json_object_get(change, "answers");

		CHECK_STR(json_text(change, "key"), truths[i].key);
		CHECK_INT(json_array_size(answers), PROTOCOLS);
		for (size_t k = 0; k < PROTOCOLS; k++)
			check_answer(&truths[i], k, json_array_get(answers, k));
	}
	json_decref(part);
}

static void test_printed(void)
{
	struct failure failure = { 0 };
	json_t *part = run(never, &failure);
	char *text = NULL, *state = NULL;
	size_t size;
	struct text out = { .file = open_memstream(&text, &size) };

	CU_ASSERT_PTR_NOT_NULL_FATAL(part);
	part_evolution.print(part, &out);
	fclose(out.file);
	json_decref(part);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "  raw    refused: \"the server does not have this "
					    "operation\"; learns that it is refused\n"));
	for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
		CHECK_THAT(text_width(line) <= 100, "%s", line);
	free(text);
}

/* What is counted in the verdict is what was seen, all of it. */
static const char *const sentences[] = {
	"With only one end new, of 8 cases by tirpc: 2 answered, 2 accepted, 4 refused (3 of these "
	"named the versions there are).",
	"With only one end new, of 8 cases by rpc: 2 answered, 5 refused (3 of these named the "
	"versions there are), 1 detected.",
	"With only one end new, of 8 cases by raw: 4 answered, 3 refused (0 of these named the "
	"versions there are), 1 detected.",
	"Of 3 calls of what no version has, by rpc: 3 refused.",
	"Of 3 calls of what no version has, by raw: 3 refused.",
	"Of 3 calls of what no version has, by tirpc: 2 refused, 1 closed.",
};

#define SENTENCES (sizeof(sentences) / sizeof(sentences[0]))

static struct verdict judge(const json_t *part)
{
	struct verdict verdict = { .sentences = json_array(), .choices = json_array() };

	part_evolution.judge(part, &verdict);
	return verdict;
}

static void forget(struct verdict *verdict)
{
	json_decref(verdict->sentences);
	json_decref(verdict->choices);
}

/* Raw's clients see what rpc's saw. */
static void inform_raw(json_t *part)
{
	json_t *change, *answers, *informed;
	size_t i;

	json_array_foreach (json_object_get(part, "changes"), i, change) {
		answers = json_object_get(change, "answers");
		informed = json_deep_copy(json_array_get(answers, 0));
		json_object_set_new(informed, "protocol", json_string("raw"));
		json_array_set_new(answers, 1, informed);
	}
}

static void test_verdict(void)
{
	struct failure failure = { 0 };
	json_t *part = run(never, &failure);
	struct verdict verdict;

	CU_ASSERT_PTR_NOT_NULL_FATAL(part);
	verdict = judge(part);
	CHECK_INT(json_array_size(verdict.sentences), SENTENCES);
	for (size_t i = 0; i < SENTENCES; i++)
		CHECK_STR(json_text(json_array_get(verdict.sentences, i), "sentence"),
			  sentences[i]);
	CHECK_INT(json_array_size(verdict.choices), 1);
	CHECK_STR(json_text(json_array_get(verdict.choices, 0), "because"),
		  "a refusal named the versions there are in 3 cases by rpc and in 0 by raw "
		  "messages");
	forget(&verdict);
	inform_raw(part);
	verdict = judge(part);
	CHECK_INT(json_array_size(verdict.choices), 0);
	forget(&verdict);
	json_decref(part);
}

/* ---- what is left ---- */

static void test_interrupted(void)
{
	struct failure failure = { 0 };

	CU_ASSERT_PTR_NULL(run(at_once, &failure));
	CHECK_STR(failure.why, "interrupted");
}

static void test_nothing_left(void)
{
	servers_close(&servers);
	CHECK_INT(observe_child(getpid()), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "each change, in each protocol", test_each_change },
		{ "printed within 100 columns", test_printed },
		{ "verdict", test_verdict },
		{ "interrupted", test_interrupted },
		{ "nothing is left behind", test_nothing_left },
		{ 0 },
	};
	struct failure failure;
	int status;

	if (!program_use_built() || servers_open(&servers, NULL, &failure))
		return EXIT_FAILURE;
	status = harness_run("evolution", tests);
	servers_close(&servers);
	return status;
}
