/* How failures are shown: a matrix of marks and the words behind it; in the report, tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/compare/failures.h"
#include "client/compare/grid.h"
#include "client/compare/html.h"
#include "client/compare/paragraph.h"
#include "client/compare/sight.h"
#include "client/json.h"

#define TITLE_WIDTH 24 /* columns of a terminal */
#define MARK_WIDTH  5
#define MAX_FAULTS  20
#define ALIKE       14 /* bytes */

/* ---- on a terminal: the matrix ---- */

/* Two letters for an outcome; capitals for what nobody would want to see. */
static const char marks[SEEN_COUNT][3] = {
	[SEEN_NONE] = "..",     [SEEN_ANSWERED] = "ok", [SEEN_LATE] = "la",
	[SEEN_WRONG] = "WR",    [SEEN_ACCEPTED] = "AC", [SEEN_REFUSED] = "re",
	[SEEN_DETECTED] = "de", [SEEN_CLOSED] = "cl",   [SEEN_NOBODY] = "no",
	[SEEN_TIMEOUT] = "to",  [SEEN_HUNG] = "HU",     [SEEN_FAILED] = "FA",
};

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

static void print_marks(const json_t *fault, const struct text *out, bool used[SEEN_COUNT])
{
	const json_t *cell;
	size_t i;

	fprintf(out->file, "%-*s", TITLE_WIDTH, json_text(fault, "title"));
	json_array_foreach (json_object_get(fault, "cells"), i, cell) {
		enum seen seen = seen_find(json_text(cell, "saw"));
		const json_t *executed = json_object_get(cell, "executed");
		char mark[16];

		used[seen] = true;
		if (executed)
			snprintf(mark, sizeof(mark), "%s%d", marks[seen],
				 (int)json_integer_value(executed));
		else
			snprintf(mark, sizeof(mark), "%s-", marks[seen]);
		fprintf(out->file, "%*s", MARK_WIDTH, mark);
	}
	putc('\n', out->file);
}

static void print_legend(const bool used[SEEN_COUNT], const struct text *out)
{
	for (int i = 0; i < SEEN_COUNT; i++)
		if (used[i])
			fprintf(out->file, "  %s  %s: %s\n", marks[i], seen_name((enum seen)i),
				seen_meaning((enum seen)i));
	fprintf(out->file,
		"The figure: how often the call was executed; - where that is not known.\n");
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

static bool alike(const json_t *one, const json_t *other)
{
	return equal_member(one, other, "saw") && equal_member(one, other, "code") &&
	       equal_member(one, other, "note") &&
	       said_alike(json_text(one, "said"), json_text(other, "said"));
}

/* What cells that are alike have in common. */
struct group {
	int count;
	const json_t *least, *most; /* times, where they are known */
};

static void add_to_group(struct group *group, const json_t *cell)
{
	const json_t *time = json_object_get(cell, "after_ns");

	group->count++;
	if (!time)
		return;
	if (!group->least || json_integer_value(time) < json_integer_value(group->least))
		group->least = time;
	if (!group->most || json_integer_value(time) > json_integer_value(group->most))
		group->most = time;
}

/* ", after 0.1 to 2.5 ms", or nothing. */
static void format_times(const struct group *group, char text[80])
{
	char least[FIGURE_ROOM], most[FIGURE_ROOM];

	text[0] = '\0';
	if (!group->least)
		return;
	figure_text(group->least, FIGURE_MILLISECONDS, least);
	figure_text(group->most, FIGURE_MILLISECONDS, most);
	if (strcmp(least, most) == 0)
		snprintf(text, 80, ", after %s ms", least);
	else
		snprintf(text, 80, ", after %.30s to %.30s ms", least, most);
}

static void print_group(const json_t *cell, const struct group *group, const struct text *out)
{
	const char *said = json_text(cell, "said"), *note = json_text(cell, "note");
	const json_t *code = json_object_get(cell, "code");
	char exit_code[32] = "", times[80], *line = NULL;

	if (code)
		snprintf(exit_code, sizeof(exit_code), " (exit %d)", (int)json_integer_value(code));
	format_times(group, times);
	if (asprintf(&line, "%d %s%s%s%s%s%s%s%s%s", group->count, json_text(cell, "saw"),
		     exit_code, times, *said ? ": \"" : "", said, *said ? "\"" : "",
		     *note ? " [" : "", note, *note ? "]" : "") < 0)
		return;
	paragraph_print(out, "  ", 4, line);
	free(line);
}

/* Cells that are alike are told of once, by the first of them. */
static void print_words(const json_t *fault, const struct text *out)
{
	const json_t *cells = json_object_get(fault, "cells"), *cell, *other;
	size_t i, k;

	fprintf(out->file, "\n%s: %s\n", json_text(fault, "title"), json_text(fault, "how"));
	json_array_foreach (cells, i, cell) {
		struct group group = { 0 };
		bool first = true;

		json_array_foreach (cells, k, other) {
			if (!alike(cell, other))
				continue;
			first = first && (group.count > 0 || k == i);
			add_to_group(&group, other);
		}
		if (first)
			print_group(cell, &group, out);
	}
}

void failures_print(const json_t *part, const struct text *out)
{
	const json_t *all = json_object_get(part, "faults"), *fault;
	bool used[SEEN_COUNT] = { false };
	size_t i;

	print_heads(json_object_get(json_array_get(all, 0), "cells"), out);
	json_array_foreach (all, i, fault)
		print_marks(fault, out, used);
	print_legend(used, out);
	json_array_foreach (all, i, fault)
		print_words(fault, out);
	fprintf(out->file, "\nRepeat it: %s\n", json_text(part, "command"));
}

/* ---- in the report ---- */

static const struct column columns[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },  { "the caller saw", "saw", FIGURE_TEXT },
	{ "exit code", "code", FIGURE_COUNT },    { "after ms", "after_ns", FIGURE_MILLISECONDS },
	{ "executed", "executed", FIGURE_COUNT }, { "and was told", "said", FIGURE_TEXT },
	{ "note", "note", FIGURE_TEXT },          { 0 },
};

static void write_matrix(const json_t *part, struct html *html)
{
	struct column heads[MAX_FAULTS + 2] = { { "endpoint", "endpoint", FIGURE_TEXT } };
	const json_t *fault;
	size_t i;

	json_array_foreach (json_object_get(part, "faults"), i, fault)
		if (i < MAX_FAULTS)
			heads[i + 1] = (struct column){ json_text(fault, "title"),
							json_text(fault, "key"), FIGURE_TEXT };
	html_table(html, "What the caller saw, and how often the call was executed",
		   "/failures/matrix", json_object_get(part, "matrix"), heads);
}

void failures_write(const json_t *part, struct html *html)
{
	const json_t *fault;
	size_t i;

	html_element(
		html, "p",
		"Every fault is made to happen to a server of its own, while a caller adds 1 to a "
		"register there; another connection then counts how often that was done. A call "
		"has %.3g ms.",
		json_number_value(json_object_get(part, "timeout_ns")) / 1e6);
	write_matrix(part, html);
	html_command(html, part);
	json_array_foreach (json_object_get(part, "faults"), i, fault) {
		char at[64], caption[256];

		snprintf(at, sizeof(at), "/failures/faults/%zu/cells", i);
		snprintf(caption, sizeof(caption), "%s: %s", json_text(fault, "title"),
			 json_text(fault, "how"));
		html_table(html, caption, at, json_object_get(fault, "cells"), columns);
	}
}
