/* The figures of a comparison, by symbols and by keys. */
#include "compare/part/figures.h"

#include <stdio.h>
#include <string.h>

#define FIGURE_ROW(symbol, kind_, ...) NAMESAKE_ROW(symbol, symbol, kind_, __VA_ARGS__)
#define NAMESAKE_ROW(symbol, key_, kind_, ...)                                                     \
	.symbol = { .key = #key_, .kind = KIND_##kind_, __VA_ARGS__ },

const struct figures figures = { FIGURES(FIGURE_ROW, NAMESAKE_ROW) };

const struct figure *figure_at(size_t i)
{
	const struct figure *all = (const struct figure *)&figures;

	return i < sizeof(figures) / sizeof(*all) ? &all[i] : NULL;
}

static bool is_within(const struct figure *figure, const char *within)
{
	for (int i = 0; i < 2 && figure->within[i]; i++)
		if (strcmp(figure->within[i]->key, within) == 0)
			return true;
	return !figure->within[0];
}

/* Who is at home there comes before those who are anywhere. */
const struct figure *figure_find(const char *key, const char *within)
{
	const struct figure *figure, *found = NULL;

	for (size_t i = 0; (figure = figure_at(i)); i++)
		if (strcmp(figure->key, key) == 0 && is_within(figure, within) &&
		    (!found || figure->within[0]))
			found = figure;
	return found;
}

json_t *figure_get(const json_t *object, const struct figure *figure)
{
	return json_object_get(object, figure->key);
}

const char *figure_text(const json_t *object, const struct figure *figure)
{
	return json_string_value(figure_get(object, figure)) ?: "";
}

double figure_number(const json_t *object, const struct figure *figure)
{
	return json_number_value(figure_get(object, figure));
}

json_int_t figure_integer(const json_t *object, const struct figure *figure)
{
	return json_integer_value(figure_get(object, figure));
}

bool figure_is(const json_t *object, const struct figure *figure, const char *text)
{
	return strcmp(figure_text(object, figure), text) == 0;
}

void figure_set(json_t *object, const struct figure *figure, json_t *value)
{
	json_object_set_new(object, figure->key, value);
}

const json_t *figure_row(const json_t *rows, const struct figure *figure, const char *text,
			 const struct figure *other, const char *other_text)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (figure_is(row, figure, text) && (!other || figure_is(row, other, other_text)))
			return row;
	return NULL;
}

const char *figure_key(const struct figure *figure, enum bound bound, char room[FIGURE_KEY])
{
	static const char *const endings[BOUNDS] = { "", "_low", "_high", "_rounds" };

	snprintf(room, FIGURE_KEY, "%s%s", figure->key, endings[bound]);
	return room;
}

json_t *figure_bound(const json_t *object, const struct figure *figure, enum bound bound)
{
	char key[FIGURE_KEY];

	return json_object_get(object, figure_key(figure, bound, key));
}
