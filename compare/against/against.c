/* Two documents held against each other: what became better, what became worse. */
#include "compare/against/against.h"

#include <stdio.h>
#include <stdlib.h>

#include "compare/against/change.h"
#include "compare/part/part.h"
#include "compare/against/row_identity.h"

/* ---- the walk through the old document, with the new one beside it ---- */

struct walk {
	json_int_t counts[CHANGES];
	json_t *rows;
};

/* A row of what is better, worse or gone; `new` is NULL for what is gone. */
static void add_row(struct walk *walk, const char *where, const char *key, const json_t *old,
		    const json_t *new, enum change change)
{
	json_t *row = json_pack("{s:o,s:O,s:O*,s:s}", "figure", json_sprintf("%s: %s", where, key),
				"old", json_object_get(old, key), "new",
				change == CHANGE_GONE ? NULL : json_object_get(new, key), "verdict",
				change_name(change));

	json_array_append_new(walk->rows, row);
}

static void compare_figure(struct walk *walk, const char *where, const char *key, const json_t *old,
			   const json_t *new)
{
	enum change change;

	if (!change_is_figure(old, key))
		return;
	change = change_of(key, old, new);
	walk->counts[change]++;
	if (change == CHANGE_BETTER || change == CHANGE_WORSE || change == CHANGE_GONE)
		add_row(walk, where, key, old, new, change);
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

		compare_figure(walk, where, key, old, new);
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
		char *name = same_name(where, row);

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
		if (json_object_get(document, (*part)->name) &&
		    !json_object_get(other, (*part)->name))
			json_array_append_new(names, json_string((*part)->name));
	return names;
}

/* An object with what is said of both documents as a whole. */
static json_t *frame(const json_t *old, const json_t *new)
{
	return json_pack(
		"{s:O*,s:b,s:b,s:o,s:o}", "old_date", json_object_get(old, "date"), "same_machine",
		json_equal(json_object_get(old, "machine"), json_object_get(new, "machine")),
		"same_length",
		json_is_true(json_object_get(old, "quick")) ==
			json_is_true(json_object_get(new, "quick")),
		"only_old", parts_of_one(old, new), "only_new", parts_of_one(new, old));
}

json_t *against_make(const json_t *old, const json_t *new, struct failure *failure)
{
	struct walk walk = { .rows = json_array() };
	json_int_t in_common = 0;
	json_t *against;

	for (const struct part *const *part = parts; *part; part++) {
		const char *name = (*part)->name;

		if (json_object_get(new, name))
			compare_values(&walk, name, json_object_get(old, name),
				       json_object_get(new, name));
	}
	against = frame(old, new);
	for (int change = 0; change < CHANGES; change++) {
		json_object_set_new(against, change_name((enum change)change),
				    json_integer(walk.counts[change]));
		in_common += change == CHANGE_GONE ? 0 : walk.counts[change];
	}
	json_object_set_new(against, "rows", walk.rows);
	if (in_common)
		return against;
	json_decref(against);
	failure_set(failure, FAILURE_DATA, "the two documents have no figure in common");
	return NULL;
}

bool against_is_worse(const json_t *against)
{
	return json_integer_value(json_object_get(against, change_name(CHANGE_WORSE))) > 0 ||
	       json_integer_value(json_object_get(against, change_name(CHANGE_GONE))) > 0;
}
