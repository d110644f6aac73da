/* Debian's own RPC daemons beside bad clients: what was seen, told in words. */
#include "compare/failures/daemons.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/duration.h"
#include "compare/show/column.h"
#include "compare/show/html.h"
#include "compare/show/paragraph.h"

/* What can become of an honest client, the worst last; before what it happens, in a sentence. */
static const struct {
	const char *fate, *words;
} fates[] = {
	{ "pass", NULL },
	{ "slow", "is slow beside" },
	{ "executes", "executes" },
	{ "wrong", "answers wrong beside" },
	{ "hangs up", "hangs up beside" },
	{ "stalls", "stalls beside" },
	{ "dies", "dies of" },
};

#define FATES ((int)(sizeof(fates) / sizeof(fates[0])))

/* One that is not known is as bad as any. */
static int fate_find(const char *name)
{
	int fate = 0;

	while (fate < FATES - 1 && strcmp(fates[fate].fate, name) != 0)
		fate++;
	return fate;
}

/* ---- the text ---- */

#define FIELDS 7 /* of a cell; a fact has two */

/* The fields of the next line; how many, or 0 behind the last. */
static int next_line(char **text, const char *fields[FIELDS])
{
	char *line = strsep(text, "\n"), *field;
	int count = 0;

	while (count < FIELDS && (field = strsep(&line, "\t")))
		fields[count++] = field;
	return count;
}

static void take_cell(struct daemon_cell *cell, const char *const fields[FIELDS])
{
	*cell = (struct daemon_cell){ .daemon = fields[0],
				      .kind = fields[1],
				      .name = fields[2],
				      .stock = fields[3],
				      .stock_ms = strtod(fields[4], NULL),
				      .ours = fields[5],
				      .ours_ms = strtod(fields[6], NULL) };
}

bool daemon_cell_next(char **text, struct daemon_cell *cell)
{
	const char *fields[FIELDS];
	int count;

	while ((count = next_line(text, fields)))
		if (count == FIELDS) {
			take_cell(cell, fields);
			return true;
		}
	return false;
}

/* ---- a daemon ---- */

/* What became of a daemon's honest client, stock or ours. */
struct side {
	int failed;     /* cells */
	double slowest; /* milliseconds */
	json_t *kinds;  /* of bad clients: the worst that became of it */
};

static void add_fate(struct side *side, const char *kind, const char *name, double slowest)
{
	int fate = fate_find(name);

	side->failed += fate > 0;
	side->slowest = fmax(side->slowest, slowest);
	if (fate > json_integer_value(json_object_get(side->kinds, kind)))
		json_object_set_new(side->kinds, kind, json_integer(fate));
}

/* "dies of many connections; stalls beside half a call, unread replies": the worst first. */
static json_t *words_of(const struct side *side)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	const char *kind;
	json_t *value, *words;

	if (!to)
		return NULL;
	for (int fate = FATES - 1; fate > 0; fate--) {
		bool first = true;

		json_object_foreach (side->kinds, kind, value) {
			if (json_integer_value(value) != fate)
				continue;
			if (first)
				fprintf(to, "%s%s", ftell(to) ? "; " : "", fates[fate].words);
			fprintf(to, "%s %s", first ? "" : ",", kind);
			first = false;
		}
	}
	fputs(side->failed ? "" : "nothing", to);
	fclose(to);
	words = json_string(text);
	free(text);
	return words;
}

static json_int_t nanoseconds_of(double milliseconds)
{
	return llround(milliseconds * MILLISECOND);
}

static void end_row(json_t *row, struct side *stock, struct side *ours, int cases)
{
	figure_set(row, &figures.cases, json_integer(cases));
	figure_set(row, &figures.stock_failed, json_integer(stock->failed));
	figure_set(row, &figures.stock, words_of(stock));
	figure_set(row, &figures.stock_ns, json_integer(nanoseconds_of(stock->slowest)));
	figure_set(row, &figures.ours_failed, json_integer(ours->failed));
	figure_set(row, &figures.ours, words_of(ours));
	figure_set(row, &figures.ours_ns, json_integer(nanoseconds_of(ours->slowest)));
}

/* The row of one, from all of its cells. */
static json_t *row_of(const char *text, const char *daemon)
{
	char *copy = strdup(text), *rest = copy;
	struct side stock = { .kinds = json_object() }, ours = { .kinds = json_object() };
	json_t *row = json_pack("{s:s}", KEY(daemon), daemon);
	struct daemon_cell cell;
	int cases = 0;

	while (daemon_cell_next(&rest, &cell)) {
		if (strcmp(cell.daemon, daemon) != 0)
			continue;
		add_fate(&stock, cell.kind, cell.stock, cell.stock_ms);
		add_fate(&ours, cell.kind, cell.ours, cell.ours_ms);
		cases++;
	}
	end_row(row, &stock, &ours, cases);
	json_decref(stock.kinds);
	json_decref(ours.kinds);
	free(copy);
	return row;
}

/* ---- all of them ---- */

/* What a line says that is no cell: when and on what they were judged. */
static void take_fact(json_t *object, const char *name, const char *value)
{
	if (strcmp(name, KEY(date)) == 0)
		figure_set(object, &figures.date, json_string(value));
	else if (strcmp(name, KEY(system)) == 0)
		figure_set(object, &figures.system, json_string(value));
	else if (strcmp(name, KEY(packages)) == 0)
		figure_set(object, &figures.packages, json_string(value));
	else if (strcmp(name, "limit") == 0)
		figure_set(object, &figures.limit_ns,
			   json_integer(nanoseconds_of(strtod(value, NULL))));
}

json_t *daemons_read(const char *text)
{
	json_t *object = json_object(), *rows = json_array();
	char *copy = strdup(text), *rest = copy;
	const char *fields[FIELDS];
	int count;

	while ((count = next_line(&rest, fields))) {
		if (count == 2)
			take_fact(object, fields[0], fields[1]);
		if (count == FIELDS && !figure_row(rows, &figures.daemon, fields[0], NULL, NULL))
			json_array_append_new(rows, row_of(text, fields[0]));
	}
	figure_set(object, &figures.rows, rows);
	free(copy);
	return object;
}

/* ---- shown ---- */

#define TITLE      "Debian's own RPC daemons, as they are (stock) and by sidecall run (ours)"
#define HEAD       "%-14s %8s %8s   "
#define HEAD_WIDTH 35

/* When, on what, and what counts: to be freed. */
static char *explanation_of(const json_t *daemons)
{
	char *text;
	int length = asprintf(
		&text,
		"These were not judged in this run, but on %s on %s; make daemons judges them "
		"again. Beside each kind of bad client, and while it is started, stopped and idle, "
		"an honest client calls real procedures of the unchanged daemon. A case fails when "
		"an answer is wrong or missing, or takes more than %.0f ms, or when the daemon "
		"dies. Packages: %s.",
		figure_text(daemons, &figures.date), figure_text(daemons, &figures.system),
		figure_number(daemons, &figures.limit_ns) / MILLISECOND,
		figure_text(daemons, &figures.packages));

	return length < 0 ? NULL : text;
}

static const char *milliseconds_of(const json_t *row, const struct figure *figure, char *room)
{
	return unit_text(figure_get(row, figure), UNIT_MILLISECONDS, room) ?: "-";
}

/* What fails, and on our runtime, too, if something does. */
static void print_row(const json_t *row, const struct text *out)
{
	char stock[FIGURE_ROOM], ours[FIGURE_ROOM], *head = NULL, *words = NULL;
	bool fails = figure_integer(row, &figures.ours_failed) > 0;

	if (asprintf(&head, HEAD, figure_text(row, &figures.daemon),
		     milliseconds_of(row, &figures.stock_ns, stock),
		     milliseconds_of(row, &figures.ours_ns, ours)) < 0)
		head = NULL;
	if (asprintf(&words, "%s%s%s", figure_text(row, &figures.stock), fails ? ". Ours: " : "",
		     fails ? figure_text(row, &figures.ours) : "") < 0)
		words = NULL;
	if (head && words)
		paragraph_print(out, head, HEAD_WIDTH, PARAGRAPH_WIDTH, words);
	free(head);
	free(words);
}

void daemons_print(const json_t *part, const struct text *out)
{
	const json_t *daemons = figure_get(part, &figures.daemons), *row;
	char *explanation;
	size_t i;

	if (!daemons)
		return;
	explanation = explanation_of(daemons);
	fprintf(out->file, "\n%s\n", TITLE);
	paragraph_print(out, "  ", 2, PARAGRAPH_WIDTH, explanation ? explanation : "");
	fprintf(out->file, HEAD "%s\n", "slowest call", "stock ms", "ours ms",
		"what fails in stock; in ours, where something does");
	json_array_foreach (figure_get(daemons, &figures.rows), i, row)
		print_row(row, out);
	free(explanation);
}

void daemons_write(struct place part, struct html *html)
{
	static const struct column columns[] = {
		COLUMN(daemon),       COLUMN(cases),       COLUMN(stock),
		COLUMN(ours),         COLUMN(stock_ns),    COLUMN(ours_ns),
		COLUMN(stock_failed), COLUMN(ours_failed), { 0 }
	};
	const struct place daemons = place_member(part, &figures.daemons);
	char *explanation;

	if (!daemons.value)
		return;
	explanation = explanation_of(daemons.value);
	html_element(html, "h3", "%s", TITLE);
	html_element(html, "p", "%s", explanation ? explanation : "");
	html_table(html, "What fails, and the slowest call", place_member(daemons, &figures.rows),
		   columns);
	free(explanation);
}

/* ---- what follows ---- */

void daemons_judge(const json_t *part, struct verdict *verdict)
{
	const json_t *daemons = figure_get(part, &figures.daemons);
	const json_t *rows = figure_get(daemons, &figures.rows), *row;
	int cases = 0, stock = 0, ours = 0;
	size_t i;

	json_array_foreach (rows, i, row) {
		cases += (int)figure_integer(row, &figures.cases);
		stock += (int)figure_integer(row, &figures.stock_failed);
		ours += (int)figure_integer(row, &figures.ours_failed);
	}
	if (cases)
		verdict_say(
			verdict,
			"Of %d cases of %zu of Debian's own RPC daemons, %d failed as they are, "
			"and %d on our runtime (on %s, not in this run).",
			cases, json_array_size(rows), stock, ours,
			figure_text(daemons, &figures.date));
}
