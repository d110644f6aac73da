/* Lines for a plot, gathered point by point from the rows of a document. */
#include "compare/show/series.h"

#include <math.h>
#include <string.h>

double lines_number(const json_t *number)
{
	return json_is_number(number) ? json_number_value(number) : NAN;
}

struct svg_point lines_point(const json_t *row, const struct figure *x, const struct figure *y)
{
	return (struct svg_point){ .x = x ? lines_number(figure_get(row, x)) : NAN,
				   .y = lines_number(figure_get(row, y)),
				   .low = lines_number(figure_bound(row, y, BOUND_LOW)),
				   .high = lines_number(figure_bound(row, y, BOUND_HIGH)) };
}

/* The line of that name, which is new when there is none; NULL when there are too many. */
static struct svg_line *line_of(struct lines *lines, const char *name)
{
	for (size_t i = 0; i < lines->count; i++)
		if (strcmp(lines->lines[i].name, name) == 0)
			return &lines->lines[i];
	if (lines->count == SVG_MAX_SERIES)
		return NULL;
	lines->lines[lines->count].name = name;
	lines->lines[lines->count].points = lines->points[lines->count];
	return &lines->lines[lines->count++];
}

void lines_add(struct lines *lines, const char *name, struct svg_point point)
{
	struct svg_line *line = line_of(lines, name);

	if (line && line->count < LINES_MAX_POINTS)
		lines->points[line - lines->lines][line->count++] = point;
}

void lines_draw(const struct lines *lines, struct html *html, const struct svg_words *words,
		const struct svg_axis *x, const struct svg_axis *y)
{
	if (lines->count)
		svg_lines(html, words, x, y, lines->lines, lines->count);
}
