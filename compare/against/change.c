/* What became of a figure between two documents. */
#include "compare/against/change.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare/part/rounds.h"
#include "compare/part/outcome.h"
#include "compare/time/time.h"
#include "client/json.h"

const char *change_name(enum change change)
{
	static const char *const change_names[CHANGES] = {
		[CHANGE_TIED] = "tied", [CHANGE_BETTER] = "better",     [CHANGE_WORSE] = "worse",
		[CHANGE_GONE] = "gone", [CHANGE_UNJUDGED] = "unjudged", [CHANGE_NOISY] = "noisy",
	};

	return change_names[change];
}

/* One that is `more` than the other, by this sign, is worse. */
static enum change change_by(int more)
{
	return more > 0 ? CHANGE_WORSE : more < 0 ? CHANGE_BETTER : CHANGE_TIED;
}

/* ---- what was measured ---- */

/*
 * The margins, in times as much.  Two runs of one build, on a machine that did nothing else, have
 * been apart by as much as docs/compare.md says: a virtual machine's processor is not always as
 * fast, and how far apart its processors are is the host's affair.
 */
#define MARGIN_TWO_CPUS 4.0
#define MARGIN          2.0
#define MARGIN_CALLS    1.1 /* system calls: a wait more now and then */

static const struct kind {
	const char *ending; /* of the key */
	bool more;          /* more of it is better */
	double margin;
} kinds[] = {
	{ "p50_ns", false, MARGIN },    { "cost_ns", false, MARGIN },
	{ "per_second", true, MARGIN }, { "_system_calls", false, MARGIN_CALLS },
	{ "_bytes", false, 1 },
};

static const struct kind *kind_of(const char *key)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t ending = strlen(kinds[i].ending);

		if (length >= ending && strcmp(key + length - ending, kinds[i].ending) == 0)
			return &kinds[i];
	}
	return NULL;
}

static double margin_of(const struct kind *kind, const json_t *object)
{
	const char *placement = json_text(object, "placement");

	if (kind->margin < MARGIN)
		return kind->margin; /* counted, wherever it ran */
	if (strcmp(placement, TIME_TWO_CPUS) == 0)
		return kind->more ? INFINITY : MARGIN_TWO_CPUS;
	return kind->more && !*placement ? INFINITY : kind->margin;
}

/* Where it is not known what it was in each round, it was the figure itself. */
static struct rounds rounds_or_figure(const json_t *object, const char *key)
{
	struct rounds rounds;

	if (!rounds_of(object, key, &rounds))
		rounds = (struct rounds){ { json_number_value(json_object_get(object, key)) }, 1 };
	return rounds;
}

static enum change measured_change(const char *key, const json_t *old, const json_t *new)
{
	const struct kind *kind = kind_of(key);
	struct rounds before = rounds_or_figure(old, key), after = rounds_or_figure(new, key);
	double margin = margin_of(kind, old);
	enum order order;

	if (isinf(margin))
		return CHANGE_UNJUDGED;
	order = rounds_order_across(&after, &before, margin);
	if (order == ORDER_NOISY)
		return CHANGE_NOISY;
	return change_by(kind->more ? -(int)order : (int)order);
}

/* ---- what was seen ---- */

/* How bad it is for a caller: best is the right answer, then to be told what is wrong, then to see
 * that nothing will come, then to wait in vain; worst is success that is none. */
static const int badness[SEEN_COUNT] = {
	[SEEN_ANSWERED] = 0, [SEEN_REFUSED] = 2,  [SEEN_DETECTED] = 3, [SEEN_CLOSED] = 4,
	[SEEN_NOBODY] = 4,   [SEEN_LATE] = 5,     [SEEN_TIMEOUT] = 5,  [SEEN_HUNG] = 6,
	[SEEN_FAILED] = 6,   [SEEN_ACCEPTED] = 7, [SEEN_WRONG] = 7,
};

/* One run of the experiment that a cell is about. */
struct run {
	enum seen seen;
	const json_t *executed;
	bool told; /* which versions there are */
};

static size_t count_runs(const json_t *cell)
{
	const json_t *each = json_object_get(cell, "each_saw");

	return each ? json_array_size(each) : 1;
}

static struct run run_of(const json_t *cell, size_t i)
{
	const json_t *saw = json_object_get(cell, "each_saw");
	const json_t *executed = json_object_get(cell, "each_executed");

	saw = saw ? json_array_get(saw, i) : json_object_get(cell, "saw");
	executed = executed ? json_array_get(executed, i) : json_object_get(cell, "executed");
	return (struct run){ seen_find(json_string_value(saw)), executed,
			     json_is_number(json_object_get(cell, "high")) };
}

/* A refusal that names the versions there are is better than one that does not. */
static double badness_of(const struct run *run)
{
	if (run->seen == SEEN_NONE)
		return NAN;
	return badness[run->seen] - (run->seen == SEEN_REFUSED && run->told);
}

/* How far an execution count is from what the caller was told: an answer promises one, a refusal
 * or nobody none; whoever was told nothing has to reckon with one, or none, but not with more. */
static double surplus_of(const struct run *run)
{
	double executed = json_number_value(run->executed);

	if (!json_is_number(run->executed))
		return NAN;
	switch (run->seen) {
	case SEEN_ANSWERED:
	case SEEN_LATE:
		return fabs(executed - 1);
	case SEEN_REFUSED:
	case SEEN_NOBODY:
		return executed;
	default:
		return fmax(executed - 1, 0);
	}
}

/* The least and the most of all runs. */
struct bounds {
	double low, high;
};

static struct bounds bounds_of_runs(const json_t *cell, double (*of)(const struct run *))
{
	struct bounds bounds = { INFINITY, -INFINITY };

	for (size_t i = 0; i < count_runs(cell); i++) {
		struct run run = run_of(cell, i);

		bounds.low = fmin(bounds.low, of(&run));
		bounds.high = fmax(bounds.high, of(&run));
	}
	return bounds;
}

/* A single run by udp in which nobody said what is wrong: whether it was answered then depends on
 * what was lost, and may be otherwise the next time. */
static bool depends_on_luck(const json_t *cell)
{
	const char *plus = strchr(json_text(cell, "endpoint"), '+');
	struct run run = run_of(cell, 0);

	return count_runs(cell) == 1 && plus && strcmp(plus, "+udp") == 0 &&
	       (run.seen == SEEN_ANSWERED || run.seen == SEEN_LATE || run.seen == SEEN_TIMEOUT ||
		run.seen == SEEN_NOBODY);
}

static enum change seen_change(const json_t *old, const json_t *new,
			       double (*of)(const struct run *))
{
	struct bounds before = bounds_of_runs(old, of), after = bounds_of_runs(new, of);
	int more = (after.low > before.high) - (before.low > after.high);

	if (more && of == badness_of && depends_on_luck(old) && depends_on_luck(new))
		return CHANGE_UNJUDGED;
	return change_by(more);
}

/* ---- any figure ---- */

bool change_is_figure(const json_t *object, const char *key)
{
	if (strcmp(key, "saw") == 0)
		return seen_find(json_text(object, key)) != SEEN_NONE;
	return (kind_of(key) || strcmp(key, "executed") == 0) &&
	       json_is_number(json_object_get(object, key));
}

enum change change_of(const char *key, const json_t *old, const json_t *new)
{
	if (!change_is_figure(new, key))
		return CHANGE_GONE;
	if (strcmp(key, "saw") == 0)
		return seen_change(old, new, badness_of);
	if (strcmp(key, "executed") == 0)
		return seen_change(old, new, surplus_of);
	return measured_change(key, old, new);
}
