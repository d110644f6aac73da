/* The code in the report: a plot, tables, and a procedure's two texts beside each other. */
#include <stdlib.h>
#include <string.h>

#include "compare/code/code.h"
#include "compare/show/svg.h"

#define MAX_CAPTION 160
#define MAX_ROWS    16 /* ways by authors */
#define NAME_ROOM   64 /* bytes */

/* A row as a bar, of a piece for each job.  A job without lines is one that nobody had to do:
 * nothing, and not unknown. */
static void set_group(struct svg_group *group, char name[NAME_ROOM], const json_t *row)
{
	snprintf(name, NAME_ROOM, "%s: %s", figure_text(row, &figures.way),
		 figure_text(row, &figures.author));
	group->name = name;
	for (size_t i = 0; code_jobs[i]; i++)
		group->values[i] = (struct svg_value){
			.known = true,
			.value = figure_number(figure_get(row, &figures.lines), code_jobs[i])
		};
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
	const char *jobs[SVG_MAX_SERIES];
	const json_t *row;
	size_t i, count = 0;

	json_array_foreach (rows, i, row)
		if (i < MAX_ROWS)
			set_group(&groups[i], names[i], row);
	for (; code_jobs[count]; count++)
		jobs[count] = code_jobs[count]->key;
	svg_stacks(html, &words, &axis, jobs, count, groups, i < MAX_ROWS ? i : MAX_ROWS);
}

/* The pieces from pieces[*i] on that are of one file, and one behind the other; *i is left behind
 * the last of them.  To be freed. */
static char *join_pieces(const json_t *pieces, size_t *i)
{
	const json_t *first = json_array_get(pieces, *i), *piece = first;
	const char *file = figure_text(first, &figures.file);
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	do {
		if (to)
			fprintf(to, "%s%s", piece == first ? "" : "\n",
				figure_text(piece, &figures.text));
		piece = json_array_get(pieces, ++*i);
	} while (piece && figure_is(piece, &figures.file, file) &&
		 code_is_piece(piece, figure_text(first, &figures.job),
			       figure_text(first, &figures.way)));
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
		text = join_pieces(pieces, &i);
		snprintf(caption, sizeof(caption), "%s: %s, by %s", way,
			 figure_text(piece, &figures.file), figure_text(piece, &figures.author));
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

static void write_rows(struct place procedure, struct html *html)
{
	char caption[MAX_CAPTION];

	snprintf(caption, sizeof(caption), "What is written for %s alone",
		 figure_text(procedure.value, &figures.procedure));
	html_table(html, caption, place_member(procedure, &figures.rows), code_procedure_columns);
}

static void write_source(const json_t *procedure, struct html *html)
{
	const json_t *pieces = figure_get(procedure, &figures.pieces);

	html_element(html, "h3", "%s, side by side", figure_text(procedure, &figures.procedure));
	for (const struct figure *const *job = code_jobs; *job; job++)
		if (figure_row(pieces, &figures.job, (*job)->key, NULL, NULL))
			write_job(pieces, (*job)->key, html);
}

void code_write(struct place part, struct html *html)
{
	const struct place procedures = place_member(part, &figures.procedures);
	char *libtirpc = code_libtirpc(part.value);

	html_element(html, "p", "%s %s", code_what_counts, libtirpc ? libtirpc : "");
	free(libtirpc);
	html_pair_begin(html);
	draw_lines(figure_get(part.value, &figures.ways), html);
	html_pair_next(html);
	if (json_array_size(procedures.value))
		write_rows(place_item(procedures, code_clearest(part.value)), html);
	html_pair_end(html);
}

void code_write_more(struct place part, struct html *html)
{
	const struct place adding = place_member(part, &figures.adding);
	const struct place procedures = place_member(part, &figures.procedures);

	html_element(html, "h3", "Adding a procedure");
	html_element(html, "p", "%s", code_what_patches);
	html_table(html, "Lines added", place_member(adding, &figures.rows), code_patch_columns);
	html_element(html, "h3", "All lines");
	html_table(html, "Lines of code by way, author and job", place_member(part, &figures.ways),
		   code_line_columns);
	html_table(html, code_what_shares, place_member(part, &figures.shares), code_line_columns);
	html_table(html, "Files", place_member(part, &figures.files), code_file_columns);
	html_command(html, figure_get(part.value, &figures.libtirpc_counted));
	for (size_t i = 0; i < json_array_size(procedures.value); i++) {
		const struct place procedure = place_item(procedures, i);

		if (i != code_clearest(part.value))
			write_rows(procedure, html);
		write_source(procedure.value, html);
	}
}
