/* The matrix of failures: each cell is there and says what is known to be true, within its time;
 * and nothing is left behind, also when it is interrupted. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/failures.h"
#include "client/protocols/raw.h"
#include "client/protocols/rpc.h"
#include "client/runtime/channel.h"
#include "compare/failures/failures.h"
#include "compare/failures/daemons.h"
#include "compare/lab/trials.h"
#include "compare/failures/faults.h"
#include "compare/show/column.h"
#include "compare/part/part.h"
#include "compare/lab/servers.h"
#include "compare/part/verdict.h"
#include "client/procedures.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COLUMNS 15
#define RUNS    10 /* at most, until each cell was true once */

/* Two letters for what the caller saw. */
static const struct {
	const char *mark, *saw;
} marks[] = {
	{ "ok", "answered" }, { "WR", "wrong" },     { "AC", "accepted" },
	{ "re", "refused" },  { "de", "detected" },  { "cl", "closed" },
	{ "no", "nobody" },   { "to", "timed out" }, { "HU", "hung" },
};

/*
 * What the caller saw and how often the call was executed: - where there is none, * where it is not
 * always the same.  A pipe's server has one client, so there a bad one sees his own end.  By udp
 * everything depends on what gets lost when a server is flooded.
 */
/* clang-format off */
static const struct truth {
	const char *key;
	const char *cells;
} truths[] = {
/*	                rpc                     raw                     tirpc       */
/*	                tcp udp uni pip fif shm tcp udp uni pip fif shm tcp udp uni */
	{ "killed",        "cl1 no1 cl1 cl1 cl1 cl1 cl1 no1 cl1 cl1 cl1 cl1 cl1 to1 cl1" },
	{ "frozen",        "to1 to1 to1 to1 to1 to1 to1 to1 to1 to1 to1 to1 to1 to1 to1" },
	{ "restarted",     "cl0 ok1 cl0 cl0 cl0 cl0 cl0 ok1 cl0 cl0 cl0 cl0 cl0 ok1 cl0" },
	{ "absent",        "no0 no0 no0 no0 no0 no0 no0 no0 no0 no0 no0 no0 no0 no0 no0" },
	{ "half_call",     "ok1 ok1 ok1 cl- ok1 ok1 ok1 ok1 ok1 cl- ok1 ok1 to1 ok1 to1" },
	{ "garbage_call",  "ok1 ok1 ok1 cl- ok1 ok1 ok1 ok1 ok1 cl- ok1 ok1 ok1 ok1 ok1" },
	{ "never_reads",   "ok1 *   ok1 cl- ok1 ok1 ok1 *   ok1 cl- ok1 ok1 to* *   to*" },
	{ "half_reply",    "to0 de0 to0 to0 to0 to0 to0 de0 to0 to0 to0 to0 to0 de0 to0" },
	{ "garbage_reply", "de0 to0 de0 de0 de0 de0 de0 to0 de0 de0 de0 de0 to0 to0 to0" },
	{ "zeroes",        "to0 to0 to0 to0 to0 de0 de0 to0 de0 de0 de0 de0 WR0 to0 WR0" },
	{ "duplicate",     "ok2 ok1 ok2 ok2 ok2 ok2 ok2 ok1 ok2 ok2 ok2 ok2 ok2 ok2 ok2" },
	{ "version",       "re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0" },
	{ "procedure",     "re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0" },
	{ "arguments",     "re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 re0 AC1 re0" },
};
/* clang-format on */

#define TRUTHS (sizeof(truths) / sizeof(truths[0]))

static struct servers servers;
static json_t *part; /* of a run; of others, each cell that was true in one of those */
static int looks;    /* at whether it is to stop */

static bool never(void)
{
	return false;
}

static bool soon(void)
{
	return ++looks > 30;
}

/* ---- the cells ---- */

/* As a truth is written. */
static void mark_of(const json_t *cell, char mark[16])
{
	const char *saw = json_string_value(json_object_get(cell, "saw"));
	const json_t *executed = json_object_get(cell, "executed");
	const char *letters = "??";

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (saw && strcmp(marks[i].saw, saw) == 0)
			letters = marks[i].mark;
	if (executed)
		snprintf(mark, 16, "%s%d", letters, (int)json_integer_value(executed));
	else
		snprintf(mark, 16, "%s-", letters);
}

static bool holds(const char *truth, const char *mark)
{
	size_t length = strcspn(truth, "*");

	return truth[length] ? strncmp(truth, mark, length) == 0 : strcmp(truth, mark) == 0;
}

static json_t *cells_of(const json_t *whole, const char *key)
{
	json_t *fault;
	size_t i;

	json_array_foreach (json_object_get(whole, "faults"), i, fault)
		if (strcmp(json_string_value(json_object_get(fault, "key")), key) == 0)
			return json_object_get(fault, "cells");
	return NULL;
}

static bool is_true(const char *word, const json_t *cell)
{
	char mark[16];

	mark_of(cell, mark);
	return holds(word, mark);
}

/* What should be in one of a fault's cells. */
static void word_of(const struct truth *truth, size_t column, char word[8])
{
	char words[128], *state = NULL, *next;

	snprintf(words, sizeof(words), "%s", truth->cells);
	next = strtok_r(words, " ", &state);
	while (column-- > 0)
		next = strtok_r(NULL, " ", &state);
	snprintf(word, 8, "%s", next ? next : "");
}

/* Has a run take over those of an earlier one's cells that were true there, and are not in it.  How
 * many are still untrue.  On a machine that others keep busy a caller is late now and then: what is
 * true is seen in one of many runs, and what is wrong never is. */
static int keep_true(json_t *run, const json_t *earlier)
{
	char word[8];
	int untrue = 0;

	for (size_t i = 0; i < TRUTHS * COLUMNS; i++) {
		const struct truth *truth = &truths[i / COLUMNS];
		json_t *cells = cells_of(run, truth->key);
		json_t *before = json_array_get(cells_of(earlier, truth->key), i % COLUMNS);

		word_of(truth, i % COLUMNS, word);
		if (is_true(word, json_array_get(cells, i % COLUMNS)))
			continue;
		if (before && is_true(word, before))
			json_array_set(cells, i % COLUMNS, before);
		else
			untrue++;
	}
	return untrue;
}

static void check_truth(const struct truth *truth)
{
	const json_t *cells = cells_of(part, truth->key);

	CHECK_INT(json_array_size(cells), COLUMNS);
	for (size_t i = 0; i < COLUMNS; i++) {
		const json_t *cell = json_array_get(cells, i);
		char word[8], *whole = json_dumps(cell, 0);

		word_of(truth, i, word);
		CHECK_THAT(word[0] && is_true(word, cell), "%s: not %s: %s", truth->key, word,
			   whole);
		free(whole);
	}
}

static char last_progress[160];

static void note_progress(struct comparison *comparison, const char *what)
{
	(void)comparison;
	snprintf(last_progress, sizeof(last_progress), "%s", what);
}

/* ---- servers that begin with a script of ours ---- */

static void interpose(const char *script)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/sidecalld", servers.directory);
	file = fopen(path, "w");
	fprintf(file, "#!/bin/sh\n%s\nexec '%s' \"$@\"\n", script, program_path("sidecalld"));
	fclose(file);
	chmod(path, 0700);
	setenv("SIDECALLD", path, 1);
}

static void end_interposed(void)
{
	setenv("SIDECALLD", program_path("sidecalld"), 1);
}

/* A server that does not start once is started again: nothing is missing. */
static void test_each_cell(void)
{
	struct comparison comparison = {
		.quick = true, .servers = &servers, .stopped = never, .progress = note_progress
	};
	char progress[160];
	struct failure failure = { 0 };
	size_t count = 0;
	int untrue;

	interpose("mkdir \"${0%/*}/failed-once\" 2>/dev/null && exit 1");
	part = part_failures.run(&comparison, &failure);
	untrue = part ? keep_true(part, NULL) : 0;
	end_interposed();
	for (int i = 1; i < RUNS && (!part || untrue); i++) {
		json_t *earlier = part;
		char directory[80];

		snprintf(directory, sizeof(directory), "%s/faults", servers.directory);
		remove_tree(directory);
		failure = (struct failure){ 0 };
		part = part_failures.run(&comparison, &failure);
		untrue = part ? keep_true(part, earlier) : untrue;
		if (part)
			json_decref(earlier);
		else
			part = earlier;
	}
	CHECK_STR(failure.why, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(part);
	while (faults[count].key)
		count++;
	CHECK_INT(count, TRUTHS);
	snprintf(progress, sizeof(progress), "%zu of %zu, a fault at an endpoint each",
		 TRUTHS * COLUMNS, TRUTHS * COLUMNS);
	CHECK_STR(last_progress, progress);
	CHECK_INT(json_array_size(json_object_get(part, "faults")), TRUTHS);
	CHECK_INT(json_array_size(json_object_get(part, "matrix")), COLUMNS);
	for (size_t i = 0; i < TRUTHS; i++)
		check_truth(&truths[i]);
}

/* ---- times and words ---- */

static int64_t time_of(const char *fault, size_t column)
{
	const json_t *cells = cells_of(part, fault);

	return json_integer_value(json_object_get(json_array_get(cells, column), "after_ns"));
}

static const char *said(const char *fault, size_t column)
{
	const json_t *cells = cells_of(part, fault);
	const char *text = json_string_value(
		json_object_get(json_array_get(cells, column), "said"));

	return text ? text : "";
}

/* A time-out does not come before its deadline, which is in the document. */
static void test_times(void)
{
	int64_t deadline;

	if (!part)
		return;
	deadline = json_integer_value(json_object_get(part, "timeout_ns"));
	for (size_t i = 0; i < COLUMNS; i++) {
		CHECK_INT(time_of("frozen", i) >= deadline * 9 / 10, true);
	}
}

static void test_words(void)
{
	if (!part)
		return;
	CU_ASSERT_PTR_NOT_NULL(strstr(said("version", 0), "versions 1 to 2"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said("version", 12), "versions 1 to 2"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said("version", 6), "version 2 of the raw protocol"));
	CU_ASSERT_PTR_NULL(strstr(said("version", 6), "versions"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said("frozen", 0), "may have been executed"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said("frozen", 5), "may have been executed"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said("restarted", 3), "not executed"));
	CHECK_STR(said("zeroes", 12), "");
}

/* What is printed keeps to its width, and has a line for each fault, and each endpoint's time. */
static void test_printed(void)
{
	char *text = NULL, *state = NULL, time[64 + FIGURE_ROOM], room[FIGURE_ROOM];
	json_t *after;
	int lines = 0;
	size_t size;
	struct text out = { .file = open_memstream(&text, &size) };

	if (!part)
		return;
	part_failures.print(part, &out);
	fclose(out.file);
	after = json_integer(time_of("frozen", 0));
	snprintf(time, sizeof(time), "timed out (exit 75), after ms: rpc+tcp %s",
		 unit_text(after, UNIT_MILLISECONDS, room));
	json_decref(after);
	CHECK_THAT(strstr(text, time) != NULL, "no time of its own: %s", time);
	for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		CHECK_INT(strlen(line) <= 100, true);
		lines++;
	}
	CHECK_INT(lines > 2 * (int)TRUTHS, true);
	free(text);
}

/* What Debian's daemons did is of another day, and comes along. */
static void test_daemons(void)
{
	json_t *daemons = daemons_read(daemons_tsv);

	CHECK_INT(json_equal(json_object_get(part, "daemons"), daemons), true);
	json_decref(daemons);
}

/* ---- the verdict ---- */

/* What follows from a part, all sentences in one text, to be freed. */
static char *judge(const json_t *judged)
{
	struct verdict verdict = { .sentences = json_array(), .choices = json_array() };
	char *text;

	part_failures.judge(judged, &verdict);
	text = json_dumps(verdict.sentences, 0);
	json_decref(verdict.sentences);
	json_decref(verdict.choices);
	return text;
}

/* Has everybody see the same. */
static void set_all(json_t *judged, const char *saw, int executed)
{
	json_t *fault, *cell;
	size_t i, k;

	json_array_foreach (json_object_get(judged, "faults"), i, fault)
		json_array_foreach (json_object_get(fault, "cells"), k, cell) {
			json_object_set_new(cell, "saw", json_string(saw));
			json_object_set_new(cell, "executed", json_integer(executed));
		}
}

/* The words are those that the figures allow, also when they are others. */
static void test_verdict(void)
{
	json_t *other = json_deep_copy(part);
	char *text = judge(part);

	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "By tirpc+tcp, tirpc+unix a caller took for success what was none: "));
	/* Three faults at thirteen endpoints: by a pipe there is nobody else. */
	CHECK_THAT(strstr(text, "waiting beyond its deadline in") && strstr(text, "of 39 cases"),
		   "not of all who were there: %s", text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "executed once by rpc+udp, raw+udp, and"));
	free(text);
	set_all(other, "answered", 1);
	text = judge(other);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "none was taken for success"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "No bad client kept another one waiting"));
	CU_ASSERT_PTR_NULL(strstr(text, "executed once"));
	free(text);
	json_decref(other);
}

/* ---- what a caller sees ---- */

/* Three failures have the same exit code: only one of them is silence. */
static void test_busy_is_no_silence(void)
{
	const struct rpc_err system_error = { .re_status = RPC_SYSTEMERROR };
	const enum outcome_kind expected[] = { OUTCOME_TIMEOUT, OUTCOME_REFUSED, OUTCOME_FAILED };
	struct failure failures[3];
	struct client client = { 0 };

	client_transport_failure(&client, ETIMEDOUT, true, &failures[0]);
	raw_failure(&client, RAW_BUSY, &failures[1]);
	rpc_failure(&client, &system_error, &failures[2]);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		struct call_outcome outcome;

		call_outcome_init(&outcome);
		call_outcome_take(&outcome, failures[i].code, &failures[i], OUTCOME_ANSWERED,
				  OUTCOME_REFUSED);
		CHECK_INT(outcome.code, FAILURE_TIMEOUT);
		CHECK_INT(outcome.kind, expected[i]);
	}
}

/* ---- counts ---- */

/* Has a fault happen once, in this process, to a server that listens on a Unix socket; `beside`, a
 * thread, gets its endpoint, unless it is NULL. */
static void happen(const char *key, struct call_outcome *outcome, void *(*beside)(void *endpoint))
{
	char directory[96], root[128];
	struct endpoint endpoint = { .protocol = ENDPOINT_RPC, .transport = ENDPOINT_UNIX };
	struct testbed testbed = { .endpoint = endpoint,
				   .directory = directory,
				   .root = root,
				   .name = "counted",
				   .timeout = 300 * MILLISECOND,
				   .outcome = outcome };
	struct failure failure = { 0 };
	pthread_t thread;

	call_outcome_init(outcome);
	snprintf(directory, sizeof(directory), "%s/XXXXXX", servers.directory);
	CHECK_INT(testbed_make_place(directory, root, &failure), 0);
	snprintf(endpoint.path, sizeof(endpoint.path), "%s/s", directory);
	if (beside)
		CHECK_INT(pthread_create(&thread, NULL, beside, &endpoint), 0);
	CHECK_INT(fault_find(key)->happen(&testbed, &failure), 0);
	CHECK_STR(failure.code && !outcome->kind ? failure.why : "", "");
	if (beside)
		pthread_join(thread, NULL);
	testbed_close(&testbed);
}

/* What a killed server did is counted by what it opened: here one more comes first. */
static void test_killed_is_counted(void)
{
	struct call_outcome outcome;

	interpose("head -c 1 \"$3/huge\" >/dev/null");
	happen("killed", &outcome, NULL);
	end_interposed();
	CHECK_INT(outcome.kind, OUTCOME_CLOSED);
	CHECK_INT(outcome.executed, 2);
}

/* Adds to the same register, by another connection, while the server is frozen. */
static void *add_while_frozen(void *context)
{
	const struct endpoint *endpoint = context;
	calc_accumulation accumulation = { .name = (char *)"counted", .amount = 1 };
	union procedure_result result;
	struct failure failure;
	struct client client;

	AWAIT(observe_stopped_child(getpid()));
	client_init(&client, endpoint, HARNESS_PATIENCE * SECOND);
	CHECK_INT(procedure_call(procedure_find("accumulate"), &client, &accumulation, &result,
				 &failure),
		  0);
	client_release(&client);
	return NULL;
}

static void test_frozen_is_counted(void)
{
	struct call_outcome outcome;

	happen("frozen", &outcome, add_while_frozen);
	CHECK_INT(outcome.kind, OUTCOME_TIMEOUT);
	CHECK_INT(outcome.executed, 2);
}

/* ---- what is left ---- */

/* Orphans become ours: waits until there is no child left, and says how many were still alive when
 * patience was at its end; these are ended. */
static int count_left(void)
{
	int64_t end = clock_now() + HARNESS_PATIENCE * SECOND;
	int count = 0;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
		if (pid == 0 && clock_now() > end) {
			kill(observe_child(getpid()), SIGKILL);
			count++;
		}
		poll(NULL, 0, 2);
	}
	return count;
}

static void test_nothing_left(void)
{
	char directory[64];

	strcpy(directory, servers.directory);
	servers_close(&servers);
	CHECK_INT(count_left(), 0);
	CHECK_INT(access(directory, F_OK) < 0, true);
}

static void test_interrupted(void)
{
	struct comparison comparison = { .quick = true, .servers = &servers, .stopped = soon };
	struct failure failure = { 0 };
	char directory[64];

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	strcpy(directory, servers.directory);
	CU_ASSERT_PTR_NULL(part_failures.run(&comparison, &failure));
	CHECK_INT(looks > 30, true);
	CHECK_STR(failure.why, "interrupted");
	servers_close(&servers);
	CHECK_INT(count_left(), 0);
	CHECK_INT(access(directory, F_OK) < 0, true);
}

/* ---- what cannot be staged ---- */

/* (A busy machine may keep others from being staged, now and then.) */
static void test_not_staged(void)
{
	static const char expected[] = "22 experiments could not be staged; server killed in a "
				       "call at rpc+shm: cannot start sidecalld: no luck";
	struct comparison comparison = { .quick = true, .servers = &servers, .stopped = never };
	struct failure failure = { 0 };

	for (int i = 0; i < RUNS && strcmp(failure.why, expected) != 0; i++) {
		CHECK_INT(servers_open(&servers, NULL, &failure), 0);
		interpose("case $* in *shm:*) echo no luck >&2; exit 1; esac");
		CU_ASSERT_PTR_NULL(part_failures.run(&comparison, &failure));
		end_interposed();
		CHECK_INT(failure.code, FAILURE_SYSTEM);
		servers_close(&servers);
	}
	CHECK_STR(failure.why, expected);
	CHECK_INT(count_left(), 0);
}

/* ---- an experiment that does not end ---- */

static void run_for_ever(const struct trial *cell)
{
	(void)cell;
	signal(SIGTERM, SIG_IGN);
	if (fork() >= 0)
		for (;;)
			pause();
}

static void run_at_once(const struct trial *cell)
{
	cell->outcome->kind = OUTCOME_ANSWERED;
}

static bool goes_on(void *watcher, size_t begun)
{
	int *looks_left = watcher;

	(void)begun;
	return (*looks_left)-- > 0;
}

static void test_hung(void)
{
	struct call_outcome *outcomes = trials_outcomes(2);
	struct trial cells[] = { { .run = run_for_ever, .outcome = &outcomes[0] },
				 { .run = run_at_once, .outcome = &outcomes[1] } };
	int64_t limit = 2 * SECOND, since = clock_now();
	int looks_left = INT_MAX;

	CHECK_INT(trials_run(cells, 2, 2, limit, goes_on, &looks_left), 0);
	CHECK_INT(clock_now() - since >= limit, true);
	CHECK_INT(outcomes[0].kind, OUTCOME_HUNG);
	CHECK_INT(outcomes[0].after, limit);
	CHECK_INT(outcomes[1].kind, OUTCOME_ANSWERED);
	CHECK_INT(count_left(), 0);
	trials_release(outcomes, 2);
}

static void test_stopped(void)
{
	struct call_outcome *outcomes = trials_outcomes(3);
	struct trial cells[3];
	int looks_left = 5;

	for (int i = 0; i < 3; i++)
		cells[i] = (struct trial){ .run = run_for_ever, .outcome = &outcomes[i] };
	CHECK_INT(trials_run(cells, 3, 2, INT64_C(60000000000), goes_on, &looks_left), -EINTR);
	CHECK_INT(count_left(), 0);
	trials_release(outcomes, 3);
}

int main(void)
{
	static const struct test tests[] = {
		{ "each cell says what is true", test_each_cell },
		{ "times", test_times },
		{ "words", test_words },
		{ "printed within 100 columns", test_printed },
		{ "Debian's daemons come along", test_daemons },
		{ "verdict", test_verdict },
		{ "busy is no silence", test_busy_is_no_silence },
		{ "killed: what was begun is counted", test_killed_is_counted },
		{ "frozen: what was executed is counted", test_frozen_is_counted },
		{ "nothing is left behind", test_nothing_left },
		{ "what cannot be staged", test_not_staged },
		{ "interrupted", test_interrupted },
		{ "an experiment that hangs", test_hung },
		{ "experiments that are stopped", test_stopped },
		{ 0 },
	};
	struct failure failure;
	int status;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGPIPE, SIG_IGN);
	if (!program_use_built() || servers_open(&servers, NULL, &failure))
		return EXIT_FAILURE;
	status = harness_run("failures", tests);
	json_decref(part);
	servers_close(&servers);
	return status;
}
