/* Whether JSON that somebody kept is a document of a comparison. */
#include "compare/part/schema.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/part/part.h"
#include "compare/part/outcome.h"

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

/* What one thing takes more than another. */
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

/* ---- which member is of which kind ---- */

/*
 * Lists of keys: "*" is any, and one that begins with "_" is an ending.  The first row that fits
 * counts.  Rows of an array are within the array's key.
 */
static const struct shape {
	const char *within, *keys; /* within: NULL for anywhere */
	bool (*is)(const json_t *value);
	const char *name;
} shapes[] = {
	{ "lines", "*", is_number, "number" },
	{ "matrix", "*", is_text, "text" },
	{ "files pieces", "lines", is_number, "number" },
	{ "cells answers", "code", is_number, "number" },
	{ "bytes", "calls endpoints", is_rows, "list of objects" },
	{ "sent received", "bytes", is_text, "text" },
	{ "code", "libtirpc", is_object, "object" },
	{ NULL, "machine code bytes time failures evolution endpoints lines adding", is_object,
	  "object" },
	{ NULL,
	  "ways shares files procedures rows pieces annotated sent received latency percentiles "
	  "throughput payload layers ladder system_calls matrix faults cells changes answers",
	  is_rows, "list of objects" },
	{ NULL, "_rounds", is_rounds, "list of numbers" },
	{ NULL, "points", is_points, "list of pairs of numbers" },
	{ NULL, "saw", is_outcome, "outcome" },
	{ NULL, "each_saw", is_outcomes, "list of outcomes" },
	{ NULL, "each_executed each_after_ns", is_numbers, "list of numbers" },
	{ NULL, "adds_ns adds_ns_low adds_ns_high", is_difference, "number" },
	{ NULL, "quick virtual", is_truth, "truth" },
	{ NULL,
	  "cpus rounds calls connections depth argument_size executed runs agreed low high offset "
	  "per_second _bytes _ns _system_calls _lines _low _high",
	  is_number, "number" },
	{ NULL,
	  "sidecall date command key title how what order way author job file text patch procedure "
	  "call "
	  "endpoint placement layer protocol client server said note learns field libtirpc "
	  "client_calls server_calls",
	  is_text, "text" },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* Whether a list has the key. */
static bool has_key(const char *keys, const char *key)
{
	size_t length = strlen(key), word;

	for (; *keys; keys += word + strspn(keys + word, " ")) {
		word = strcspn(keys, " ");
		if ((*keys == '*' && word == 1) ||
		    (word == length && memcmp(keys, key, length) == 0) ||
		    (*keys == '_' && word < length && memcmp(keys, key + length - word, word) == 0))
			return true;
	}
	return false;
}

static const struct shape *shape_of(const char *within, const char *key)
{
	for (size_t i = 0; i < SHAPES; i++)
		if ((!shapes[i].within || has_key(shapes[i].within, within)) &&
		    has_key(shapes[i].keys, key))
			return &shapes[i];
	return NULL;
}

/* ---- bounds ---- */

static const json_t *bound_of(const json_t *object, const char *key, const char *which)
{
	char name[128];

	return snprintf(name, sizeof(name), "%s_%s", key, which) < (int)sizeof(name)
		       ? json_object_get(object, name)
		       : NULL;
}

/* Whether a figure that has a bound has two, and lies between them. */
static bool is_within_bounds(const json_t *object, const char *key, const json_t *value)
{
	const json_t *low = bound_of(object, key, "low"), *high = bound_of(object, key, "high");

	if (!low && !high)
		return true;
	return is_difference(low) && is_difference(high) &&
	       json_number_value(low) <= json_number_value(value) &&
	       json_number_value(value) <= json_number_value(high);
}

/* ---- the walk through it ---- */

/* Where it is: a key in the object above. */
struct place {
	const struct place *above; /* NULL for the document */
	const char *key;
};

/* Says where something is wrong, in a text to be freed. */
static char *complain(const struct place *place, const char *what)
{
	char *text = NULL, *longer;

	for (; place->above; place = place->above) {
		int length = asprintf(&longer, "%.40s %s", place->key, text ? text : what);

		free(text);
		text = length < 0 ? NULL : longer;
	}
	return text;
}

static char *check_value(const struct place *place, const json_t *value);

static char *check_member(const struct place *above, const json_t *object, const char *key,
			  const json_t *value)
{
	const struct place place = { above, key };
	const struct shape *shape = shape_of(above->key, key);
	char what[64];

	if (shape && !shape->is(value)) {
		snprintf(what, sizeof(what), "is no %s", shape->name);
		return complain(&place, what);
	}
	if (json_is_number(value) && !is_within_bounds(object, key, value))
		return complain(&place, "is not between its bounds");
	return check_value(&place, value);
}

static char *check_object(const struct place *place, const json_t *object)
{
	const json_t *value;
	const char *key;

	json_object_foreach ((json_t *)object, key, value) {
		char *complaint = check_member(place, object, key, value);

		if (complaint)
			return complaint;
	}
	return NULL;
}

/* What a service answered is shown to nobody, and may be anything.  The documents are a few levels
 * deep: they come from jansson, which bounds that. */
static char *check_value(const struct place *place, const json_t *value)
{
	const json_t *row;
	char *complaint = NULL;
	size_t i;

	if (strcmp(place->key, "answer") == 0)
		return NULL;
	if (json_is_object(value))
		return check_object(place, value);
	json_array_foreach (value, i, row)
		if (!complaint)
			complaint = check_value(place, row);
	return complaint;
}

static bool has_part(const json_t *document)
{
	for (const struct part *const *part = parts; *part; part++)
		if (json_object_get(document, (*part)->name))
			return true;
	return false;
}

char *shape_complaint(const json_t *document)
{
	const struct place top = { NULL, "" };

	if (!json_is_string(json_object_get(document, "sidecall")))
		return strdup("it says nothing of sidecall");
	if (!has_part(document))
		return strdup("it has no part of one");
	return check_object(&top, document);
}
