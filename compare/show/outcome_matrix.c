/* What callers saw, as a picture that is a table: a row a case, a column an endpoint or protocol.
 */
#include "compare/show/outcome_matrix.h"

#include <string.h>

#include "compare/part/outcome.h"

#define BROAD 8 /* columns, beyond which paper is narrow */

/* The class of a cell, its colour's name, and what the legend says of it. */
static const struct {
	const char *class, *colour, *words;
} tints[MEANS_COUNT] = {
	[MEANS_NOTHING] = { "none", "", "" },
	[MEANS_SERVED] = { "served", "green", "The caller has what it asked for." },
	[MEANS_TOLD] = { "told", "blue", "It has no result, and knows why." },
	[MEANS_DOUBT] = { "doubt", "yellow",
			  "There is something that it is not told: whether the call was executed, "
			  "that "
			  "it was twice, or that what answered is retired." },
	[MEANS_HARM] = { "harm", "red",
			 "It takes for success what is none, or waits without end." },
};

static void write_heads(const json_t *cells, const struct matrix *matrix, struct html *html)
{
	const json_t *cell;
	size_t i;

	html_markup(html, "<thead><tr>");
	html_element(html, "th scope=\"col\"", "%s", matrix->head);
	json_array_foreach (cells, i, cell) {
		const char *name = figure_text(cell, matrix->name);
		size_t protocol = strcspn(name, "+");
		char first[64];

		snprintf(first, sizeof(first), "%.*s", (int)protocol, name);
		html_markup(html, "<th scope=\"col\">");
		html_text(html, first);
		html_markup(html, "%s", name[protocol] ? "+<br/>" : "");
		html_text(html, name + protocol + (name[protocol] != '\0'));
		html_markup(html, "</th>");
	}
	html_markup(html, "</tr></thead>\n<tbody>\n");
}

/* ---- a cell ---- */

/* How long it took and how often it was executed, as far as that is known. */
static void write_figures(const json_t *cell, struct html *html)
{
	const json_t *after = figure_get(cell, &figures.after_ns);
	const json_t *executed = figure_get(cell, &figures.executed);

	if (!after && !executed)
		return;
	html_markup(html, "<span>");
	html_figure(html, &figures.after_ns, after, UNIT_MILLISECONDS);
	html_markup(html, "%s", after && executed ? ", " : "");
	html_figure(html, &figures.executed, executed, UNIT_COUNT);
	html_markup(html, "%s</span>", executed ? "\xc3\x97" : "");
}

/* In how many of the runs that was seen, unless it was in all. */
static void write_runs(const json_t *cell, struct html *html)
{
	json_int_t runs = figure_integer(cell, &figures.runs);
	json_int_t agreed = figure_integer(cell, &figures.agreed);

	if (agreed < runs)
		html_markup(html, "<span>in %d of %d</span>", (int)agreed, (int)runs);
}

/* An answer is nothing to be glad of where the call was executed more than once, or where what
 * answers was retired. */
static enum meaning meaning_of(const json_t *row, const json_t *cell, const char *retired)
{
	enum meaning meaning = outcome_texts[outcome_find(figure_text(cell, &figures.saw))].meaning;
	bool again = figure_integer(cell, &figures.executed) > 1;

	if (meaning == MEANS_SERVED &&
	    (again || (retired && figure_is(row, &figures.key, retired))))
		return MEANS_DOUBT;
	return meaning;
}

/* Where a row is a card, each cell says whose it is. */
static void write_cell(struct place cell, enum meaning meaning, const char *name, struct html *html)
{
	html_markup(html, "<td class=\"%s\" data-name=\"", tints[meaning].class);
	html_text(html, name);
	html_markup(html, "\" data-at=\"%s\"><b>", cell.at);
	html_text(html, figure_text(cell.value, &figures.saw));
	html_markup(html, "</b>");
	write_figures(cell.value, html);
	write_runs(cell.value, html);
	html_markup(html, "</td>");
}

/* ---- all of them ---- */

/* What is used of the words and tints. */
struct used {
	bool seen[OUTCOME_COUNT], tint[MEANS_COUNT];
};

/* A tint with its meaning, and the words of outcomes that have it. */
static void write_tint(const struct used *used, enum meaning meaning, struct html *html)
{
	html_markup(html, "<li><b class=\"%s\">%s</b>%s", tints[meaning].class,
		    tints[meaning].colour, tints[meaning].words);
	for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++)
		if (used->seen[i] && outcome_texts[i].meaning == meaning)
			html_markup(html, " <em>%s</em>: %s.", outcome_texts[i].name,
				    outcome_texts[i].explained);
	html_markup(html, "</li>\n");
}

static void write_legend(const struct used *used, const char *below, struct html *html)
{
	html_markup(html, "<ul class=\"legend\">\n");
	for (int i = MEANS_SERVED; i < MEANS_COUNT; i++)
		if (used->tint[i])
			write_tint(used, (enum meaning)i, html);
	html_element(html, "li", "%s", below);
	html_markup(html, "</ul>\n");
}

static void write_row(struct place row, const struct matrix *matrix, struct used *used,
		      struct html *html)
{
	const struct place cells = place_member(row, matrix->cells);

	html_markup(html, "<tr>");
	html_element(html, "th scope=\"row\"", "%s", figure_text(row.value, &figures.title));
	for (size_t i = 0; i < json_array_size(cells.value); i++) {
		const struct place cell = place_item(cells, i);
		enum meaning meaning = meaning_of(row.value, cell.value, matrix->retired);

		write_cell(cell, meaning, figure_text(cell.value, matrix->name), html);
		used->seen[outcome_find(figure_text(cell.value, &figures.saw))] = true;
		used->tint[meaning] = true;
	}
	html_markup(html, "</tr>\n");
}

void outcome_matrix_write(struct place cases, const struct matrix *matrix, struct html *html)
{
	const json_t *first = figure_get(json_array_get(cases.value, 0), matrix->cells);
	size_t columns = json_array_size(first) + 1;
	struct used used = { .tint = { false } };

	if (columns <= BROAD)
		html_pair_begin(html);
	html_table_begin(html, matrix->caption,
			 columns > BROAD ? "class=\"matrix broad\"" : "class=\"matrix\"", columns);
	write_heads(first, matrix, html);
	for (size_t i = 0; i < json_array_size(cases.value); i++)
		write_row(place_item(cases, i), matrix, &used, html);
	html_table_end(html);
	if (columns <= BROAD)
		html_pair_next(html);
	write_legend(&used, matrix->below, html);
	if (columns <= BROAD)
		html_pair_end(html);
}
