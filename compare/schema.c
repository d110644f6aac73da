/* Whether JSON that somebody kept is a document of a comparison. */
#include "compare/schema.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/part/outcome.h"
#include "compare/parts.h"

#define MOST 1e18 /* of any number; nanoseconds then are thirty years */

/* ---- kinds of values ---- */

static const char *const kind_names[KINDS] = {
	[KIND_TEXT] = "text",
	[KIND_TRUTH] = "truth",
	[KIND_NUMBER] = "number",
	[KIND_DIFFERENCE] = "number",
	[KIND_OBJECT] = "object",
	[KIND_ROWS] = "list of objects",
	[KIND_OUTCOME] = "outcome",
	[KIND_OUTCOMES] = "list of outcomes",
	[KIND_ROUNDS] = "list of numbers",
	[KIND_RUNS] = "list of numbers",
	[KIND_POINTS] = "list of pairs of numbers",
};

static bool is_outcome(const json_t *value)
{
	const char *name = json_string_value(value);

	return name && strcmp(outcome_name(outcome_find(name)), name) == 0;
}

static bool is_of_kind(const json_t *value, enum kind kind);

/* Whether it is an array of such values, or of such and null. */
static bool is_list(const json_t *value, enum kind kind, bool null)
{
	const json_t *member;
	size_t i;

	json_array_foreach (value, i, member)
		if (!is_of_kind(member, kind) && !(null && json_is_null(member)))
			return false;
	return json_is_array(value);
}

static bool is_points(const json_t *value)
{
	const json_t *point;
	size_t i;

	json_array_foreach (value, i, point)
		if (!is_list(point, KIND_NUMBER, false) || json_array_size(point) != 2)
			return false;
	return json_is_array(value);
}

static bool is_of_kind(const json_t *value, enum kind kind)
{
	switch (kind) {
	case KIND_TEXT:
		return json_is_string(value);
	case KIND_TRUTH:
		return json_is_boolean(value);
	case KIND_NUMBER:
		return is_of_kind(value, KIND_DIFFERENCE) && json_number_value(value) >= 0;
	case KIND_DIFFERENCE:
		return json_is_number(value) && fabs(json_number_value(value)) <= MOST;
	case KIND_OBJECT:
		return json_is_object(value);
	case KIND_ROWS:
		return is_list(value, KIND_OBJECT, false);
	case KIND_OUTCOME:
		return is_outcome(value);
	case KIND_OUTCOMES:
		return is_list(value, KIND_OUTCOME, false);
	case KIND_ROUNDS:
	case KIND_RUNS:
		return is_list(value, KIND_NUMBER, kind == KIND_RUNS);
	case KIND_POINTS:
		return is_points(value);
	default:
		return true;
	}
}

/* ---- which member is of which kind ---- */

/* A key that is a figure's with the ending of a bound: the bound, or BOUND_NONE. */
static enum bound bound_in(const char *key, const char *within, const struct figure **figure)
{
	for (enum bound bound = BOUND_LOW; bound < BOUNDS; bound++) {
		const char *ending = strrchr(key, '_');
		char own[FIGURE_KEY], whole[FIGURE_KEY];

		snprintf(own, sizeof(own), "%.*s", ending ? (int)(ending - key) : 0, key);
		*figure = figure_find(own, within);
		if (*figure && strcmp(figure_key(*figure, bound, whole), key) == 0)
			return bound;
	}
	return BOUND_NONE;
}

/* Rows of an array are within the array's key. */
static enum kind kind_of(const char *key, const char *within)
{
	const struct figure *figure = figure_find(within, ""), *bounded;
	enum bound bound;

	if (figure && figure->members)
		return figure->members;
	figure = figure_find(key, within);
	if (figure)
		return figure->kind;
	bound = bound_in(key, within, &bounded);
	return bound == BOUND_NONE ? KIND_ANY : bound == BOUND_ROUNDS ? KIND_ROUNDS : bounded->kind;
}

/* ---- bounds ---- */

/* Whether a figure that has a bound has two, and lies between them. */
static bool is_within_bounds(const json_t *object, const struct figure *figure, const json_t *value)
{
	const json_t *low = figure_bound(object, figure, BOUND_LOW);
	const json_t *high = figure_bound(object, figure, BOUND_HIGH);

	if (!low && !high)
		return true;
	return is_of_kind(low, KIND_DIFFERENCE) && is_of_kind(high, KIND_DIFFERENCE) &&
	       json_number_value(low) <= json_number_value(value) &&
	       json_number_value(value) <= json_number_value(high);
}

/* ---- the walk through it ---- */

/* Where it is: a key in the object above. */
struct step {
	const struct step *above; /* NULL for the document */
	const char *key;
};

/* Says where something is wrong, in a text to be freed. */
static char *complain_at(const struct step *step, const char *what)
{
	char *text = NULL, *longer;

	for (; step->above; step = step->above) {
		int length = asprintf(&longer, "%.40s %s", step->key, text ? text : what);

		free(text);
		text = length < 0 ? NULL : longer;
	}
	return text;
}

static char *check_value(const struct step *step, const json_t *value);

static char *check_member(const struct step *above, const json_t *object, const char *key,
			  const json_t *value)
{
	const struct step step = { above, key };
	const struct figure *figure = figure_find(key, above->key);
	enum kind kind = kind_of(key, above->key);
	char what[64];

	if (!is_of_kind(value, kind)) {
		snprintf(what, sizeof(what), "is no %s", kind_names[kind]);
		return complain_at(&step, what);
	}
	if (figure && json_is_number(value) && !is_within_bounds(object, figure, value))
		return complain_at(&step, "is not between its bounds");
	return check_value(&step, value);
}

static char *check_object(const struct step *step, const json_t *object)
{
	const json_t *value;
	const char *key;

	json_object_foreach ((json_t *)object, key, value) {
		char *complaint = check_member(step, object, key, value);

		if (complaint)
			return complaint;
	}
	return NULL;
}

/* What a service answered is shown to nobody, and may be anything.  The documents are a few levels
 * deep: they come from jansson, which bounds that. */
static char *check_value(const struct step *step, const json_t *value)
{
	const json_t *row;
	char *complaint = NULL;
	size_t i;

	if (strcmp(step->key, KEY(answer)) == 0)
		return NULL;
	if (json_is_object(value))
		return check_object(step, value);
	json_array_foreach (value, i, row)
		if (!complaint)
			complaint = check_value(step, row);
	return complaint;
}

static bool has_part(const json_t *document)
{
	for (const struct part *const *part = parts; *part; part++)
		if (figure_get(document, (*part)->figure))
			return true;
	return false;
}

char *schema_complaint(const json_t *document)
{
	const struct step top = { NULL, "" };

	if (!json_is_string(figure_get(document, &figures.sidecall)))
		return strdup("it says nothing of sidecall");
	if (!has_part(document))
		return strdup("it has no part of one");
	return check_object(&top, document);
}
