/* Tables made from the document: one description of the columns serves terminal and report. */
#include "compare/show/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 24
#define MISSING     "-"
#define MAX_WIDTH   48 /* columns of a text; what is longer pushes the rest of its line */

static const json_t *member(const json_t *value, const char *key, size_t length)
{
	return json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
				    : json_object_getn(value, key, length);
}

const json_t *grid_cell(const json_t *row, const char *key)
{
	const char *dot;

	while (row && (dot = strchr(key, '.'))) {
		row = member(row, key, (size_t)(dot - key));
		key = dot + 1;
	}
	return row ? member(row, key, strlen(key)) : NULL;
}

/* Three significant figures are as many as a measurement has. */
const char *figure_number(double number, char room[FIGURE_ROOM])
{
	double size = fabs(number);
	int decimals = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;

	snprintf(room, FIGURE_ROOM, "%.*f", decimals, number);
	return room;
}

static const char *count_text(const json_t *value, char room[FIGURE_ROOM])
{
	if (!json_is_integer(value))
		return figure_number(json_number_value(value), room);
	snprintf(room, FIGURE_ROOM, "%lld", (long long)json_integer_value(value));
	return room;
}

const char *figure_text(const json_t *value, enum figure figure, char room[FIGURE_ROOM])
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	if (!json_is_number(value))
		return NULL;
	switch (figure) {
	case FIGURE_MICROSECONDS:
		return figure_number(json_number_value(value) / 1e3, room);
	case FIGURE_MILLISECONDS:
		return figure_number(json_number_value(value) / 1e6, room);
	case FIGURE_THOUSANDS:
		return figure_number(json_number_value(value) / 1e3, room);
	case FIGURE_RATIO:
		snprintf(room, FIGURE_ROOM, "%.2f", json_number_value(value));
		return room;
	case FIGURE_PERCENT:
		snprintf(room, FIGURE_ROOM, "%.0f %%", 100 * json_number_value(value));
		return room;
	default:
		return count_text(value, room);
	}
}

/* ---- on a terminal ---- */

/* The cell as it is printed, to be freed. */
static char *cell_text(const struct text *out, const json_t *row, const struct column *column)
{
	char room[FIGURE_ROOM];
	const char *text = figure_text(grid_cell(row, column->key), column->figure, room);

	return text_escaped(out, text ? text : MISSING);
}

static void measure(const struct text *out, const json_t *rows, const struct column *columns,
		    int widths[MAX_COLUMNS])
{
	const json_t *row;
	size_t i;

	for (int c = 0; columns[c].title && c < MAX_COLUMNS; c++) {
		widths[c] = text_width(columns[c].title);
		json_array_foreach (rows, i, row) {
			char *text = cell_text(out, row, &columns[c]);
			int width = text ? text_width(text) : 0;

			free(text);
			if (width > widths[c])
				widths[c] = width < MAX_WIDTH ? width : MAX_WIDTH;
		}
	}
}

/* Texts stand to the left, numbers to the right. */
static void print_cell(const struct text *out, const char *text, const struct column *column,
		       int width, bool last)
{
	int space = width - text_width(text);

	if (column->figure != FIGURE_TEXT)
		fprintf(out->file, "%*s", space > 0 ? space : 0, "");
	fputs(text, out->file);
	if (column->figure == FIGURE_TEXT && !last)
		fprintf(out->file, "%*s", space > 0 ? space : 0, "");
	fputs(last ? "\n" : "  ", out->file);
}

void grid_print(const struct text *out, const json_t *rows, const struct column *columns)
{
	int widths[MAX_COLUMNS] = { 0 };
	const json_t *row;
	size_t i;

	measure(out, rows, columns, widths);
	for (int c = 0; columns[c].title && c < MAX_COLUMNS; c++)
		print_cell(out, columns[c].title, &columns[c], widths[c], !columns[c + 1].title);
	json_array_foreach (rows, i, row)
		for (int c = 0; columns[c].title && c < MAX_COLUMNS; c++) {
			char *text = cell_text(out, row, &columns[c]);

			print_cell(out, text ? text : "", &columns[c], widths[c],
				   !columns[c + 1].title);
			free(text);
		}
}
