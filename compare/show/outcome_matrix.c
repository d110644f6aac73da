/* What callers saw, as a picture that is a table: a row a case, a column an endpoint or protocol.
 */
#include "compare/show/outcome_matrix.h"

#include <string.h>

#include "compare/part/outcome.h"
#include "client/json.h"

#define BROAD 8 /* columns, beyond which paper is narrow */

/* How good an outcome is: colours only repeat what the word says. */
static const char *const tints[SEEN_COUNT] = {
	[SEEN_NONE] = "none",     [SEEN_ANSWERED] = "good", [SEEN_LATE] = "warn",
	[SEEN_WRONG] = "bad",     [SEEN_ACCEPTED] = "bad",  [SEEN_REFUSED] = "good",
	[SEEN_DETECTED] = "good", [SEEN_CLOSED] = "warn",   [SEEN_NOBODY] = "warn",
	[SEEN_TIMEOUT] = "warn",  [SEEN_HUNG] = "bad",      [SEEN_FAILED] = "bad",
};

static void write_heads(const json_t *cells, const struct matrix *matrix, struct html *html)
{
	const json_t *cell;
	size_t i;

	html_markup(html, "<thead><tr>");
	html_element(html, "th scope=\"col\"", "%s", matrix->head);
	json_array_foreach (cells, i, cell) {
		const char *name = json_text(cell, matrix->name);
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
	const json_t *after = json_object_get(cell, "after_ns");
	const json_t *executed = json_object_get(cell, "executed");

	if (!after && !executed)
		return;
	html_markup(html, "<span>");
	html_figure(html, "after_ns", after, FIGURE_MILLISECONDS);
	html_markup(html, "%s", after && executed ? ", " : "");
	html_figure(html, "executed", executed, FIGURE_COUNT);
	html_markup(html, "%s</span>", executed ? "\xc3\x97" : "");
}

/* In how many of the runs that was seen, unless it was in all. */
static void write_runs(const json_t *cell, struct html *html)
{
	json_int_t runs = json_integer_value(json_object_get(cell, "runs"));
	json_int_t agreed = json_integer_value(json_object_get(cell, "agreed"));

	if (agreed < runs)
		html_markup(html, "<span>in %d of %d</span>", (int)agreed, (int)runs);
}

static bool is_executed_again(const json_t *cell)
{
	return json_integer_value(json_object_get(cell, "executed")) > 1;
}

/* What was executed more than once is nothing to be glad of, whatever the caller saw. */
static const char *tint_of(const json_t *cell)
{
	const char *tint = tints[seen_find(json_text(cell, "saw"))];

	return is_executed_again(cell) && strcmp(tint, "good") == 0 ? "warn" : tint;
}

static void write_cell(const json_t *cell, const char *at, struct html *html)
{
	const char *saw = json_text(cell, "saw");

	html_markup(html, "<td class=\"%s\" data-at=\"%s\"><b>", tint_of(cell), at);
	html_text(html, saw);
	html_markup(html, "</b>");
	write_figures(cell, html);
	write_runs(cell, html);
	html_markup(html, "</td>");
}

/* ---- all of them ---- */

/* What is used of the words and tints. */
struct used {
	bool seen[SEEN_COUNT], again;
};

static void write_legend(const struct used *used, const char *below, struct html *html)
{
	html_markup(html, "<ul class=\"legend\">\n");
	for (int i = 0; i < SEEN_COUNT; i++)
		if (used->seen[i]) {
			html_markup(html, "<li><b class=\"%s\">%s</b>: ", tints[i],
				    seen_name((enum seen)i));
			html_text(html, seen_meaning((enum seen)i));
			html_markup(html, "</li>\n");
		}
	if (used->again)
		html_markup(html, "<li><b class=\"warn\">2\xc3\x97</b>: executed more than once, "
				  "whatever the caller saw</li>\n");
	html_element(html, "li", "%s", below);
	html_markup(html, "</ul>\n");
}

void matrix_write(const json_t *cases, const struct matrix *matrix, struct html *html)
{
	const json_t *first = json_object_get(json_array_get(cases, 0), matrix->cells);
	size_t i, k, columns = json_array_size(first) + 1;
	struct used used = { .again = false };
	const json_t *row, *cell;

	html_table_begin(html, matrix->caption,
			 columns > BROAD ? "class=\"matrix broad\"" : "class=\"matrix\"", columns);
	write_heads(first, matrix, html);
	json_array_foreach (cases, i, row) {
		html_markup(html, "<tr>");
		html_element(html, "th scope=\"row\"", "%s", json_text(row, "title"));
		json_array_foreach (json_object_get(row, matrix->cells), k, cell) {
			char at[96];

			snprintf(at, sizeof(at), "%s/%zu/%s/%zu", matrix->at, i, matrix->cells, k);
			write_cell(cell, at, html);
			used.seen[seen_find(json_text(cell, "saw"))] = true;
			used.again = used.again || is_executed_again(cell);
		}
		html_markup(html, "</tr>\n");
	}
	html_table_end(html);
	write_legend(&used, matrix->below, html);
}
