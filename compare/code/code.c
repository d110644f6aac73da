/*
 * Code: how many lines a call takes, who wrote them, the same procedure in both protocols, and what
 * adding one took.  All of it was counted when this was built (compare/code/sources).
 */
#include <string.h>

#include "compare/code/code.h"
#include "compare/code/counted.h"
#include "compare/part/part.h"

#define COMMAND          "scripts/count-code" /* in the source tree, once it is built */
#define COMMAND_LIBTIRPC "apt-get source libtirpc && scripts/count-libtirpc libtirpc-*/"

/* Which ways there are, and which of them have lines in common. */
static const struct way {
	const char *name;
	unsigned int flags;
} ways[] = {
	{ "tirpc", CODE_TIRPC },
	{ "rpc", CODE_RPC },
	{ "raw", CODE_RAW },
	{ "tirpc and rpc", CODE_TIRPC | CODE_RPC },
	{ "rpc and raw", CODE_RPC | CODE_RAW },
	{ "all three", CODE_TIRPC | CODE_RPC | CODE_RAW },
	{ 0 },
};

static const char *const authors[] = { "person", "rpcgen", "libtirpc", NULL };

static const char *name_of(unsigned int flags)
{
	const struct way *way = ways;

	while (way->name && way->flags != flags)
		way++;
	return way->name;
}

static bool is_one(const struct way *way)
{
	return (way->flags & (way->flags - 1)) == 0;
}

/* ---- rows of counts: "lines" has a member for each job, and "all" ---- */

/* In which of these jobs there can be lines: a job that takes none of them is a zero, and known. */
static const struct figure *const jobs_of_procedure[] = { &figures.contract, &figures.packing,
							  &figures.dispatch, &figures.stubs, NULL };
static const struct figure *const jobs_of_patch[] = { &figures.contract, &figures.packing,
						      &figures.dispatch, &figures.stubs,
						      &figures.service,  &figures.command,
						      &figures.document, NULL };

static json_t *no_lines(const struct figure *const jobs[])
{
	json_t *lines = json_pack("{s:i}", KEY(all), 0);

	for (; *jobs; jobs++)
		figure_set(lines, *jobs, json_integer(0));
	return lines;
}

static void add_count(json_t *lines, const char *job, unsigned int count)
{
	json_int_t before = json_integer_value(json_object_get(lines, job));

	json_object_set_new(lines, job, json_integer(before + count));
}

/* Adds to the row's job and, since a document is no code, only for code to all of them. */
static void add_lines(json_t *row, const char *job, unsigned int count)
{
	json_t *lines = figure_get(row, &figures.lines);

	add_count(lines, job, count);
	if (strcmp(job, KEY(document)) != 0)
		add_count(lines, KEY(all), count);
}

/* Appends the row if there is anything in it, and drops the reference. */
static void append_row(json_t *rows, json_t *row)
{
	if (figure_integer(figure_get(row, &figures.lines), &figures.all) > 0)
		json_array_append(rows, row);
	json_decref(row);
}

static json_t *count_row(const struct way *way, const char *author,
			 bool (*counts)(const struct code_lines *, const struct way *))
{
	json_t *row = json_pack("{s:s,s:s,s:o}", KEY(way), way->name, KEY(author), author,
				KEY(lines), no_lines(code_jobs));

	for (const struct code_lines *l = code_lines; l->file; l++)
		if (counts(l, way) && strcmp(l->author, author) == 0)
			add_lines(row, l->job, l->lines);
	return row;
}

static bool takes_part(const struct code_lines *lines, const struct way *way)
{
	return is_one(way) && (lines->ways & way->flags);
}

static bool is_of_these_alone(const struct code_lines *lines, const struct way *way)
{
	return lines->ways == way->flags;
}

static json_t *count_rows(bool (*counts)(const struct code_lines *, const struct way *))
{
	json_t *rows = json_array();

	for (const struct way *way = ways; way->name; way++)
		for (const char *const *author = authors; *author; author++)
			append_row(rows, count_row(way, *author, counts));
	return rows;
}

/* Every file that was counted, for those who want to see of what the sums are made. */
static json_t *list_files(void)
{
	json_t *files = json_array();

	for (const struct code_lines *l = code_lines; l->file; l++)
		json_array_append_new(files,
				      json_pack("{s:s,s:i,s:s,s:s,s:s}", KEY(file), l->file,
						KEY(lines), l->lines, KEY(job), l->job, KEY(author),
						l->author, KEY(way), name_of(l->ways)));
	return files;
}

/* ---- the same procedure in both ---- */

/* What is written for it in exactly this way. */
static json_t *count_procedure(const char *procedure)
{
	json_t *rows = json_array();

	for (const struct way *way = ways; way->name; way++)
		for (const char *const *author = authors; *author; author++) {
			json_t *row = json_pack("{s:s,s:s,s:s,s:o}", KEY(procedure), procedure,
						KEY(way), way->name, KEY(author), *author,
						KEY(lines), no_lines(jobs_of_procedure));

			for (const struct code_text *t = code_texts; t->text; t++)
				if (strcmp(t->procedure, procedure) == 0 && t->ways == way->flags &&
				    strcmp(t->author, *author) == 0)
					add_lines(row, t->job, t->lines);
			append_row(rows, row);
		}
	return rows;
}

static json_t *list_pieces(const char *procedure)
{
	json_t *pieces = json_array();

	for (const struct code_text *t = code_texts; t->text; t++)
		if (strcmp(t->procedure, procedure) == 0)
			json_array_append_new(pieces,
					      json_pack("{s:s,s:s,s:s,s:s,s:i,s:s}", KEY(way),
							name_of(t->ways), KEY(job), t->job,
							KEY(author), t->author, KEY(file), t->file,
							KEY(lines), t->lines, KEY(text), t->text));
	return pieces;
}

static json_t *list_procedures(void)
{
	json_t *procedures = json_array();
	const char *last = "";

	for (const struct code_text *t = code_texts; t->text; t++) {
		if (strcmp(t->procedure, last) == 0)
			continue;
		last = t->procedure;
		json_array_append_new(procedures, json_pack("{s:s,s:o,s:o}", KEY(procedure), last,
							    KEY(rows), count_procedure(last),
							    KEY(pieces), list_pieces(last)));
	}
	return procedures;
}

/* ---- adding a procedure ---- */

static json_t *change_json(const struct code_change *change)
{
	return json_pack("{s:s,s:s,s:i,s:i}", KEY(file), change->file, KEY(job), change->job,
			 KEY(added_lines), change->added, KEY(removed_lines), change->removed);
}

/* One patch, whose changes stand beside each other in the table; *change is left behind them. */
static json_t *patch_json(const struct code_change **change)
{
	const char *patch = (*change)->patch;
	json_t *row = json_pack("{s:s,s:s,s:s,s:o,s:[]}", KEY(way), name_of((*change)->ways),
				KEY(what), (*change)->title, KEY(patch), patch, KEY(lines),
				no_lines(jobs_of_patch), KEY(files));

	for (; (*change)->patch && strcmp((*change)->patch, patch) == 0; ++*change) {
		add_lines(row, (*change)->job, (*change)->added);
		json_array_append_new(figure_get(row, &figures.files), change_json(*change));
	}
	return row;
}

static json_t *list_patches(void)
{
	const struct code_change *change = code_changes;
	json_t *patches = json_array();

	while (change->patch)
		json_array_append_new(patches, patch_json(&change));
	return json_pack("{s:s,s:o}", KEY(command), COMMAND, KEY(rows), patches);
}

/* Which libtirpc was counted, and which one this is built with, without Debian's own figure. */
static json_t *libtirpc_json(void)
{
	json_t *object = json_pack("{s:s,s:s}", KEY(command), COMMAND_LIBTIRPC,
				   KEY(counted_version), code_libtirpc_counted);
	size_t length = strcspn(TIRPC_VERSION, "+-");

	if (length)
		figure_set(object, &figures.installed_version, json_stringn(TIRPC_VERSION, length));
	return object;
}

static json_t *code_run(struct comparison *comparison, struct failure *failure)
{
	json_t *part = json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o}", KEY(command), COMMAND, KEY(ways),
				 count_rows(takes_part), KEY(shares), count_rows(is_of_these_alone),
				 KEY(files), list_files(), KEY(libtirpc), libtirpc_json(),
				 KEY(procedures), list_procedures(), KEY(adding), list_patches());

	(void)comparison;
	if (!part)
		failure_set(failure, FAILURE_SYSTEM, "out of memory");
	return part;
}

const struct part part_code = {
	.figure = &figures.code,
	.title = "Code: who writes it, and how much of it",
	.run = code_run,
	.print = code_print,
	.write = code_write,
	.write_more = code_write_more,
	.more = "More: adding a procedure, all lines by job and by file, and both ways' source "
		"side by side",
	.judge = code_judge,
};
