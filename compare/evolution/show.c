/* How evolution is shown: a block, or a table, for each change. */
#include <stdio.h>
#include <stdlib.h>

#include "compare/evolution/evolution.h"
#include "compare/show/grid.h"
#include "compare/show/html.h"
#include "compare/show/outcome_matrix.h"
#include "compare/show/paragraph.h"
#include "client/json.h"

static const struct column columns[] = {
	{ "protocol", "protocol", FIGURE_TEXT }, { "exit code", "code", FIGURE_COUNT },
	{ "learns", "learns", FIGURE_TEXT },     { "was told", "said", FIGURE_TEXT },
	{ "note", "note", FIGURE_TEXT },         { 0 },
};

/* ---- on a terminal ---- */

/* ", executed 1 time", or nothing. */
static void format_executed(const json_t *answer, char text[48])
{
	const json_t *executed = json_object_get(answer, "executed");

	text[0] = '\0';
	if (executed)
		snprintf(text, 48, ", executed %d\xc3\x97", (int)json_integer_value(executed));
}

static void print_answer(const json_t *answer, const struct text *out)
{
	const char *said = json_text(answer, "said"), *note = json_text(answer, "note");
	const char *learns = json_text(answer, "learns");
	char executed[48], head[32], *line = NULL;

	format_executed(answer, executed);
	snprintf(head, sizeof(head), "  %-6s ", json_text(answer, "protocol"));
	if (asprintf(&line, "%s%s%s%s%s%s%s%s%s%s", json_text(answer, "saw"), executed,
		     *said ? ": \"" : "", said, *said ? "\"" : "", *learns ? "; learns " : "",
		     learns, *note ? " [" : "", note, *note ? "]" : "") < 0)
		return;
	paragraph_print(out, head, 9, line);
	free(line);
}

void evolution_print(const json_t *part, const struct text *out)
{
	const json_t *change, *answer;
	size_t i, k;

	json_array_foreach (json_object_get(part, "changes"), i, change) {
		fprintf(out->file, "%s%s\n  (%s; the server has %s)\n", i ? "\n" : "",
			json_text(change, "title"), json_text(change, "client"),
			json_text(change, "server"));
		json_array_foreach (json_object_get(change, "answers"), k, answer)
			print_answer(answer, out);
	}
}

/* ---- in the report ---- */

static void write_change(const json_t *change, size_t i, struct html *html)
{
	char at[64], caption[256];

	snprintf(at, sizeof(at), "/evolution/changes/%zu/answers", i);
	snprintf(caption, sizeof(caption), "%s (%s; the server has %s)", json_text(change, "title"),
		 json_text(change, "client"), json_text(change, "server"));
	html_table(html, caption, at, json_object_get(change, "answers"), columns);
}

void evolution_write(const json_t *part, struct html *html)
{
	static const struct matrix matrix = {
		"What the client saw, after how many ms, and how often the call was executed",
		"change",
		"/evolution/changes",
		"answers",
		"protocol",
		"Below each: after how many milliseconds, and how many times (\xc3\x97) the call "
		"was executed.",
		"retired"
	};

	matrix_write(json_object_get(part, "changes"), &matrix, html);
}

void evolution_write_more(const json_t *part, struct html *html)
{
	const json_t *change;
	size_t i;

	json_array_foreach (json_object_get(part, "changes"), i, change)
		write_change(change, i, html);
}
