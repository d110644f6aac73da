/* How failures are shown in the report: a matrix, and each fault's words folded below it. */
#include <stdio.h>

#include "compare/failures/failures.h"
#include "compare/show/html.h"
#include "compare/show/outcome_matrix.h"

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
		html_text(html, figure_text(other, &figures.endpoint));
		separator = ", ";
	}
}

static void write_group(const json_t *cells, const json_t *cell, struct html *html)
{
	const char *said = figure_text(cell, &figures.said),
		   *note = figure_text(cell, &figures.note);
	const json_t *code = figure_get(cell, &figures.exit_code);

	html_markup(html, "<li><b>");
	html_text(html, figure_text(cell, &figures.saw));
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
	const json_t *cells = figure_get(fault, &figures.cells), *cell;
	size_t k;

	html_element(html, "h3", "%s", figure_text(fault, &figures.title));
	html_element(html, "p", "%s", figure_text(fault, &figures.how));
	html_markup(html, "<ul class=\"said\">\n");
	json_array_foreach (cells, k, cell)
		if (is_first(cells, k))
			write_group(cells, cell, html);
	html_markup(html, "</ul>\n");
}

void failures_write(struct place part, struct html *html)
{
	static const struct matrix matrix = {
		"What the caller saw, after how many ms, and how often the call was executed",
		"fault",
		&figures.cells,
		&figures.endpoint,
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
		figure_number(part.value, &figures.timeout_ns) / 1e6);
	if (figure_integer(part.value, &figures.runs) > 1)
		html_element(html, "p",
			     "Each is done %d times; the outcome is the one that was seen most "
			     "often, the time the median of these.",
			     (int)figure_integer(part.value, &figures.runs));
	matrix_write(place_member(part, &figures.faults), &matrix, html);
}

void failures_write_more(struct place part, struct html *html)
{
	const json_t *fault;
	size_t i;

	json_array_foreach (figure_get(part.value, &figures.faults), i, fault)
		write_fault(fault, html);
}
