/* What follows from the code that was counted. */
#include "compare/code/code.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Lines of a kind, by the way for which they are written. */
struct lines {
	json_int_t rpc, raw;
};

/* Adds a row's lines of a job to those of its way. */
static void add_lines(struct lines *lines, const json_t *row, const struct figure *job)
{
	json_int_t count = figure_integer(figure_get(row, &figures.lines), job);

	lines->rpc += figure_is(row, &figures.way, "rpc") ? count : 0;
	lines->raw += figure_is(row, &figures.way, "raw") ? count : 0;
}

/* "fewer" or "more" of them by rpc; NULL when there are as many. */
static const char *compare_lines(const struct lines *lines)
{
	return lines->rpc < lines->raw ? "fewer" : lines->rpc > lines->raw ? "more" : NULL;
}

/* How many times as many the one has as the other. */
static double times_between(const struct lines *lines)
{
	return lines->rpc < lines->raw ? (double)lines->raw / (double)lines->rpc
				       : (double)lines->rpc / (double)lines->raw;
}

/* ---- all procedures together ---- */

/* What a person has written that depends on how calls become bytes. */
static void say_whole(const json_t *part, struct verdict *verdict)
{
	static const struct figure *const jobs[] = { &figures.contract, &figures.packing,
						     &figures.dispatch, &figures.stubs };
	struct lines lines = { 0 };
	const json_t *row;
	size_t i;

	json_array_foreach (figure_get(part, &figures.ways), i, row)
		for (size_t j = 0; figure_is(row, &figures.author, "person") && j < 4; j++)
			add_lines(&lines, row, jobs[j]);
	if (!lines.rpc || !lines.raw)
		return;
	if (!compare_lines(&lines))
		verdict_say(verdict,
			    "Contract, packing, dispatch and stubs took a person %lld lines in "
			    "all, by rpc and by raw messages alike.",
			    (long long)lines.rpc);
	else
		verdict_say(verdict,
			    "Contract, packing, dispatch and stubs took a person %lld lines in all "
			    "for rpc over our transports and %lld for raw messages: %s by rpc.",
			    (long long)lines.rpc, (long long)lines.raw, compare_lines(&lines));
}

/* ---- one procedure ---- */

static struct lines lines_by_person(const json_t *rows)
{
	struct lines lines = { 0 };
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (figure_is(row, &figures.author, "person"))
			add_lines(&lines, row, &figures.all);
	return lines;
}

static struct lines lines_at(const json_t *part, size_t i)
{
	const json_t *procedure = json_array_get(figure_get(part, &figures.procedures), i);
	struct lines lines = lines_by_person(figure_get(procedure, &figures.rows));

	return lines.rpc && lines.raw ? lines : (struct lines){ 0 };
}

size_t code_clearest(const json_t *part)
{
	size_t clearest = 0;
	json_int_t most = 0;

	for (size_t i = 0; i < json_array_size(figure_get(part, &figures.procedures)); i++) {
		struct lines lines = lines_at(part, i);

		if (llabs(lines.rpc - lines.raw) <= most)
			continue;
		most = llabs(lines.rpc - lines.raw);
		clearest = i;
	}
	return clearest;
}

/* What is a reason to choose one of the ways. */
static void choose_for_fields(const json_t *part, struct verdict *verdict)
{
	const json_t *procedures = figure_get(part, &figures.procedures);
	size_t clearest = code_clearest(part);
	struct lines lines = lines_at(part, clearest);
	const char *name = figure_text(json_array_get(procedures, clearest), &figures.procedure);
	const char *way = lines.rpc < lines.raw ? "rpc" : "raw";

	if (!compare_lines(&lines))
		return;
	verdict_choose(verdict, way, "types have many fields",
		       "%s alone takes a person %lld lines by rpc and %lld by hand", name,
		       (long long)lines.rpc, (long long)lines.raw);
	verdict_gain(verdict, way, "less code (%lld lines for %s, not %lld)",
		     (long long)(lines.rpc < lines.raw ? lines.rpc : lines.raw), name,
		     (long long)(lines.rpc < lines.raw ? lines.raw : lines.rpc));
}

/* The procedures that were set side by side. */
static void say_procedures(const json_t *part, struct verdict *verdict)
{
	const json_t *procedure;
	size_t i;

	json_array_foreach (figure_get(part, &figures.procedures), i, procedure) {
		struct lines lines = lines_at(part, i);

		if (!lines.rpc)
			continue;
		verdict_say(verdict,
			    "What a person writes for %s alone is %lld lines by rpc and %lld by "
			    "hand.",
			    figure_text(procedure, &figures.procedure), (long long)lines.rpc,
			    (long long)lines.raw);
		verdict_weigh(verdict, times_between(&lines));
	}
	choose_for_fields(part, verdict);
}

/* ---- adding one ---- */

/* Of many that are added together each needs its own lines, and all of them one new version's. */
static void choose_for_many(const struct lines *each, json_int_t version, struct verdict *verdict)
{
	char beside[64] = "";

	if (!compare_lines(each))
		return;
	if (version)
		snprintf(beside, sizeof(beside), ", beside %lld for a new version of the program,",
			 (long long)version);
	verdict_choose(verdict, each->rpc < each->raw ? "rpc" : "raw",
		       "many procedures are added at once",
		       "each took %lld lines by rpc%s and %lld by hand", (long long)each->rpc,
		       beside, (long long)each->raw);
}

/* Whether that patch gives the program a version, whatever is in it then. */
static bool makes_version(const json_t *row)
{
	return strstr(figure_text(row, &figures.patch), "-version.");
}

/* The patches that a way of its own needed, added up. */
static void say_adding(const json_t *part, struct verdict *verdict)
{
	const json_t *rows = figure_get(figure_get(part, &figures.adding), &figures.rows);
	struct lines lines = { 0 };
	json_int_t version = 0, most = 0;
	const char *what = "";
	char of_these[128] = "";
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		struct lines own = { 0 };

		add_lines(&own, row, &figures.all);
		lines.rpc += own.rpc;
		lines.raw += own.raw;
		version += makes_version(row) ? own.rpc : 0;
		if (own.rpc > most) {
			most = own.rpc;
			what = figure_text(row, &figures.what);
		}
	}
	if (!lines.rpc || !lines.raw)
		return;
	if (most < lines.rpc)
		snprintf(of_these, sizeof(of_these), " (%lld of them for %.60s)", (long long)most,
			 what);
	verdict_say(
		verdict,
		"To add a procedure took %lld lines by rpc%s and %lld by hand, beside what both "
		"need.",
		(long long)lines.rpc, of_these, (long long)lines.raw);
	lines.rpc -= version;
	choose_for_many(&lines, version, verdict);
}

void code_judge(const json_t *part, struct verdict *verdict)
{
	say_whole(part, verdict);
	say_procedures(part, verdict);
	say_adding(part, verdict);
}
