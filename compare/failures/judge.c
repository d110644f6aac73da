/* What follows from the failures that were seen. */
#include <stdio.h>
#include <stdlib.h>

#include "compare/failures/failures.h"
#include "compare/failures/daemons.h"
#include "compare/part/repeats.h"
#include "compare/part/verdict.h"

/* Names with commas between, in memory of its own; NULL for none. */
struct names {
	char *text;
	int count;
};

static void add_name(struct names *names, const char *name)
{
	char *longer;

	names->count++;
	if (asprintf(&longer, "%s%s%s", names->text ? names->text : "", names->text ? ", " : "",
		     name) < 0)
		return;
	free(names->text);
	names->text = longer;
}

static const json_t *fault_of(const json_t *part, const char *key)
{
	return figure_row(figure_get(part, &figures.faults), &figures.key, key, NULL, NULL);
}

static const json_t *cells_of(const json_t *part, const char *key)
{
	return figure_get(fault_of(part, key), &figures.cells);
}

/* ---- what was seen, in all runs of a cell or in some ---- */

/* Sets of outcomes. */
#define IN(seen)  (1u << OUTCOME_##seen)
#define ANSWERED  IN(ANSWERED)
#define CLOSED    IN(CLOSED)
#define UNNOTICED (IN(WRONG) | IN(ACCEPTED)) /* success that is none */
#define WAITING   (IN(TIMEOUT) | IN(HUNG) | IN(LATE))

/* A question to a cell: it counts where its runs agree on that; for others it depends. */
struct answers {
	struct names always, sometimes;
	int asked; /* of those that have an outcome */
};

static void take_answer(struct answers *answers, const char *name, int yes, int runs)
{
	char times[160];

	answers->asked += runs > 0;
	if (yes > 0 && yes == runs) {
		add_name(&answers->always, name);
	} else if (yes > 0) {
		snprintf(times, sizeof(times), "%s in %d of %d runs", name, yes, runs);
		add_name(&answers->sometimes, times);
	}
}

static void ask_cell(struct answers *answers, const char *name, const json_t *cell,
		     unsigned int outcomes)
{
	take_answer(answers, name, repeats_saw(cell, outcomes), repeats_count(cell));
}

static void forget_answers(struct answers *answers)
{
	free(answers->always.text);
	free(answers->sometimes.text);
}

/* ---- what goes unnoticed ---- */

/* Success that is none: the worst that can be seen. */
static void say_unnoticed(const json_t *part, struct verdict *verdict)
{
	int asked = 0, faults = 0, unnoticed = 0;
	const json_t *fault, *cell;
	size_t i, k;

	json_array_foreach (figure_get(part, &figures.faults), i, fault) {
		struct answers answers = { .asked = 0 };

		json_array_foreach (figure_get(fault, &figures.cells), k, cell)
			ask_cell(&answers, figure_text(cell, &figures.endpoint), cell, UNNOTICED);
		if (answers.always.text) {
			verdict_say(verdict, "By %s a caller took for success what was none: %s.",
				    answers.always.text, figure_text(fault, &figures.title));
			verdict_weigh(verdict, 2);
		}
		if (answers.sometimes.text)
			verdict_say(
				verdict,
				"It depends whether a caller takes for success what is none: %s "
				"by %s.",
				figure_text(fault, &figures.title), answers.sometimes.text);
		unnoticed += answers.always.count + answers.sometimes.count;
		asked += answers.asked;
		faults += answers.asked > 0;
		forget_answers(&answers);
	}
	if (faults && !unnoticed)
		verdict_say(verdict, "Of %d faults, none was taken for success in any of %d cases.",
			    faults, asked);
}

/* ---- one bad client, and the others ---- */

/* What became of those who were there beside a bad client. */
struct bystanders {
	struct answers waiting;
	int failed; /* who neither waited nor was served, in any run */
};

static void ask_bystander(struct bystanders *all, const json_t *fault, const json_t *cell)
{
	char name[128];

	snprintf(name, sizeof(name), "%.40s (%.60s)", figure_text(cell, &figures.endpoint),
		 figure_text(fault, &figures.title));
	ask_cell(&all->waiting, name, cell, WAITING);
	if (repeats_count(cell) && !repeats_saw(cell, WAITING) && !repeats_saw(cell, ANSWERED))
		all->failed++;
}

static void say_waiting(const struct bystanders *all, struct verdict *verdict)
{
	char failed[80] = "";

	if (all->failed)
		snprintf(failed, sizeof(failed), " In %d the other one's call failed.",
			 all->failed);
	if (all->waiting.always.text) {
		verdict_say(verdict,
			    "One bad client kept another waiting beyond its deadline in %d of %d "
			    "cases: %s.%s",
			    all->waiting.always.count, all->waiting.asked, all->waiting.always.text,
			    failed);
		verdict_weigh(verdict, 1);
	} else if (all->waiting.asked && !all->waiting.sometimes.text)
		verdict_say(verdict, "No bad client kept another one waiting, in %d cases.%s",
			    all->waiting.asked, failed);
	if (all->waiting.sometimes.text)
		verdict_say(
			verdict,
			"Whether one bad client keeps another waiting depends on what gets lost "
			"in %d of %d cases: it did by %s.",
			all->waiting.sometimes.count, all->waiting.asked,
			all->waiting.sometimes.text);
}

static void say_bystanders(const json_t *part, struct verdict *verdict)
{
	static const char *const keys[] = { "half_call", "garbage_call", "never_reads" };
	struct bystanders all = { .failed = 0 };
	const json_t *cell;
	size_t i;

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
		json_array_foreach (cells_of(part, keys[k]), i, cell)
			if (!json_is_true(figure_get(cell, &figures.seen_by_bad_client)))
				ask_bystander(&all, fault_of(part, keys[k]), cell);
	say_waiting(&all, verdict);
	forget_answers(&all.waiting);
}

/* ---- the same request twice ---- */

static void say_duplicates(const json_t *part, struct verdict *verdict)
{
	struct answers once = { .asked = 0 }, often = { .asked = 0 };
	const json_t *cell;
	size_t i;

	json_array_foreach (cells_of(part, "duplicate"), i, cell) {
		int runs = repeats_count(cell), more = repeats_executed(cell, 2);
		const char *name = figure_text(cell, &figures.endpoint);

		take_answer(&often, name, more, runs);
		take_answer(&once, name, repeats_executed(cell, 1) - more, runs);
	}
	if (once.always.text && often.always.text)
		verdict_say(verdict,
			    "The same request twice is executed once by %s, and more often by %s.",
			    once.always.text, often.always.text);
	if (often.sometimes.text)
		verdict_say(verdict,
			    "It depends how often the same request twice is executed: more than "
			    "once by %s.",
			    often.sometimes.text);
	if (once.always.text)
		verdict_choose(verdict, once.always.text,
			       "what one socket sends twice must be executed once",
			       "of the same bytes twice, %d endpoints executed one and %d both",
			       once.always.count, often.always.count);
	forget_answers(&once);
	forget_answers(&often);
}

/* ---- a server that comes back ---- */

static void choose_for_restarts(const json_t *part, struct verdict *verdict)
{
	struct answers answered = { .asked = 0 }, closed = { .asked = 0 };
	const json_t *cell;
	size_t i;

	json_array_foreach (cells_of(part, "restarted"), i, cell) {
		ask_cell(&answered, figure_text(cell, &figures.endpoint), cell, ANSWERED);
		ask_cell(&closed, figure_text(cell, &figures.endpoint), cell, CLOSED);
	}
	if (answered.always.text && closed.always.text)
		verdict_choose(
			verdict, answered.always.text,
			"servers restart and callers should not notice",
			"the call after a restart was answered at %d endpoints, and found its "
			"connection closed at %d",
			answered.always.count, closed.always.count);
	forget_answers(&answered);
	forget_answers(&closed);
}

/* ---- how far all this can be relied on ---- */

static void say_runs(const json_t *part, struct verdict *verdict)
{
	int most = 0, cells = 0, differ = 0;
	const json_t *fault, *cell;
	size_t i, k;

	json_array_foreach (figure_get(part, &figures.faults), i, fault)
		json_array_foreach (figure_get(fault, &figures.cells), k, cell) {
			int runs = repeats_count(cell);

			most = runs > most ? runs : most;
			cells += runs > 0;
			differ += figure_integer(cell, &figures.agreed) < runs;
		}
	if (most == 1)
		verdict_say(verdict, "Each fault was made to happen once at each endpoint, so what "
				     "depends on chance does not show; without --quick it does.");
	if (most > 1)
		verdict_say(verdict,
			    "Each fault was made to happen %d times at each endpoint; in %d of %d "
			    "cases the outcome was not always the same.",
			    most, differ, cells);
}

void failures_judge(const json_t *part, struct verdict *verdict)
{
	say_unnoticed(part, verdict);
	say_bystanders(part, verdict);
	say_duplicates(part, verdict);
	choose_for_restarts(part, verdict);
	say_runs(part, verdict);
	daemons_judge(part, verdict);
}
