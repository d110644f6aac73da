/* How failures are shown: a matrix of marks and the words behind it; in the report, tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/failures/failures.h"
#include "compare/show/grid.h"
#include "compare/show/paragraph.h"
#include "compare/part/outcome.h"
#include "client/json.h"

#define TITLE_WIDTH 24 /* columns of a terminal */
#define MARK_WIDTH  5
#define ALIKE       14 /* bytes */

/* ---- on a terminal: the matrix ---- */

/* Two letters for an outcome; capitals for what nobody would want to see. */
static const char marks[SEEN_COUNT][3] = {
	[SEEN_NONE] = "..",     [SEEN_ANSWERED] = "ok", [SEEN_LATE] = "la",
	[SEEN_WRONG] = "WR",    [SEEN_ACCEPTED] = "AC", [SEEN_REFUSED] = "re",
	[SEEN_DETECTED] = "de", [SEEN_CLOSED] = "cl",   [SEEN_NOBODY] = "no",
	[SEEN_TIMEOUT] = "to",  [SEEN_HUNG] = "HU",     [SEEN_FAILED] = "FA",
};

/* Whether its runs did not all have the same outcome. */
static bool differs(const json_t *cell)
{
	return json_integer_value(json_object_get(cell, "agreed")) <
	       json_integer_value(json_object_get(cell, "runs"));
}

/* Two lines: the protocols, each above its first transport, and the transports. */
static void print_heads(const json_t *cells, const struct text *out)
{
	char last[32] = "";
	const json_t *cell;
	size_t i;

	fprintf(out->file, "%*s", TITLE_WIDTH, "");
	json_array_foreach (cells, i, cell) {
		const char *name = json_text(cell, "endpoint");
		char protocol[32];

		snprintf(protocol, sizeof(protocol), "%.*s", (int)strcspn(name, "+"), name);
		fprintf(out->file, "%*s", MARK_WIDTH, strcmp(protocol, last) ? protocol : "");
		strcpy(last, protocol);
	}
	fprintf(out->file, "\n%*s", TITLE_WIDTH, "");
	json_array_foreach (cells, i, cell) {
		const char *plus = strchr(json_text(cell, "endpoint"), '+');

		fprintf(out->file, "%*s", MARK_WIDTH, plus ? plus + 1 : "");
	}
	putc('\n', out->file);
}

/* Which marks there are, to be explained. */
struct marked {
	bool used[SEEN_COUNT], differing;
};

static void print_marks(const json_t *fault, const struct text *out, struct marked *marked)
{
	const json_t *cell;
	size_t i;

	fprintf(out->file, "%-*s", TITLE_WIDTH, json_text(fault, "title"));
	json_array_foreach (json_object_get(fault, "cells"), i, cell) {
		enum seen seen = seen_find(json_text(cell, "saw"));
		const json_t *executed = json_object_get(cell, "executed");
		char times[16] = "-", mark[32];

		marked->used[seen] = true;
		marked->differing |= differs(cell);
		if (executed)
			snprintf(times, sizeof(times), "%d", (int)json_integer_value(executed));
		snprintf(mark, sizeof(mark), "%s%s%s", marks[seen], times,
			 differs(cell) ? "~" : "");
		fprintf(out->file, "%*s", MARK_WIDTH, mark);
	}
	putc('\n', out->file);
}

static void print_legend(const struct marked *marked, const struct text *out)
{
	for (int i = 0; i < SEEN_COUNT; i++)
		if (marked->used[i])
			fprintf(out->file, "  %s  %s: %s\n", marks[i], seen_name((enum seen)i),
				seen_meaning((enum seen)i));
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

static bool equal_member(const json_t *one, const json_t *other, const char *key)
{
	const json_t *a = json_object_get(one, key), *b = json_object_get(other, key);

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

bool failures_alike(const json_t *one, const json_t *other)
{
	return equal_member(one, other, "saw") && equal_member(one, other, "code") &&
	       equal_member(one, other, "note") &&
	       said_alike(json_text(one, "said"), json_text(other, "said"));
}

/* "0.412", and how often it was so, unless it always was: " (4 of 5 runs)". */
static void print_time(FILE *line, const json_t *cell)
{
	const json_t *runs = json_object_get(cell, "runs"),
		     *agreed = json_object_get(cell, "agreed");
	const json_t *after = json_object_get(cell, "after_ns");
	char room[FIGURE_ROOM];

	if (after)
		fprintf(line, " %s", figure_text(after, FIGURE_MILLISECONDS, room));
	if (differs(cell))
		fprintf(line, " (%d of %d runs)", (int)json_integer_value(agreed),
			(int)json_integer_value(runs));
}

/* The outcome, and each endpoint that has it with its own time. */
static void print_endpoints(FILE *line, const json_t *cell, const json_t *cells)
{
	const json_t *code = json_object_get(cell, "code"), *other;
	const char *separator = ", after ms: ";
	size_t i;

	fputs(json_text(cell, "saw"), line);
	if (code)
		fprintf(line, " (exit %d)", (int)json_integer_value(code));
	json_array_foreach (cells, i, other) {
		if (!failures_alike(cell, other))
			continue;
		fprintf(line, "%s%s", separator, json_text(other, "endpoint"));
		print_time(line, other);
		separator = ", ";
	}
}

static void print_group(const json_t *cell, const json_t *cells, const struct text *out)
{
	const char *said = json_text(cell, "said"), *note = json_text(cell, "note");
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
		paragraph_print(out, "  ", 4, text);
	free(text);
}

/* What was seen in each run, where that was not always the same. */
static void print_differing(const json_t *cell, const struct text *out)
{
	const json_t *saw = json_object_get(cell, "each_saw"), *item;
	const json_t *executed = json_object_get(cell, "each_executed");
	char *text = NULL;
	size_t size, i;
	FILE *line = open_memstream(&text, &size);

	if (!line)
		return;
	fprintf(line, "%s, run by run:", json_text(cell, "endpoint"));
	json_array_foreach (saw, i, item) {
		const json_t *times = json_array_get(executed, i);

		fprintf(line, "%s %s", i ? "," : "", json_string_value(item) ?: "");
		if (json_is_integer(times))
			fprintf(line, " %d\xc3\x97", (int)json_integer_value(times));
	}
	fclose(line);
	if (text)
		paragraph_print(out, "  ", 4, text);
	free(text);
}

/* Cells that are alike are told of once, by the first of them. */
static void print_words(const json_t *fault, const struct text *out)
{
	const json_t *cells = json_object_get(fault, "cells"), *cell, *other;
	size_t i, k;

	fprintf(out->file, "\n%s: %s\n", json_text(fault, "title"), json_text(fault, "how"));
	json_array_foreach (cells, i, cell) {
		bool told = false;

		json_array_foreach (cells, k, other)
			told = told || (k < i && failures_alike(cell, other));
		if (!told)
			print_group(cell, cells, out);
	}
	json_array_foreach (cells, i, cell)
		if (differs(cell))
			print_differing(cell, out);
}

void failures_print(const json_t *part, const struct text *out)
{
	const json_t *all = json_object_get(part, "faults"), *fault;
	struct marked marked = { .differing = false };
	size_t i;

	print_heads(json_object_get(json_array_get(all, 0), "cells"), out);
	json_array_foreach (all, i, fault)
		print_marks(fault, out, &marked);
	print_legend(&marked, out);
	json_array_foreach (all, i, fault)
		print_words(fault, out);
}
