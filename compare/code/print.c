/* The code on a terminal: tables of lines, and a procedure's two texts beside each other. */
#include <stdlib.h>
#include <string.h>

#include "compare/show/two_columns.h"
#include "compare/code/code.h"
#include "compare/show/grid.h"

#define MAX_TITLE 160

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

		if (!code_is_piece(piece, job, way))
			continue;
		if (last)
			putc('\n', to);
		snprintf(title, sizeof(title), "[%s: %s]", file,
			 figure_text(piece, &figures.author));
		if (!last || strcmp(file, last) != 0)
			beside_fold(to, title, columns);
		last = file;
		beside_fold(to, figure_text(piece, &figures.text), columns);
	}
	return fclose(to) == 0 ? text : NULL;
}

static void print_job(const struct text *out, const json_t *pieces, const char *job)
{
	char *both = fold_pieces(pieces, job, "rpc and raw", BESIDE_WHOLE);
	char *rpc = fold_pieces(pieces, job, "rpc", BESIDE_COLUMNS);
	char *raw = fold_pieces(pieces, job, "raw", BESIDE_COLUMNS);

	if (both && rpc && raw && (both[0] || rpc[0] || raw[0])) {
		fprintf(out->file, "\n-- %s --\n", job);
		if (both[0])
			fprintf(out->file, "in both: %s%s", both, rpc[0] || raw[0] ? "\n" : "");
		beside_print(out->file, rpc, raw);
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
	beside_fold(out->file, title, BESIDE_WHOLE);
	for (const struct figure *const *job = code_jobs; *job; job++)
		print_job(out, figure_get(procedure, &figures.pieces), (*job)->key);
}

void code_print(const json_t *part, const struct text *out)
{
	const json_t *procedures = figure_get(part, &figures.procedures), *procedure;
	char *libtirpc = code_libtirpc(part);
	size_t i;

	fprintf(out->file, "%s\n", code_what_counts);
	text_name(out, libtirpc ? libtirpc : "");
	fputs("\n\n", out->file);
	free(libtirpc);
	grid_print(out, figure_get(part, &figures.ways), code_line_columns);
	fprintf(out->file, "\n%s\n\n", code_what_shares);
	grid_print(out, figure_get(part, &figures.shares), code_line_columns);
	json_array_foreach (procedures, i, procedure) {
		putc('\n', out->file);
		grid_print(out, figure_get(procedure, &figures.rows), code_procedure_columns);
	}
	fprintf(out->file, "\n%s\n\n", code_what_patches);
	grid_print(out, figure_get(figure_get(part, &figures.adding), &figures.rows),
		   code_patch_columns);
	json_array_foreach (procedures, i, procedure)
		print_procedure(out, procedure);
}
