/* Tables on a terminal. */
#include "compare/show/table.h"

#include <stdlib.h>

#define MISSING   "-"
#define MAX_WIDTH 48 /* columns of a text; what is longer pushes the rest of its line */

/* The columns that are shown here, and how wide they are. */
struct table {
	const struct text *out;
	const struct column *columns[MAX_COLUMNS];
	int widths[MAX_COLUMNS];
	size_t count;
};

/* The cell as it is printed, to be freed; the title for no row. */
static char *cell_text(const struct table *table, const json_t *row, size_t c)
{
	const struct column *column = table->columns[c];
	char room[COLUMN_TITLE];
	const char *text = row ? unit_text(column_cell(row, column), column_unit(column, true),
					   room)
			       : column_title(column, true, room);

	return text_escaped(table->out, text ? text : MISSING);
}

static void fit_width(struct table *table, const json_t *row, size_t c)
{
	char *text = cell_text(table, row, c);
	int width = text ? text_width(text) : 0;

	free(text);
	if (width > table->widths[c])
		table->widths[c] = width < MAX_WIDTH || !row ? width : MAX_WIDTH;
}

static void lay_out(struct table *table, const json_t *rows, const struct column *columns)
{
	const json_t *row;
	size_t i;

	for (; columns->figure && table->count < MAX_COLUMNS; columns++) {
		size_t c = table->count;

		if (!column_is_shown(columns, true))
			continue;
		table->columns[table->count++] = columns;
		fit_width(table, NULL, c);
		json_array_foreach (rows, i, row)
			fit_width(table, row, c);
	}
}

/* Texts stand to the left, numbers to the right.  The titles for no row. */
static void print_row(const struct table *table, const json_t *row)
{
	FILE *file = table->out->file;

	for (size_t c = 0; c < table->count; c++) {
		bool is_text = column_unit(table->columns[c], true) == UNIT_TEXT;
		bool last = c + 1 == table->count;
		char *text = cell_text(table, row, c);
		int space = table->widths[c] - (text ? text_width(text) : 0);

		space = space > 0 && !(is_text && last) ? space : 0;
		fprintf(file, "%*s%s%*s%s", is_text ? 0 : space, "", text ? text : "",
			is_text ? space : 0, "", last ? "\n" : "  ");
		free(text);
	}
}

void table_print(const struct text *out, const json_t *rows, const struct column *columns)
{
	struct table table = { .out = out };
	const json_t *row;
	size_t i;

	lay_out(&table, rows, columns);
	print_row(&table, NULL);
	json_array_foreach (rows, i, row)
		print_row(&table, row);
}
