/* Values of a document, and where they are. */
#include "compare/part/place.h"

#include <stdio.h>

struct place place_of_document(const json_t *document)
{
	return (struct place){ document, "" };
}

struct place place_member(struct place of, const struct figure *figure)
{
	struct place place = { figure_get(of.value, figure), "" };

	snprintf(place.at, sizeof(place.at), "%.60s/%s", of.at, figure->key);
	return place;
}

struct place place_item(struct place of, size_t i)
{
	struct place place = { json_array_get(of.value, i), "" };

	snprintf(place.at, sizeof(place.at), "%.60s/%zu", of.at, i);
	return place;
}
