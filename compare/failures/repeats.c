/* What the runs of one experiment have in common, and where they differ. */
#include "compare/failures/repeats.h"

#include <string.h>

#include "client/json.h"

/* ---- of the runs ---- */

static bool are_alike(const struct sight *one, const struct sight *other)
{
	return one->seen == other->seen && one->executed == other->executed;
}

static size_t count_alike(const struct sight runs[], size_t count, size_t of)
{
	size_t alike = 0;

	for (size_t i = 0; i < count; i++)
		alike += are_alike(&runs[i], &runs[of]);
	return alike;
}

/* How many that are alike come before it, by their times; of equals the first comes first. */
static size_t rank_of(const struct sight runs[], size_t count, size_t of)
{
	size_t before = 0;

	for (size_t i = 0; i < count; i++)
		before += are_alike(&runs[i], &runs[of]) &&
			  (runs[i].after < runs[of].after ||
			   (runs[i].after == runs[of].after && i < of));
	return before;
}

size_t repeats_typical(const struct sight runs[], size_t count, size_t *agreed)
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
	return number == SIGHT_UNKNOWN ? json_null() : json_integer(number);
}

static void put_each(const struct sight runs[], size_t count, json_t *cell)
{
	json_t *saw = json_array(), *executed = json_array(), *after = json_array();

	for (size_t i = 0; i < count; i++) {
		json_array_append_new(saw, json_string(seen_name(runs[i].seen)));
		json_array_append_new(executed, number_or_null(runs[i].executed));
		json_array_append_new(after, number_or_null(runs[i].after));
	}
	json_object_set_new(cell, "each_saw", saw);
	json_object_set_new(cell, "each_executed", executed);
	json_object_set_new(cell, "each_after_ns", after);
}

void repeats_put(const struct sight runs[], size_t count, json_t *cell)
{
	size_t agreed, typical = repeats_typical(runs, count, &agreed);

	sight_put(&runs[typical], cell);
	json_object_set_new(cell, "runs", json_integer((json_int_t)count));
	json_object_set_new(cell, "agreed", json_integer((json_int_t)agreed));
	if (count > 1)
		put_each(runs, count, cell);
}

/* ---- of a cell in the document ---- */

/* What run number `i` says, by the list of them, or by the cell where there is none. */
static const json_t *of_run(const json_t *cell, const char *list, const char *alone, int i)
{
	const json_t *each = json_object_get(cell, list);

	return each ? json_array_get(each, (size_t)i) : json_object_get(cell, alone);
}

int repeats_count(const json_t *cell)
{
	const json_t *each = json_object_get(cell, "each_saw");

	if (each)
		return (int)json_array_size(each);
	return seen_find(json_text(cell, "saw")) != SEEN_NONE;
}

int repeats_saw(const json_t *cell, enum seen seen)
{
	int runs = 0;

	for (int i = 0; i < repeats_count(cell); i++) {
		const char *saw = json_string_value(of_run(cell, "each_saw", "saw", i));

		runs += saw && strcmp(saw, seen_name(seen)) == 0;
	}
	return runs;
}

int repeats_executed(const json_t *cell, json_int_t least)
{
	int runs = 0;

	for (int i = 0; i < repeats_count(cell); i++) {
		const json_t *executed = of_run(cell, "each_executed", "executed", i);

		runs += json_is_integer(executed) && json_integer_value(executed) >= least;
	}
	return runs;
}
