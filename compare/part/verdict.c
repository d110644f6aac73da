/* What parts say of their figures, in words. */
#include "compare/part/verdict.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include "client/json.h"

static void add_text(json_t *object, const struct figure *figure, const char *format,
		     va_list arguments)
{
	char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0)
		return;
	json_set_bytes(object, figure->key, text);
	free(text);
}

void verdict_say(struct verdict *verdict, const char *format, ...)
{
	json_t *object = json_pack("{s:s*}", KEY(part), verdict->part);
	va_list arguments;

	va_start(arguments, format);
	add_text(object, &figures.sentence, format, arguments);
	va_end(arguments);
	json_array_append_new(verdict->sentences, object);
}

void verdict_choose(struct verdict *verdict, const char *choose, const char *when,
		    const char *format, ...)
{
	json_t *object = json_pack("{s:s,s:s}", KEY(choose), choose, KEY(when), when);
	va_list arguments;

	va_start(arguments, format);
	add_text(object, &figures.because, format, arguments);
	va_end(arguments);
	json_array_append_new(verdict->choices, object);
}

void verdict_weigh(struct verdict *verdict, double weight)
{
	size_t last = json_array_size(verdict->sentences) - 1;
	json_t *sentence = json_array_get(verdict->sentences, last);

	if (weight <= verdict->most)
		return;
	verdict->most = weight;
	json_array_insert(verdict->sentences, verdict->first, sentence);
	json_array_remove(verdict->sentences, last + 1);
}

void verdict_gain(struct verdict *verdict, const char *way, const char *format, ...)
{
	json_t *object = json_pack("{s:s*}", KEY(way), way);
	va_list arguments;

	va_start(arguments, format);
	add_text(object, &figures.what, format, arguments);
	va_end(arguments);
	json_array_append_new(verdict->gains, object);
}

/* Whether it has a bound, or the figure itself; then it is in `number`. */
static bool bound_of(const json_t *row, const struct figure *figure, enum bound bound,
		     double *number)
{
	const json_t *value = figure_bound(row, figure, bound);

	*number = json_number_value(value);
	return json_is_number(value);
}

bool verdict_figure_of(const json_t *row, const struct figure *figure, struct verdict_figure *found)
{
	return bound_of(row, figure, BOUND_NONE, &found->value) &&
	       bound_of(row, figure, BOUND_LOW, &found->low) &&
	       bound_of(row, figure, BOUND_HIGH, &found->high) &&
	       rounds_of(row, figure, &found->rounds);
}
