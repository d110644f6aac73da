/* What callers saw, as a picture that is a table: a row a case, a column an endpoint or protocol.
 */
#include "client/compare/matrix.h"

#include <string.h>

#include "client/compare/sight.h"
#include "client/json.h"

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
		html_markup(html, "%s", name[protocol] ? "+<wbr/>" : "");
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
	html_markup(html, "%s%s", after ? " ms" : "", after && executed ? ", " : "");
	html_figure(html, "executed", executed, FIGURE_COUNT);
	html_markup(html, "%s</span>", executed ? "\xc3\x97" : "");
}

static void write_cell(const json_t *cell, const char *at, struct html *html)
{
	const char *saw = json_text(cell, "saw");

	html_markup(html, "<td class=\"%s\" data-at=\"%s\"><b>", tints[seen_find(saw)], at);
	html_text(html, saw);
	html_markup(html, "</b>");
	write_figures(cell, html);
	html_markup(html, "</td>");
}

/* ---- all of them ---- */

static void write_legend(const bool used[SEEN_COUNT], struct html *html)
{
	html_markup(html, "<ul class=\"legend\">\n");
	for (int i = 0; i < SEEN_COUNT; i++)
		if (used[i]) {
			html_markup(html, "<li><b class=\"%s\">%s</b>: ", tints[i],
				    seen_name((enum seen)i));
			html_text(html, seen_meaning((enum seen)i));
			html_markup(html, "</li>\n");
		}
	html_markup(html, "<li>Below: after how long, and how often the call was executed, where "
			  "that is known.</li>\n</ul>\n");
}

void matrix_write(const json_t *cases, const struct matrix *matrix, struct html *html)
{
	const json_t *first = json_object_get(json_array_get(cases, 0), matrix->cells);
	bool used[SEEN_COUNT] = { false };
	const json_t *row, *cell;
	size_t i, k;

	html_table_begin(html, matrix->caption, "class=\"matrix\"", json_array_size(first) + 1);
	write_heads(first, matrix, html);
	json_array_foreach (cases, i, row) {
		html_markup(html, "<tr>");
		html_element(html, "th scope=\"row\"", "%s", json_text(row, "title"));
		json_array_foreach (json_object_get(row, matrix->cells), k, cell) {
			char at[96];

			snprintf(at, sizeof(at), "%s/%zu/%s/%zu", matrix->at, i, matrix->cells, k);
			write_cell(cell, at, html);
			used[seen_find(json_text(cell, "saw"))] = true;
		}
		html_markup(html, "</tr>\n");
	}
	html_table_end(html);
	write_legend(used, html);
}
