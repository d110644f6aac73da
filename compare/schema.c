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

static bool is_text(const json_t *value)
{
	return json_is_string(value);
}

static bool is_truth(const json_t *value)
{
	return json_is_boolean(value);
}

static bool is_number(const json_t *value)
{
	return json_is_number(value) && json_number_value(value) >= 0 &&
	       json_number_value(value) <= MOST;
}

static bool is_difference(const json_t *value)
{
	return json_is_number(value) && fabs(json_number_value(value)) <= MOST;
}

static bool is_object(const json_t *value)
{
	return json_is_object(value);
}

static bool is_number_or_null(const json_t *value)
{
	return json_is_null(value) || is_number(value);
}

static bool is_outcome(const json_t *value)
{
	const char *name = json_string_value(value);

	return name && strcmp(seen_name(seen_find(name)), name) == 0;
}

/* Whether it is an array of such values. */
static bool is_list(const json_t *value, bool (*is)(const json_t *))
{
	const json_t *member;
	size_t i;

	json_array_foreach (value, i, member)
		if (!is(member))
			return false;
	return json_is_array(value);
}

static bool is_rows(const json_t *value)
{
	return is_list(value, is_object);
}

static bool is_outcomes(const json_t *value)
{
	return is_list(value, is_outcome);
}

static bool is_numbers(const json_t *value)
{
	return is_list(value, is_number_or_null);
}

/* What was measured in each of them. */
static bool is_rounds(const json_t *value)
{
	return is_list(value, is_number);
}

static bool is_point(const json_t *value)
{
	return is_list(value, is_number) && json_array_size(value) == 2;
}

static bool is_points(const json_t *value)
{
	return is_list(value, is_point);
}

static const struct {
	bool (*is)(const json_t *value);
	const char *name;
} kinds[KINDS] = {
	[KIND_TEXT] = { is_text, "text" },
	[KIND_TRUTH] = { is_truth, "truth" },
	[KIND_NUMBER] = { is_number, "number" },
	[KIND_DIFFERENCE] = { is_difference, "number" },
	[KIND_OBJECT] = { is_object, "object" },
	[KIND_ROWS] = { is_rows, "list of objects" },
	[KIND_OUTCOME] = { is_outcome, "outcome" },
	[KIND_OUTCOMES] = { is_outcomes, "list of outcomes" },
	[KIND_ROUNDS] = { is_rounds, "list of numbers" },
	[KIND_RUNS] = { is_numbers, "list of numbers" },
	[KIND_POINTS] = { is_points, "list of pairs of numbers" },
};

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
	return is_difference(low) && is_difference(high) &&
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
static char *complain(const struct step *step, const char *what)
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

	if (kind && !kinds[kind].is(value)) {
		snprintf(what, sizeof(what), "is no %s", kinds[kind].name);
		return complain(&step, what);
	}
	if (figure && json_is_number(value) && !is_within_bounds(object, figure, value))
		return complain(&step, "is not between its bounds");
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
