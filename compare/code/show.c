/* How the code is shown: tables of lines, a plot, and a procedure's two texts beside each other. */
#include "compare/code/code.h"

#include <stdlib.h>
#include <string.h>

#include "compare/show/table.h"
#include "compare/show/svg.h"
#include "compare/show/two_columns.h"

#define MAX_TITLE 160
#define MAX_ROWS  16 /* ways by authors */
#define NAME_ROOM 64 /* bytes */

const struct figure *const code_jobs[] = { &figures.contract,     &figures.packing,
					   &figures.dispatch,     &figures.stubs,
					   &figures.framing,      &figures.transport,
					   &figures.registration, NULL };

#define LINES(job)   COLUMN(job, .unit = UNIT_COUNT, .within = &figures.lines)
#define LINES_OF_ANY LINES(contract), LINES(packing), LINES(dispatch), LINES(stubs)

static const struct column line_columns[] = {
	COLUMN(way),      COLUMN(author),      LINES_OF_ANY, LINES(framing),
	LINES(transport), LINES(registration), LINES(all),   { 0 },
};

static const struct column procedure_columns[] = {
	COLUMN(procedure), COLUMN(way), COLUMN(author), LINES_OF_ANY, LINES(all), { 0 },
};

static const struct column patch_columns[] = {
	COLUMN(way),    COLUMN(what, .title = "what"),
	LINES_OF_ANY,   LINES(service),
	LINES(command), LINES(all),
	{ 0 },
};

static const struct column file_columns[] = {
	COLUMN(file), COLUMN(line_count), COLUMN(job), COLUMN(author), COLUMN(way), { 0 },
};

/* In lines that fit a terminal, of which HTML makes its own. */
static const char what_counts[] =
	"Lines of code, without comments and blanks: tirpc is libtirpc as "
	"it comes, rpc our transports "
	"under\nrpcgen's code, raw the same transports under messages "
	"packed by hand.  What is called, "
	"the service,\nis the same in all and not counted.";
static const char what_shares[] =
	"The same lines, each once: by which of the ways they are used, and by no other.";
static const char what_patches[] =
	"What it took to add divmod, the quotient of a division with its "
	"remainder: patches that a test\n"
	"applies, builds and calls.  The contract's rule is that a change "
	"is a new version, so by rpc "
	"the\nold procedures are written once more.";

char *code_libtirpc(const json_t *part)
{
	const json_t *libtirpc = figure_get(part, &figures.libtirpc_counted);
	const char *counted = figure_text(libtirpc, &figures.counted_version);
	const char *installed = figure_text(libtirpc, &figures.installed_version);
	char *text = NULL;
	int r;

	if (!installed[0])
		r = asprintf(&text,
			     "libtirpc's lines are those of %s; which one this is built "
			     "with is not known.",
			     counted);
	else if (strcmp(counted, installed) == 0)
		r = asprintf(&text, "libtirpc's lines are those of %s, which this is built with.",
			     counted);
	else
		r = asprintf(&text, "libtirpc's lines are those of %s; this is built with %s.",
			     counted, installed);
	return r < 0 ? NULL : text;
}

/* Whether the piece of a procedure is of that job and, exactly, that way. */
static bool is_piece(const json_t *piece, const char *job, const char *way)
{
	return figure_is(piece, &figures.job, job) && figure_is(piece, &figures.way, way);
}

/* ---- on a terminal ---- */

/* All pieces of a job in that way, folded, under the names of their files; to be freed. */
static char *fold_pieces(const json_t *pieces, const char *job, const char *way, size_t columns)
{
	const json_t *piece;
	const char *last = NULL;
	char *text = NULL;
	size_t i, size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	json_array_foreach (pieces, i, piece) {
		const char *file = figure_text(piece, &figures.file);
		char title[MAX_TITLE];

		if (!is_piece(piece, job, way))
			continue;
		if (last)
			putc('\n', to);
		snprintf(title, sizeof(title), "[%s: %s]", file,
			 figure_text(piece, &figures.author));
		if (!last || strcmp(file, last) != 0)
			two_columns_fold(to, title, columns);
		last = file;
		two_columns_fold(to, figure_text(piece, &figures.text), columns);
	}
	return fclose(to) == 0 ? text : NULL;
}

static void print_job(const struct text *out, const json_t *pieces, const char *job)
{
	char *both = fold_pieces(pieces, job, "rpc and raw", TWO_COLUMNS_WHOLE);
	char *rpc = fold_pieces(pieces, job, "rpc", TWO_COLUMNS_EACH);
	char *raw = fold_pieces(pieces, job, "raw", TWO_COLUMNS_EACH);

	if (both && rpc && raw && (both[0] || rpc[0] || raw[0])) {
		fprintf(out->file, "\n-- %s --\n", job);
		if (both[0])
			fprintf(out->file, "in both: %s%s", both, rpc[0] || raw[0] ? "\n" : "");
		two_columns_print(out->file, rpc, raw);
	}
	free(both);
	free(rpc);
	free(raw);
}

static void print_procedure(const struct text *out, const json_t *procedure)
{
	char title[MAX_TITLE];

	snprintf(title, sizeof(title), "%s, by rpc and by raw",
		 figure_text(procedure, &figures.procedure));
	putc('\n', out->file);
	two_columns_fold(out->file, title, TWO_COLUMNS_WHOLE);
	for (const struct figure *const *job = code_jobs; *job; job++)
		print_job(out, figure_get(procedure, &figures.pieces), (*job)->key);
}

void code_print(const json_t *part, const struct text *out)
{
	const json_t *procedures = figure_get(part, &figures.procedures), *procedure;
	char *libtirpc = code_libtirpc(part);
	size_t i;

	fprintf(out->file, "%s\n", what_counts);
	text_name(out, libtirpc ? libtirpc : "");
	fputs("\n\n", out->file);
	free(libtirpc);
	table_print(out, figure_get(part, &figures.ways), line_columns);
	fprintf(out->file, "\n%s\n\n", what_shares);
	table_print(out, figure_get(part, &figures.shares), line_columns);
	json_array_foreach (procedures, i, procedure) {
		putc('\n', out->file);
		table_print(out, figure_get(procedure, &figures.rows), procedure_columns);
	}
	fprintf(out->file, "\n%s\n\n", what_patches);
	table_print(out, figure_get(figure_get(part, &figures.adding), &figures.rows),
		    patch_columns);
	json_array_foreach (procedures, i, procedure)
		print_procedure(out, procedure);
}

/* ---- in the report ---- */

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
	svg_bars(html, &words, &axis, true, jobs, count, groups, i < MAX_ROWS ? i : MAX_ROWS);
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
		 is_piece(piece, figure_text(first, &figures.job),
			  figure_text(first, &figures.way)));
	return to && fclose(to) == 0 ? text : NULL;
}

static void write_listings(const json_t *pieces, const char *job, const char *way,
			   struct html *html)
{
	for (size_t i = 0; i < json_array_size(pieces);) {
		const json_t *piece = json_array_get(pieces, i);
		char caption[MAX_TITLE], *text;

		if (!is_piece(piece, job, way)) {
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
	char caption[MAX_TITLE];

	snprintf(caption, sizeof(caption), "What is written for %s alone",
		 figure_text(procedure.value, &figures.procedure));
	html_table(html, caption, place_member(procedure, &figures.rows), procedure_columns);
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

	html_element(html, "p", "%s %s", what_counts, libtirpc ? libtirpc : "");
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
	html_element(html, "p", "%s", what_patches);
	html_table(html, "Lines added", place_member(adding, &figures.rows), patch_columns);
	html_element(html, "h3", "All lines");
	html_table(html, "Lines of code by way, author and job", place_member(part, &figures.ways),
		   line_columns);
	html_table(html, what_shares, place_member(part, &figures.shares), line_columns);
	html_table(html, "Files", place_member(part, &figures.files), file_columns);
	html_command(html, figure_get(part.value, &figures.libtirpc_counted));
	for (size_t i = 0; i < json_array_size(procedures.value); i++) {
		const struct place procedure = place_item(procedures, i);

		if (i != code_clearest(part.value))
			write_rows(procedure, html);
		write_source(procedure.value, html);
	}
}
