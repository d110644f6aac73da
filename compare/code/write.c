/* The code in the report: a plot, tables, and a procedure's two texts beside each other. */
#include <stdlib.h>
#include <string.h>

#include "compare/code/code.h"
#include "compare/show/svg.h"
#include "client/json.h"

#define MAX_CAPTION 160
#define MAX_ROWS    16 /* ways by authors */
#define NAME_ROOM   64 /* bytes */

/* A row as a bar, of a piece for each job.  A job without lines is one that nobody had to do:
 * nothing, and not unknown. */
static void set_group(struct svg_group *group, char name[NAME_ROOM], const json_t *row)
{
	snprintf(name, NAME_ROOM, "%s: %s", json_text(row, "way"), json_text(row, "author"));
	group->name = name;
	for (size_t i = 0; code_jobs[i]; i++) {
		const json_t *lines = json_object_get(json_object_get(row, "lines"), code_jobs[i]);
		double value = json_number_value(lines);

		group->values[i] = (struct svg_value){ .known = true, .value = value };
	}
}

static void draw_lines(const json_t *rows, struct html *html)
{
	static const struct svg_words words = {
		.title = "Lines of code by job",
		.description = "One bar for each way of calling and who wrote it, stacked by job. "
			       "A table that is folded has the numbers.",
	};
	static const struct svg_axis axis = { .title = "lines of code", .scale = 1 };
	struct svg_group groups[MAX_ROWS] = { 0 };
	char names[MAX_ROWS][NAME_ROOM];
	const json_t *row;
	size_t i, count = 0;

	json_array_foreach (rows, i, row)
		if (i < MAX_ROWS)
			set_group(&groups[i], names[i], row);
	while (code_jobs[count])
		count++;
	svg_stacks(html, &words, &axis, code_jobs, count, groups, i < MAX_ROWS ? i : MAX_ROWS);
}

/* The pieces from pieces[*i] on that are of one file, and one behind the other; *i is left behind
 * the last of them.  To be freed. */
static char *join(const json_t *pieces, size_t *i)
{
	const json_t *first = json_array_get(pieces, *i), *piece = first;
	const char *file = json_text(first, "file");
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	do {
		if (to)
			fprintf(to, "%s%s", piece == first ? "" : "\n", json_text(piece, "text"));
		piece = json_array_get(pieces, ++*i);
	} while (piece && strcmp(json_text(piece, "file"), file) == 0 &&
		 code_is_piece(piece, json_text(first, "job"), json_text(first, "way")));
	return to && fclose(to) == 0 ? text : NULL;
}

static void write_listings(const json_t *pieces, const char *job, const char *way,
			   struct html *html)
{
	for (size_t i = 0; i < json_array_size(pieces);) {
		const json_t *piece = json_array_get(pieces, i);
		char caption[MAX_CAPTION], *text;

		if (!code_is_piece(piece, job, way)) {
			i++;
			continue;
		}
		text = join(pieces, &i);
		snprintf(caption, sizeof(caption), "%s: %s, by %s", way, json_text(piece, "file"),
			 json_text(piece, "author"));
		if (text)
			html_listing(html, caption, text);
		free(text);
	}
}

static void write_job(const json_t *pieces, const char *job, struct html *html)
{
	static const char *const sides[] = { "rpc", "raw" };

	html_element(html, "h4", "%s", job);
	write_listings(pieces, job, "rpc and raw", html);
	html_markup(html, "<div class=\"beside\">\n");
	for (int side = 0; side < 2; side++) {
		html_markup(html, "<div>\n");
		write_listings(pieces, job, sides[side], html);
		html_markup(html, "</div>\n");
	}
	html_markup(html, "</div>\n");
}

static bool has_job(const json_t *pieces, const char *job)
{
	const json_t *piece;
	size_t i;

	json_array_foreach (pieces, i, piece)
		if (strcmp(json_text(piece, "job"), job) == 0)
			return true;
	return false;
}

static void write_rows(const json_t *part, size_t i, struct html *html)
{
	const json_t *procedure = json_array_get(json_object_get(part, "procedures"), i);
	char at[64], caption[MAX_CAPTION];

	snprintf(at, sizeof(at), "/code/procedures/%zu/rows", i);
	snprintf(caption, sizeof(caption), "What is written for %s alone",
		 json_text(procedure, "procedure"));
	html_table(html, caption, at, json_object_get(procedure, "rows"), code_procedure_columns);
}

static void write_source(const json_t *procedure, struct html *html)
{
	const json_t *pieces = json_object_get(procedure, "pieces");

	html_element(html, "h3", "%s, side by side", json_text(procedure, "procedure"));
	for (const char *const *job = code_jobs; *job; job++)
		if (has_job(pieces, *job))
			write_job(pieces, *job, html);
}

void code_write(const json_t *part, struct html *html)
{
	char *libtirpc = code_libtirpc(part);

	html_element(html, "p", "%s %s", code_what_counts, libtirpc ? libtirpc : "");
	free(libtirpc);
	html_pair_begin(html);
	draw_lines(json_object_get(part, "ways"), html);
	html_pair_next(html);
	if (json_array_size(json_object_get(part, "procedures")))
		write_rows(part, code_clearest(part), html);
	html_pair_end(html);
}

void code_write_more(const json_t *part, struct html *html)
{
	const json_t *adding = json_object_get(part, "adding"), *procedure;
	const json_t *procedures = json_object_get(part, "procedures");
	size_t i;

	html_element(html, "h3", "Adding a procedure");
	html_element(html, "p", "%s", code_what_patches);
	html_table(html, "Lines added", "/code/adding/rows", json_object_get(adding, "rows"),
		   code_patch_columns);
	html_element(html, "h3", "All lines");
	html_table(html, "Lines of code by way, author and job", "/code/ways",
		   json_object_get(part, "ways"), code_line_columns);
	html_table(html, code_what_shares, "/code/shares", json_object_get(part, "shares"),
		   code_line_columns);
	html_table(html, "Files", "/code/files", json_object_get(part, "files"), code_file_columns);
	html_command(html, json_object_get(part, "libtirpc"));
	json_array_foreach (procedures, i, procedure) {
		if (i != code_clearest(part))
			write_rows(part, i, html);
		write_source(procedure, html);
	}
}
