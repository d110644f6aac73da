/* What became of a figure between two documents. */
#include "compare/against/change.h"

#include <math.h>
#include <string.h>

#include "compare/part/repeats.h"
#include "compare/part/rounds.h"

const struct figure *change_figure(enum change change)
{
	static const struct figure *const counts[CHANGES] = {
		[CHANGE_TIED] = &figures.tied,   [CHANGE_BETTER] = &figures.better,
		[CHANGE_WORSE] = &figures.worse, [CHANGE_GONE] = &figures.gone,
		[CHANGE_NOISY] = &figures.noisy, [CHANGE_UNJUDGED] = &figures.unjudged,
	};

	return counts[change];
}

/* One that is `more` than the other, by this sign, is worse. */
static enum change change_by(int more)
{
	return more > 0 ? CHANGE_WORSE : more < 0 ? CHANGE_BETTER : CHANGE_TIED;
}

/* ---- what was measured ---- */

#define MARGIN_TWO_CPUS 4.0 /* times as much; see figures.h */

/* What was counted, as bytes, is so wherever it ran.  Rates that are not of one CPU are not judged:
 * then it is INFINITY. */
static double margin_of(const struct figure *figure, const json_t *object)
{
	bool rate = figure->better == BETTER_MORE;

	if (figure->margin < MARGIN)
		return figure->margin;
	if (figure_is(object, &figures.placement, PLACEMENT_TWO_CPUS))
		return rate ? INFINITY : MARGIN_TWO_CPUS;
	return rate && figure_is(object, &figures.placement, "") ? INFINITY : figure->margin;
}

/* Where it is not known what it was in each round, it was the figure itself. */
static struct rounds rounds_or_figure(const json_t *object, const struct figure *figure)
{
	struct rounds rounds;

	if (!rounds_of(object, figure, &rounds))
		rounds = (struct rounds){ { figure_number(object, figure) }, 1 };
	return rounds;
}

static enum change measured_change(const struct figure *figure, const json_t *old,
				   const json_t *new)
{
	struct rounds before = rounds_or_figure(old, figure), after = rounds_or_figure(new, figure);
	double margin = margin_of(figure, old);
	enum order order;

	if (isinf(margin))
		return CHANGE_UNJUDGED;
	order = rounds_order_across(&after, &before, margin);
	if (order == ORDER_NOISY)
		return CHANGE_NOISY;
	return change_by(figure->better == BETTER_MORE ? -(int)order : (int)order);
}

/* ---- what was seen ---- */

/* A refusal that names the versions there are is better than one that does not. */
static double badness_of(const json_t *cell, int i)
{
	enum outcome_kind seen = repeats_seen(cell, i);
	bool told = json_is_number(figure_get(cell, &figures.high));

	return seen == OUTCOME_NONE
		       ? NAN
		       : (double)(outcome_texts[seen].badness - (seen == OUTCOME_REFUSED && told));
}

/* How far an execution count is from what the caller was told: an answer promises one, a refusal
 * or nobody none; whoever was told nothing has to reckon with one, or none, but not with more. */
static double surplus_of(const json_t *cell, int i)
{
	const json_t *number = repeats_executions(cell, i);
	double executed = json_number_value(number);

	if (!json_is_number(number))
		return NAN;
	switch (repeats_seen(cell, i)) {
	case OUTCOME_ANSWERED:
	case OUTCOME_LATE:
		return fabs(executed - 1);
	case OUTCOME_REFUSED:
	case OUTCOME_NOBODY:
		return executed;
	default:
		return fmax(executed - 1, 0);
	}
}

/* The least and the most of all runs. */
struct bounds {
	double low, high;
};

static struct bounds bounds_of_runs(const json_t *cell, double (*of)(const json_t *cell, int i))
{
	struct bounds bounds = { INFINITY, -INFINITY };

	for (int i = 0; i < repeats_listed(cell); i++) {
		bounds.low = fmin(bounds.low, of(cell, i));
		bounds.high = fmax(bounds.high, of(cell, i));
	}
	return bounds;
}

/* A single run by udp in which nobody said what is wrong: whether it was answered then depends on
 * what was lost, and may be otherwise the next time. */
static bool depends_on_luck(const json_t *cell)
{
	const char *plus = strchr(figure_text(cell, &figures.endpoint), '+');
	enum outcome_kind seen = repeats_seen(cell, 0);

	return repeats_listed(cell) == 1 && plus && strcmp(plus, "+udp") == 0 &&
	       (seen == OUTCOME_ANSWERED || seen == OUTCOME_LATE || seen == OUTCOME_TIMEOUT ||
		seen == OUTCOME_NOBODY);
}

static enum change seen_change(const json_t *old, const json_t *new,
			       double (*of)(const json_t *cell, int i))
{
	struct bounds before = bounds_of_runs(old, of), after = bounds_of_runs(new, of);
	int more = (after.low > before.high) - (before.low > after.high);

	if (more && of == badness_of && depends_on_luck(old) && depends_on_luck(new))
		return CHANGE_UNJUDGED;
	return change_by(more);
}

/* ---- any figure ---- */

bool change_is_judged(const json_t *object, const struct figure *figure)
{
	if (figure->better == BETTER_OUTCOME)
		return outcome_find(figure_text(object, figure)) != OUTCOME_NONE;
	return figure->better != BETTER_NEITHER && json_is_number(figure_get(object, figure));
}

enum change change_of(const struct figure *figure, const json_t *old, const json_t *new)
{
	if (!change_is_judged(new, figure))
		return CHANGE_GONE;
	if (figure->better == BETTER_OUTCOME)
		return seen_change(old, new, badness_of);
	if (figure->better == BETTER_EXECUTED)
		return seen_change(old, new, surplus_of);
	return measured_change(figure, old, new);
}
