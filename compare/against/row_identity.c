/* Which rows of two documents are about the same, and what they are called. */
#include "compare/against/row_identity.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* The members that say what a row is about, and not what was found: they were chosen before.  A
 * number's key is part of the name, for "64" alone says nothing. */
static const char *const names[] = { "key",         "call",      "protocol",
				     "endpoint",    "placement", "layer",
				     "connections", "depth",     "argument_size" };

#define NAMES (sizeof(names) / sizeof(names[0]))

static bool same_names(const json_t *one, const json_t *other)
{
	bool named = false;

	for (size_t i = 0; i < NAMES; i++) {
		const json_t *mine = json_object_get(one, names[i]);
		const json_t *others = json_object_get(other, names[i]);

		if (mine != others && !json_equal(mine, others))
			return false;
		named = named || mine;
	}
	return named;
}

const json_t *same_row(const json_t *array, const json_t *wanted, size_t at)
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

/* The text, with a name behind it; the text is freed. */
static char *add_name(char *text, const char *key, const json_t *name)
{
	char *longer;
	int length;

	if (json_is_string(name))
		length = asprintf(&longer, "%s %s", text, json_string_value(name));
	else
		length = asprintf(&longer, "%s %s %lld", text, key,
				  (long long)json_integer_value(name));
	free(text);
	return length < 0 ? NULL : longer;
}

char *same_name(const char *where, const json_t *row)
{
	char *text = NULL;

	for (size_t i = 0; i < NAMES; i++) {
		const json_t *name = json_object_get(row, names[i]);

		if (!name)
			continue;
		if (!text && asprintf(&text, "%s", where) < 0)
			return NULL;
		text = add_name(text, names[i], name);
		if (!text)
			return NULL;
	}
	return text;
}
