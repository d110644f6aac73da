/* Which rows of two documents are about the same, and what they are called. */
#include "compare/against/row_identity.h"

#include <stdio.h>
#include <stdlib.h>

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

char *same_name(const char *where, const json_t *row)
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
