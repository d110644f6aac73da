/* What terminal and report show of the code alike: columns, jobs, and what the numbers mean. */
#include <stdio.h>
#include <string.h>

#include "compare/code/code.h"

const struct figure *const code_jobs[] = { &figures.contract,     &figures.packing,
					   &figures.dispatch,     &figures.stubs,
					   &figures.framing,      &figures.transport,
					   &figures.registration, NULL };

#define LINES(job)   COLUMN(job, .unit = UNIT_COUNT, .within = &figures.lines)
#define LINES_OF_ANY LINES(contract), LINES(packing), LINES(dispatch), LINES(stubs)

const struct column code_line_columns[] = {
	COLUMN(way),      COLUMN(author),      LINES_OF_ANY, LINES(framing),
	LINES(transport), LINES(registration), LINES(all),   { 0 },
};

const struct column code_procedure_columns[] = {
	COLUMN(procedure), COLUMN(way), COLUMN(author), LINES_OF_ANY, LINES(all), { 0 },
};

const struct column code_patch_columns[] = {
	COLUMN(way),    COLUMN(what, .title = "what"),
	LINES_OF_ANY,   LINES(service),
	LINES(command), LINES(all),
	{ 0 },
};

const struct column code_file_columns[] = {
	COLUMN(file), COLUMN(line_count), COLUMN(job), COLUMN(author), COLUMN(way), { 0 },
};

/* In lines that fit a terminal, of which HTML makes its own. */
const char code_what_counts[] = "Lines of code, without comments and blanks: tirpc is libtirpc as "
				"it comes, rpc our transports "
				"under\nrpcgen's code, raw the same transports under messages "
				"packed by hand.  What is called, "
				"the service,\nis the same in all and not counted.";
const char code_what_shares[] =
	"The same lines, each once: by which of the ways they are used, and by no other.";
const char code_what_patches[] = "What it took to add divmod, the quotient of a division with its "
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

bool code_is_piece(const json_t *piece, const char *job, const char *way)
{
	return figure_is(piece, &figures.job, job) && figure_is(piece, &figures.way, way);
}
