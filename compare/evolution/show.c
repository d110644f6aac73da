/* How evolution is shown: a block, or a table, for each change. */
#include <stdio.h>
#include <stdlib.h>

#include "compare/evolution/evolution.h"
#include "compare/show/html.h"
#include "compare/show/outcome_matrix.h"
#include "compare/show/paragraph.h"

static const struct column columns[] = {
	COLUMN(protocol), COLUMN(exit_code), COLUMN(learns), COLUMN(said), COLUMN(note), { 0 },
};

/* ---- on a terminal ---- */

/* ", executed 1 time", or nothing. */
static void format_executed(const json_t *answer, char text[48])
{
	const json_t *executed = figure_get(answer, &figures.executed);

	text[0] = '\0';
	if (executed)
		snprintf(text, 48, ", executed %d\xc3\x97", (int)json_integer_value(executed));
}

static void print_answer(const json_t *answer, const struct text *out)
{
	const char *said = figure_text(answer, &figures.said),
		   *note = figure_text(answer, &figures.note);
	const char *learns = figure_text(answer, &figures.learns);
	char executed[48], head[32], *line = NULL;

	format_executed(answer, executed);
	snprintf(head, sizeof(head), "  %-6s ", figure_text(answer, &figures.protocol));
	if (asprintf(&line, "%s%s%s%s%s%s%s%s%s%s", figure_text(answer, &figures.saw), executed,
		     *said ? ": \"" : "", said, *said ? "\"" : "", *learns ? "; learns " : "",
		     learns, *note ? " [" : "", note, *note ? "]" : "") < 0)
		return;
	paragraph_print(out, head, 9, PARAGRAPH_WIDTH, line);
	free(line);
}

void evolution_print(const json_t *part, const struct text *out)
{
	const json_t *change, *answer;
	size_t i, k;

	json_array_foreach (figure_get(part, &figures.changes), i, change) {
		fprintf(out->file, "%s%s\n  (%s; the server has %s)\n", i ? "\n" : "",
			figure_text(change, &figures.title), figure_text(change, &figures.client),
			figure_text(change, &figures.server));
		json_array_foreach (figure_get(change, &figures.answers), k, answer)
			print_answer(answer, out);
	}
}

/* ---- in the report ---- */

static void write_change(struct place change, struct html *html)
{
	char caption[256];

	snprintf(caption, sizeof(caption), "%s (%s; the server has %s)",
		 figure_text(change.value, &figures.title),
		 figure_text(change.value, &figures.client),
		 figure_text(change.value, &figures.server));
	html_table(html, caption, place_member(change, &figures.answers), columns);
}

void evolution_write(struct place part, struct html *html)
{
	static const struct matrix matrix = {
		"What the client saw, after how many ms, and how often the call was executed",
		"change",
		&figures.answers,
		&figures.protocol,
		"Below each: after how many milliseconds, and how many times (\xc3\x97) the call "
		"was executed.",
		"retired"
	};

	outcome_matrix_write(place_member(part, &figures.changes), &matrix, html);
}

void evolution_write_more(struct place part, struct html *html)
{
	const struct place changes = place_member(part, &figures.changes);

	for (size_t i = 0; i < json_array_size(changes.value); i++)
		write_change(place_item(changes, i), html);
}
