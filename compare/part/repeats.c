/* What the runs of one experiment have in common, and where they differ. */
#include "compare/part/repeats.h"

#include "client/json.h"

/* ---- of the runs ---- */

static bool are_alike(const struct call_outcome *one, const struct call_outcome *other)
{
	return one->kind == other->kind && one->executed == other->executed;
}

static size_t count_alike(const struct call_outcome runs[], size_t count, size_t of)
{
	size_t alike = 0;

	for (size_t i = 0; i < count; i++)
		alike += are_alike(&runs[i], &runs[of]);
	return alike;
}

/* How many that are alike come before it, by their times; of equals the first comes first. */
static size_t rank_of(const struct call_outcome runs[], size_t count, size_t of)
{
	size_t before = 0;

	for (size_t i = 0; i < count; i++)
		before += are_alike(&runs[i], &runs[of]) &&
			  (runs[i].after < runs[of].after ||
			   (runs[i].after == runs[of].after && i < of));
	return before;
}

size_t repeats_typical(const struct call_outcome runs[], size_t count, size_t *agreed)
{
	size_t first = 0, i;

	for (i = 1; i < count; i++)
		if (count_alike(runs, count, i) > count_alike(runs, count, first))
			first = i;
	*agreed = count_alike(runs, count, first);
	for (i = first; i < count; i++)
		if (are_alike(&runs[i], &runs[first]) &&
		    rank_of(runs, count, i) == (*agreed - 1) / 2)
			return i;
	return first;
}

/* ---- in the document ---- */

static json_t *number_or_null(int64_t number)
{
	return number == OUTCOME_UNKNOWN ? json_null() : json_integer(number);
}

static void put_each(const struct call_outcome runs[], size_t count, json_t *cell)
{
	json_t *saw = json_array(), *executed = json_array(), *after = json_array();

	for (size_t i = 0; i < count; i++) {
		json_array_append_new(saw, json_string(outcome_name(runs[i].kind)));
		json_array_append_new(executed, number_or_null(runs[i].executed));
		json_array_append_new(after, number_or_null(runs[i].after));
	}
	figure_set(cell, &figures.each_saw, saw);
	figure_set(cell, &figures.each_executed, executed);
	figure_set(cell, &figures.each_after_ns, after);
}

void repeats_put(const struct call_outcome runs[], size_t count, json_t *cell)
{
	size_t agreed, typical = repeats_typical(runs, count, &agreed);

	call_outcome_put(&runs[typical], cell);
	figure_set(cell, &figures.runs, json_integer((json_int_t)count));
	figure_set(cell, &figures.agreed, json_integer((json_int_t)agreed));
	if (count > 1)
		put_each(runs, count, cell);
}

/* ---- of a cell in the document ---- */

int repeats_listed(const json_t *cell)
{
	const json_t *each = figure_get(cell, &figures.each_saw);

	return each ? (int)json_array_size(each) : 1;
}

/* What run number `i` says, by the list of them, or by the cell where there is none. */
static const json_t *of_run(const json_t *cell, const struct figure *list,
			    const struct figure *alone, int i)
{
	const json_t *each = figure_get(cell, list);

	return each ? json_array_get(each, (size_t)i) : figure_get(cell, alone);
}

enum outcome_kind repeats_seen(const json_t *cell, int i)
{
	return outcome_find(json_string_value(of_run(cell, &figures.each_saw, &figures.saw, i)));
}

const json_t *repeats_executions(const json_t *cell, int i)
{
	return of_run(cell, &figures.each_executed, &figures.executed, i);
}

int repeats_count(const json_t *cell)
{
	return figure_get(cell, &figures.each_saw) ? repeats_listed(cell)
						   : repeats_seen(cell, 0) != OUTCOME_NONE;
}

int repeats_saw(const json_t *cell, unsigned int outcomes)
{
	int runs = 0;

	for (int i = 0; i < repeats_count(cell); i++)
		runs += (outcomes >> repeats_seen(cell, i)) & 1;
	return runs;
}

int repeats_executed(const json_t *cell, json_int_t least)
{
	int runs = 0;

	for (int i = 0; i < repeats_count(cell); i++) {
		const json_t *executed = repeats_executions(cell, i);

		runs += json_is_integer(executed) && json_integer_value(executed) >= least;
	}
	return runs;
}
