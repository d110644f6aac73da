/* Tables of the report, of columns that tell their rows apart. */
#include <stdio.h>
#include <stdlib.h>

#include "compare/show/html.h"

#define BROAD 4  /* columns, beyond which a table may be too wide for a narrow screen */
#define LONG  32 /* bytes of a text */

/* ---- columns ---- */

/* What a table is made of, and which of its columns are shown. */
struct table {
	const json_t *rows;
	bool (*wanted)(const json_t *row, const void *context);
	const void *context;
	const struct column *columns[MAX_COLUMNS];
	bool longs[MAX_COLUMNS];
	size_t count;
};

static bool is_wanted(const struct table *table, const json_t *row)
{
	return !table->wanted || table->wanted(row, table->context);
}

/* Whether there are several rows, and all have the same there, or nothing: `same` then. */
static bool is_constant(const struct table *table, const struct column *column, const json_t **same)
{
	size_t i, rows = 0;
	const json_t *row;

	json_array_foreach (table->rows, i, row) {
		const json_t *cell = column_cell(row, column);

		if (!is_wanted(table, row))
			continue;
		if (rows++ == 0)
			*same = cell;
		else if (cell != *same && !(cell && *same && json_equal(cell, *same)))
			return false;
	}
	return rows > 1;
}

/* What a column says that is the same in all rows is said once, behind the caption. */
static void say_constant(const struct column *column, const json_t *value, bool first, FILE *to)
{
	char room[FIGURE_ROOM], title[COLUMN_TITLE];
	const char *text = unit_text(value, column_unit(column, false), room);

	fprintf(to, "%s%s %s", first ? ". In all rows: " : "; ", column_title(column, false, title),
		text ? text : "not known");
}

/* Whether a column has texts that would fill many lines of a narrow one. */
static bool is_long(const json_t *rows, const struct column *column)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (json_string_length(column_cell(row, column)) > LONG)
			return true;
	return false;
}

/* Takes the columns that tell rows apart, or the first where none does.  The caption, to be freed.
 */
static char *choose_columns(struct table *table, const char *caption, const struct column *columns)
{
	char *text = NULL;
	bool first = true;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	fputs(caption, to);
	for (const struct column *c = columns; c->figure && table->count < MAX_COLUMNS; c++) {
		const json_t *same = NULL;

		if (!column_is_shown(c, false))
			continue;
		if (!is_constant(table, c, &same)) {
			table->longs[table->count] = is_long(table->rows, c);
			table->columns[table->count++] = c;
		} else if (same || column_unit(c, false) != UNIT_TEXT) {
			say_constant(c, same, first, to);
			first = false;
		}
	}
	if (!table->count)
		table->columns[table->count++] = columns;
	return fclose(to) == 0 ? text : NULL;
}

/* ---- cells ---- */

/* What is not known of a text is often what there is nothing to say of: its cell stays empty. */
static void write_missing(struct html *html, bool text)
{
	fputs("<td class=\"missing\">", html->file);
	if (!text)
		fputs("<span role=\"img\" aria-label=\"not known\">\xe2\x80\x93</span>",
		      html->file);
	fputs("</td>", html->file);
}

/* A number's exact value stands beside what is shown of it.  The first cell is its row's head. */
static void write_cell(struct html *html, const json_t *value, enum unit unit, bool first,
		       bool is_long)
{
	char room[FIGURE_ROOM];

	if (!unit_text(value, unit, room)) {
		write_missing(html, unit == UNIT_TEXT);
		return;
	}
	fputs(first ? "<th scope=\"row\"" : "<td", html->file);
	fputs(unit != UNIT_TEXT   ? " class=\"number\">"
	      : is_long && !first ? " class=\"long\">"
				  : ">",
	      html->file);
	html_figure(html, NULL, value, unit);
	fputs(first ? "</th>" : "</td>", html->file);
}

void html_table_begin(struct html *html, const char *caption, const char *attributes,
		      size_t columns)
{
	html_box_begin(html, caption, columns > BROAD);
	fprintf(html->file, "<table %s>\n<caption><span>", attributes);
	html_text(html, caption);
	fputs("</span></caption>\n", html->file);
	html->tables++;
}

void html_table_end(struct html *html)
{
	fputs("</tbody></table></div>\n", html->file);
}

/* ---- tables ---- */

static void write_titles(struct html *html, const struct table *table)
{
	fputs("<thead><tr>", html->file);
	for (size_t k = 0; k < table->count; k++) {
		const struct column *c = table->columns[k];
		char key[COLUMN_TITLE], title[COLUMN_TITLE];

		column_key(c, key);
		fprintf(html->file, "<th scope=\"col\"%s data-key=\"",
			column_unit(c, false) == UNIT_TEXT ? "" : " class=\"number\"");
		html_text(html, key);
		fputs("\">", html->file);
		html_text(html, column_title(c, false, title));
		fputs("</th>", html->file);
	}
	fputs("</tr></thead>\n<tbody>\n", html->file);
}

static void write_row(struct html *html, const struct table *table, const json_t *row)
{
	for (size_t k = 0; k < table->count; k++)
		write_cell(html, column_cell(row, table->columns[k]),
			   column_unit(table->columns[k], false), k == 0, table->longs[k]);
	fputs("</tr>\n", html->file);
}

void html_rows(struct html *html, const char *caption, struct place rows,
	       const struct column *columns, bool (*wanted)(const json_t *row, const void *context),
	       const void *context)
{
	struct table table = { .rows = rows.value, .wanted = wanted, .context = context };
	char *text = choose_columns(&table, caption, columns), attribute[256] = "";
	const json_t *row;
	size_t i;

	if (!wanted)
		snprintf(attribute, sizeof(attribute), "data-at=\"%s\"", rows.at);
	html_table_begin(html, text ? text : caption, attribute, table.count);
	free(text);
	write_titles(html, &table);
	json_array_foreach (rows.value, i, row) {
		if (!is_wanted(&table, row))
			continue;
		if (wanted)
			fprintf(html->file, "<tr data-at=\"%s/%zu\">", rows.at, i);
		else
			fputs("<tr>", html->file);
		write_row(html, &table, row);
	}
	html_table_end(html);
}

void html_table(struct html *html, const char *caption, struct place rows,
		const struct column *columns)
{
	html_rows(html, caption, rows, columns, NULL, NULL);
}
