/* The columns of a table, of figures: one description of them serves terminal and report. */
#include "compare/show/column.h"

#include <math.h>
#include <stdio.h>

/* ---- what is in them ---- */

/* Three significant figures are as many as a measurement has. */
const char *measured_text(double number, char room[FIGURE_ROOM])
{
	double size = fabs(number);
	int decimals = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;

	snprintf(room, FIGURE_ROOM, "%.*f", decimals, number);
	return room;
}

static const char *count_text(const json_t *value, char room[FIGURE_ROOM])
{
	if (!json_is_integer(value))
		return measured_text(json_number_value(value), room);
	snprintf(room, FIGURE_ROOM, "%lld", (long long)json_integer_value(value));
	return room;
}

const char *unit_text(const json_t *value, enum unit unit, char room[FIGURE_ROOM])
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	if (!json_is_number(value))
		return NULL;
	switch (unit) {
	case UNIT_MICROSECONDS:
	case UNIT_THOUSANDS:
		return measured_text(json_number_value(value) / 1e3, room);
	case UNIT_MILLISECONDS:
		return measured_text(json_number_value(value) / 1e6, room);
	default:
		return count_text(value, room);
	}
}

static const json_t *column_object(const json_t *row, const struct column *column)
{
	const json_t *object = column->within ? figure_get(row, column->within) : row;

	return column->at ? json_object_get(object, column->at) : object;
}

const json_t *column_cell(const json_t *row, const struct column *column)
{
	return figure_bound(column_object(row, column), column->figure, column->bound);
}

void column_key(const struct column *column, char key[COLUMN_TITLE])
{
	char own[FIGURE_KEY];

	snprintf(key, COLUMN_TITLE, "%s%s%s%s%s", column->within ? column->within->key : "",
		 column->within ? "." : "", column->at ? column->at : "", column->at ? "." : "",
		 figure_key(column->figure, column->bound, own));
}

/* ---- what stands above them ---- */

bool column_is_shown(const struct column *column, bool terminal)
{
	return column->shown != (terminal ? SHOWN_IN_REPORT : SHOWN_ON_TERMINAL);
}

enum unit column_unit(const struct column *column, bool terminal)
{
	if (terminal && column->printed_unit)
		return column->printed_unit;
	if (column->unit || column->figure->unit)
		return column->unit ? column->unit : column->figure->unit;
	return column->figure->kind == KIND_NUMBER ? UNIT_COUNT : UNIT_TEXT;
}

/* "p50, µs"; on a terminal, where there is no room, "p50 µs".  Bounds stand beside what they are
 * of, but only on a terminal are they seen so. */
static void title_of_figure(const struct column *column, bool terminal, char room[COLUMN_TITLE])
{
	static const char *const units[] = { [UNIT_NANOSECONDS] = "ns",
					     [UNIT_MICROSECONDS] = "µs",
					     [UNIT_MILLISECONDS] = "ms",
					     [UNIT_THOUSANDS] = NULL };
	static const char *const bounds[] = { [BOUND_LOW] = "from", [BOUND_HIGH] = "to" };
	const struct figure *figure = column->figure;
	const char *name = figure->title ? figure->title : figure->key;
	const char *unit = units[column_unit(column, terminal)];

	if (column->bound)
		snprintf(room, COLUMN_TITLE, "%s%s%s", terminal ? "" : name, terminal ? "" : " ",
			 bounds[column->bound]);
	else
		snprintf(room, COLUMN_TITLE, "%s%s%s", name,
			 !unit      ? ""
			 : terminal ? " "
				    : ", ",
			 unit ? unit : "");
}

const char *column_title(const struct column *column, bool terminal, char room[COLUMN_TITLE])
{
	if (terminal && column->printed)
		return column->printed;
	if (column->title)
		return column->title;
	title_of_figure(column, terminal, room);
	return room;
}
