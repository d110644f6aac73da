/* How failures are shown in the report: a matrix, and each fault's words folded below it. */
#include <stdio.h>

#include "compare/failures/failures.h"
#include "compare/show/grid.h"
#include "compare/show/html.h"
#include "compare/show/outcome_matrix.h"
#include "client/json.h"

static const struct column columns[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },  { "the caller saw", "saw", FIGURE_TEXT },
	{ "exit code", "code", FIGURE_COUNT },    { "after, ms", "after_ns", FIGURE_MILLISECONDS },
	{ "executed", "executed", FIGURE_COUNT }, { "runs alike", "agreed", FIGURE_COUNT },
	{ "of runs", "runs", FIGURE_COUNT },      { "and was told", "said", FIGURE_TEXT },
	{ "note", "note", FIGURE_TEXT },          { 0 },
};

/* ---- cells that are alike, told of once ---- */

/* Whether none of those before it is like it. */
static bool is_first(const json_t *cells, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (failures_alike(json_array_get(cells, at), json_array_get(cells, i)))
			return false;
	return true;
}

/* Those that are like it, with their times. */
static void write_alike(const json_t *cells, const json_t *cell, struct html *html)
{
	const char *separator = ", after ms: ";
	const json_t *other;
	size_t i;

	json_array_foreach (cells, i, other) {
		const json_t *after = json_object_get(other, "after_ns");

		if (!failures_alike(cell, other))
			continue;
		html_markup(html, "%s", separator);
		html_text(html, json_text(other, "endpoint"));
		html_markup(html, "%s", after ? " " : "");
		html_figure(html, NULL, after, FIGURE_MILLISECONDS);
		separator = ", ";
	}
}

static void write_group(const json_t *cells, const json_t *cell, struct html *html)
{
	const char *said = json_text(cell, "said"), *note = json_text(cell, "note");

	html_markup(html, "<li><b>");
	html_text(html, json_text(cell, "saw"));
	html_markup(html, "</b>");
	write_alike(cells, cell, html);
	if (*said)
		html_element(html, "div class=\"note\"", "\xe2\x80\x9c%s\xe2\x80\x9d", said);
	if (*note)
		html_element(html, "div class=\"note\"", "[%s]", note);
	html_markup(html, "</li>\n");
}

static void write_fault(const json_t *fault, size_t i, struct html *html)
{
	const json_t *cells = json_object_get(fault, "cells"), *cell;
	char at[64], caption[256], summary[256];
	size_t k;

	snprintf(at, sizeof(at), "/failures/faults/%zu/cells", i);
	snprintf(caption, sizeof(caption), "%s, cell by cell", json_text(fault, "title"));
	snprintf(summary, sizeof(summary), "%s: %s", json_text(fault, "title"),
		 json_text(fault, "how"));
	html_fold_begin(html, summary);
	html_markup(html, "<ul class=\"said\">\n");
	json_array_foreach (cells, k, cell)
		if (is_first(cells, k))
			write_group(cells, cell, html);
	html_markup(html, "</ul>\n");
	html_table(html, caption, at, cells, columns);
	html_fold_end(html);
}

void failures_write(const json_t *part, struct html *html)
{
	static const struct matrix matrix = {
		"What the caller saw, after how many ms, and how often the call was executed",
		"fault",
		"/failures/faults",
		"cells",
		"endpoint",
		"Below each: after how many milliseconds, and how many times (\xc3\x97) the call "
		"was executed, where that is known (of one that the server was killed in: begun); "
		"and in how many of the runs, unless it was in all. By a pipe a bad client has "
		"nobody beside it, and its cells say what became of itself."
	};
	const json_t *faults = json_object_get(part, "faults"), *fault;
	size_t i;

	html_element(
		html, "p",
		"Every fault is made to happen to a server of its own, while a caller adds 1 to a "
		"register there; another connection then counts how often that was done. A call "
		"has %.3g ms.",
		json_number_value(json_object_get(part, "timeout_ns")) / 1e6);
	if (json_integer_value(json_object_get(part, "runs")) > 1)
		html_element(html, "p",
			     "Each is done %d times; the outcome is the one that was seen most "
			     "often, the time the median of these.",
			     (int)json_integer_value(json_object_get(part, "runs")));
	matrix_write(faults, &matrix, html);
	html_command(html, part);
	html_element(html, "h3", "Fault by fault: what callers were told");
	json_array_foreach (faults, i, fault)
		write_fault(fault, i, html);
}
