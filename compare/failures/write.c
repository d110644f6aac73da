/* How failures are shown in the report: a matrix, and each fault's words folded below it. */
#include <stdio.h>

#include "compare/failures/failures.h"
#include "compare/show/grid.h"
#include "compare/show/html.h"
#include "compare/show/outcome_matrix.h"
#include "client/json.h"

/* ---- cells that are alike, told of once ---- */

/* Whether none of those before it is like it. */
static bool is_first(const json_t *cells, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (failures_alike(json_array_get(cells, at), json_array_get(cells, i)))
			return false;
	return true;
}

/* Those that are like it; their times are in the matrix. */
static void write_alike(const json_t *cells, const json_t *cell, struct html *html)
{
	const char *separator = ": ";
	const json_t *other;
	size_t i;

	json_array_foreach (cells, i, other) {
		if (!failures_alike(cell, other))
			continue;
		html_markup(html, "%s", separator);
		html_text(html, json_text(other, "endpoint"));
		separator = ", ";
	}
}

static void write_group(const json_t *cells, const json_t *cell, struct html *html)
{
	const char *said = json_text(cell, "said"), *note = json_text(cell, "note");
	const json_t *code = json_object_get(cell, "code");

	html_markup(html, "<li><b>");
	html_text(html, json_text(cell, "saw"));
	html_markup(html, "</b>");
	if (code)
		html_markup(html, " (exit %d)", (int)json_integer_value(code));
	write_alike(cells, cell, html);
	if (*said)
		html_element(html, "div class=\"note\"", "\xe2\x80\x9c%s\xe2\x80\x9d", said);
	if (*note)
		html_element(html, "div class=\"note\"", "[%s]", note);
	html_markup(html, "</li>\n");
}

static void write_fault(const json_t *fault, struct html *html)
{
	const json_t *cells = json_object_get(fault, "cells"), *cell;
	size_t k;

	html_element(html, "h3", "%s", json_text(fault, "title"));
	html_element(html, "p", "%s", json_text(fault, "how"));
	html_markup(html, "<ul class=\"said\">\n");
	json_array_foreach (cells, k, cell)
		if (is_first(cells, k))
			write_group(cells, cell, html);
	html_markup(html, "</ul>\n");
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
		"nobody beside it, and its cells say what became of itself.",
		NULL
	};

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
	matrix_write(json_object_get(part, "faults"), &matrix, html);
}

void failures_write_more(const json_t *part, struct html *html)
{
	const json_t *fault;
	size_t i;

	json_array_foreach (json_object_get(part, "faults"), i, fault)
		write_fault(fault, html);
}
