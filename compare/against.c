/* Two documents held against each other: what became better, what became worse. */
#include "compare/against.h"

#include <stdio.h>
#include <stdlib.h>

#include "compare/against/change.h"
#include "compare/parts.h"

/* ---- which rows are about the same ---- */

static bool same_names(const json_t *one, const json_t *other)
{
	const struct figure *figure;
	bool named = false;

	for (size_t i = 0; (figure = figure_at(i)); i++) {
		const json_t *mine, *others;

		if (!figure->identifies)
			continue;
		mine = figure_get(one, figure);
		others = figure_get(other, figure);
		if (mine != others && !json_equal(mine, others))
			return false;
		named = named || mine;
	}
	return named;
}

/* The row of an array that has the same names as `wanted`, or NULL.  Of several that have, the one
 * at the place `at`, or else the first. */
static const json_t *same_row(const json_t *array, const json_t *wanted, size_t at)
{
	const json_t *candidate = json_array_get(array, at);
	size_t i;

	if (same_names(wanted, candidate))
		return candidate;
	json_array_foreach (array, i, candidate)
		if (same_names(wanted, candidate))
			return candidate;
	return NULL;
}

/* The text, with a name behind it, and with its key where the name is a number, which alone says
 * nothing; the text is freed. */
static char *add_name(char *text, const struct figure *figure, const json_t *name)
{
	char *longer;
	int length;

	if (json_is_string(name))
		length = asprintf(&longer, "%s %s", text, json_string_value(name));
	else
		length = asprintf(&longer, "%s %s %lld", text, figure->key,
				  (long long)json_integer_value(name));
	free(text);
	return length < 0 ? NULL : longer;
}

/* What a row of the array at `where` is called: its names behind that.  To be freed; NULL when it
 * has none, or memory has run out. */
static char *name_of_row(const char *where, const json_t *row)
{
	const struct figure *figure;
	char *text = NULL;

	for (size_t i = 0; (figure = figure_at(i)); i++) {
		const json_t *name = figure->identifies ? figure_get(row, figure) : NULL;

		if (!name)
			continue;
		if (!text && asprintf(&text, "%s", where) < 0)
			return NULL;
		text = add_name(text, figure, name);
		if (!text)
			return NULL;
	}
	return text;
}

/* ---- the walk through the old document, with the new one beside it ---- */

struct walk {
	json_int_t counts[CHANGES];
	json_t *rows;
};

/* A row of what is better, worse or gone; `new` is NULL for what is gone. */
static void add_row(struct walk *walk, const char *where, const struct figure *figure,
		    const json_t *old, const json_t *new, enum change change)
{
	json_t *row = json_pack("{s:o,s:O,s:O*,s:s}", KEY(figure),
				json_sprintf("%s: %s", where, figure->key), KEY(old),
				figure_get(old, figure), KEY(new),
				change == CHANGE_GONE ? NULL : figure_get(new, figure),
				KEY(verdict), change_figure(change)->key);

	json_array_append_new(walk->rows, row);
}

static void compare_figure(struct walk *walk, const char *where, const struct figure *figure,
			   const json_t *old, const json_t *new)
{
	enum change change;

	if (!figure || !change_is_judged(old, figure))
		return;
	change = change_of(figure, old, new);
	walk->counts[change]++;
	if (change == CHANGE_BETTER || change == CHANGE_WORSE || change == CHANGE_GONE)
		add_row(walk, where, figure, old, new, change);
}

static void compare_values(struct walk *walk, const char *where, const json_t *old,
			   const json_t *new);

static void compare_objects(struct walk *walk, const char *where, const json_t *old,
			    const json_t *new)
{
	const json_t *value;
	const char *key;

	json_object_foreach ((json_t *)old, key, value) {
		char *inner;

		compare_figure(walk, where, figure_find(key, ""), old, new);
		if (asprintf(&inner, "%s %s", where, key) < 0)
			continue;
		compare_values(walk, inner, value, json_object_get(new, key));
		free(inner);
	}
}

static void compare_rows(struct walk *walk, const char *where, const json_t *old, const json_t *new)
{
	const json_t *row;
	size_t i;

	json_array_foreach (old, i, row) {
		char *name = name_of_row(where, row);

		if (name)
			compare_objects(walk, name, row, same_row(new, row, i));
		free(name);
	}
}

/* The documents are a few levels deep: they come from jansson, which bounds that. */
static void compare_values(struct walk *walk, const char *where, const json_t *old,
			   const json_t *new)
{
	if (json_is_object(old))
		compare_objects(walk, where, old, new);
	else if (json_is_array(old))
		compare_rows(walk, where, old, new);
}

/* ---- the object ---- */

/* The parts that one document has alone. */
static json_t *parts_of_one(const json_t *document, const json_t *other)
{
	json_t *names = json_array();

	for (const struct part *const *part = parts; *part; part++)
		if (figure_get(document, (*part)->figure) && !figure_get(other, (*part)->figure))
			json_array_append_new(names, json_string((*part)->figure->key));
	return names;
}

/* An object with what is said of both documents as a whole. */
static json_t *frame_of_both(const json_t *old, const json_t *new)
{
	return json_pack(
		"{s:O*,s:b,s:b,s:o,s:o}", KEY(old_date), figure_get(old, &figures.date),
		KEY(same_machine),
		json_equal(figure_get(old, &figures.machine), figure_get(new, &figures.machine)),
		KEY(same_length),
		json_is_true(figure_get(old, &figures.quick)) ==
			json_is_true(figure_get(new, &figures.quick)),
		KEY(only_old), parts_of_one(old, new), KEY(only_new), parts_of_one(new, old));
}

json_t *against_make(const json_t *old, const json_t *new, struct failure *failure)
{
	struct walk walk = { .rows = json_array() };
	json_int_t in_common = 0;
	json_t *against;

	for (const struct part *const *part = parts; *part; part++) {
		const struct figure *figure = (*part)->figure;

		if (figure_get(new, figure))
			compare_values(&walk, figure->key, figure_get(old, figure),
				       figure_get(new, figure));
	}
	against = frame_of_both(old, new);
	for (int change = 0; change < CHANGES; change++) {
		figure_set(against, change_figure((enum change)change),
			   json_integer(walk.counts[change]));
		in_common += change == CHANGE_GONE ? 0 : walk.counts[change];
	}
	figure_set(against, &figures.rows, walk.rows);
	if (in_common)
		return against;
	json_decref(against);
	failure_set(failure, FAILURE_DATA, "the two documents have no figure in common");
	return NULL;
}

bool against_is_worse(const json_t *against)
{
	return figure_integer(against, &figures.worse) > 0 ||
	       figure_integer(against, &figures.gone) > 0;
}
