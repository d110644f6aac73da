/* How failures are shown: a matrix, and the words behind it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/failures/failures.h"
#include "compare/failures/daemons.h"
#include "compare/show/column.h"
#include "compare/show/html.h"
#include "compare/show/outcome_matrix.h"
#include "compare/show/paragraph.h"
#include "compare/part/outcome.h"

#define TITLE_WIDTH 24 /* columns of a terminal */
#define MARK_WIDTH  5
#define ALIKE       14 /* bytes */

/* ---- on a terminal: the matrix ---- */

/* Whether its runs did not all have the same outcome. */
static bool cell_differs(const json_t *cell)
{
	return figure_integer(cell, &figures.agreed) < figure_integer(cell, &figures.runs);
}

/* Two lines: the protocols, each above its first transport, and the transports. */
static void print_heads(const json_t *cells, const struct text *out)
{
	char last[32] = "";
	const json_t *cell;
	size_t i;

	fprintf(out->file, "%*s", TITLE_WIDTH, "");
	json_array_foreach (cells, i, cell) {
		const char *name = figure_text(cell, &figures.endpoint);
		char protocol[32];

		snprintf(protocol, sizeof(protocol), "%.*s", (int)strcspn(name, "+"), name);
		fprintf(out->file, "%*s", MARK_WIDTH, strcmp(protocol, last) ? protocol : "");
		strcpy(last, protocol);
	}
	fprintf(out->file, "\n%*s", TITLE_WIDTH, "");
	json_array_foreach (cells, i, cell) {
		const char *plus = strchr(figure_text(cell, &figures.endpoint), '+');

		fprintf(out->file, "%*s", MARK_WIDTH, plus ? plus + 1 : "");
	}
	putc('\n', out->file);
}

/* Which marks there are, to be explained. */
struct used_marks {
	bool used[OUTCOME_COUNT], differing;
};

static void print_marks(const json_t *fault, const struct text *out, struct used_marks *marked)
{
	const json_t *cell;
	size_t i;

	fprintf(out->file, "%-*s", TITLE_WIDTH, figure_text(fault, &figures.title));
	json_array_foreach (figure_get(fault, &figures.cells), i, cell) {
		enum outcome_kind seen = outcome_find(figure_text(cell, &figures.saw));
		const json_t *executed = figure_get(cell, &figures.executed);
		char times[16] = "-", mark[32];

		marked->used[seen] = true;
		marked->differing |= cell_differs(cell);
		if (executed)
			snprintf(times, sizeof(times), "%d", (int)json_integer_value(executed));
		snprintf(mark, sizeof(mark), "%s%s%s", outcome_texts[seen].mark, times,
			 cell_differs(cell) ? "~" : "");
		fprintf(out->file, "%*s", MARK_WIDTH, mark);
	}
	putc('\n', out->file);
}

static void print_legend(const struct used_marks *marked, const struct text *out)
{
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (marked->used[i])
			fprintf(out->file, "  %s  %s: %s\n", outcome_texts[i].mark,
				outcome_texts[i].name, outcome_texts[i].explained);
	fprintf(out->file,
		"The figure: how often the call was executed (of one that the server was killed "
		"in:\n"
		"begun). - where there was no call: by a pipe a bad client has nobody beside him, "
		"and\n"
		"sees himself what becomes of him; or where no server is left to be asked.\n");
	if (marked->differing)
		fputs("~ not in all runs: they are listed below.\n", out->file);
}

/* ---- on a terminal: the words ---- */

static bool equal_member(const json_t *one, const json_t *other, const struct figure *figure)
{
	const json_t *a = figure_get(one, figure), *b = figure_get(other, figure);

	return a == b || (a && b && json_equal(a, b));
}

/* Addresses and numbers in the middle make no difference, but what happened and whether the call
 * was executed do, and these stand at a text's beginning and end. */
static bool said_alike(const char *one, const char *other)
{
	size_t a = strlen(one), b = strlen(other);
	size_t end_a = a > ALIKE ? a - ALIKE : 0, end_b = b > ALIKE ? b - ALIKE : 0;

	return strncmp(one, other, ALIKE) == 0 && strcmp(one + end_a, other + end_b) == 0;
}

static bool are_alike(const json_t *one, const json_t *other)
{
	return equal_member(one, other, &figures.saw) &&
	       equal_member(one, other, &figures.exit_code) &&
	       equal_member(one, other, &figures.note) &&
	       said_alike(figure_text(one, &figures.said), figure_text(other, &figures.said));
}

/* Whether none of the cells before it is like it: those that are alike are told of once. */
static bool is_first(const json_t *cells, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (are_alike(json_array_get(cells, at), json_array_get(cells, i)))
			return false;
	return true;
}

/* "0.412", and how often it was so, unless it always was: " (4 of 5 runs)". */
static void print_time(FILE *line, const json_t *cell)
{
	const json_t *runs = figure_get(cell, &figures.runs),
		     *agreed = figure_get(cell, &figures.agreed);
	const json_t *after = figure_get(cell, &figures.after_ns);
	char room[FIGURE_ROOM];

	if (after)
		fprintf(line, " %s", unit_text(after, UNIT_MILLISECONDS, room));
	if (cell_differs(cell))
		fprintf(line, " (%d of %d runs)", (int)json_integer_value(agreed),
			(int)json_integer_value(runs));
}

/* The outcome, and each endpoint that has it with its own time. */
static void print_endpoints(FILE *line, const json_t *cell, const json_t *cells)
{
	const json_t *code = figure_get(cell, &figures.exit_code), *other;
	const char *separator = ", after ms: ";
	size_t i;

	fputs(figure_text(cell, &figures.saw), line);
	if (code)
		fprintf(line, " (exit %d)", (int)json_integer_value(code));
	json_array_foreach (cells, i, other) {
		if (!are_alike(cell, other))
			continue;
		fprintf(line, "%s%s", separator, figure_text(other, &figures.endpoint));
		print_time(line, other);
		separator = ", ";
	}
}

static void print_group(const json_t *cell, const json_t *cells, const struct text *out)
{
	const char *said = figure_text(cell, &figures.said),
		   *note = figure_text(cell, &figures.note);
	char *text = NULL;
	size_t size;
	FILE *line = open_memstream(&text, &size);

	if (!line)
		return;
	print_endpoints(line, cell, cells);
	if (*said)
		fprintf(line, ": \"%s\"", said);
	if (*note)
		fprintf(line, " [%s]", note);
	fclose(line);
	if (text)
		paragraph_print(out, "  ", 4, PARAGRAPH_WIDTH, text);
	free(text);
}

/* What was seen in each run, where that was not always the same. */
static void print_differing(const json_t *cell, const struct text *out)
{
	const json_t *saw = figure_get(cell, &figures.each_saw), *item;
	const json_t *executed = figure_get(cell, &figures.each_executed);
	char *text = NULL;
	size_t size, i;
	FILE *line = open_memstream(&text, &size);

	if (!line)
		return;
	fprintf(line, "%s, run by run:", figure_text(cell, &figures.endpoint));
	json_array_foreach (saw, i, item) {
		const json_t *times = json_array_get(executed, i);

		fprintf(line, "%s %s", i ? "," : "", json_string_value(item) ?: "");
		if (json_is_integer(times))
			fprintf(line, " %d\xc3\x97", (int)json_integer_value(times));
	}
	fclose(line);
	if (text)
		paragraph_print(out, "  ", 4, PARAGRAPH_WIDTH, text);
	free(text);
}

static void print_words(const json_t *fault, const struct text *out)
{
	const json_t *cells = figure_get(fault, &figures.cells), *cell;
	size_t i;

	fprintf(out->file, "\n%s: %s\n", figure_text(fault, &figures.title),
		figure_text(fault, &figures.how));
	json_array_foreach (cells, i, cell)
		if (is_first(cells, i))
			print_group(cell, cells, out);
	json_array_foreach (cells, i, cell)
		if (cell_differs(cell))
			print_differing(cell, out);
}

void failures_print(const json_t *part, const struct text *out)
{
	const json_t *all = figure_get(part, &figures.faults), *fault;
	struct used_marks marked = { .differing = false };
	size_t i;

	print_heads(figure_get(json_array_get(all, 0), &figures.cells), out);
	json_array_foreach (all, i, fault)
		print_marks(fault, out, &marked);
	print_legend(&marked, out);
	json_array_foreach (all, i, fault)
		print_words(fault, out);
	daemons_print(part, out);
}

/* ---- in the report ---- */

/* Those that are like it; their times are in the matrix. */
static void write_alike(const json_t *cells, const json_t *cell, struct html *html)
{
	const char *separator = ": ";
	const json_t *other;
	size_t i;

	json_array_foreach (cells, i, other) {
		if (!are_alike(cell, other))
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
	outcome_matrix_write(place_member(part, &figures.faults), &matrix, html);
}

void failures_write_more(struct place part, struct html *html)
{
	const json_t *fault;
	size_t i;

	daemons_write(part, html);
	json_array_foreach (figure_get(part.value, &figures.faults), i, fault)
		write_fault(fault, html);
}
