/* What terminal and report show of the code alike: columns, jobs, and what the numbers mean. */
#include <stdio.h>
#include <string.h>

#include "compare/code/code.h"
#include "client/json.h"

const char *const code_jobs[] = { "contract", "packing",   "dispatch",     "stubs",
				  "framing",  "transport", "registration", NULL };

/* clang-format off */
#define JOB(name) { name, "lines." name, FIGURE_COUNT }
const struct column code_line_columns[] = {
	{ "way", "way", FIGURE_TEXT }, { "author", "author", FIGURE_TEXT },
	JOB("contract"), JOB("packing"), JOB("dispatch"), JOB("stubs"), JOB("framing"),
	JOB("transport"), JOB("registration"), JOB("all"), { 0 },
};
const struct column code_procedure_columns[] = {
	{ "procedure", "procedure", FIGURE_TEXT }, { "way", "way", FIGURE_TEXT },
	{ "author", "author", FIGURE_TEXT },
	JOB("contract"), JOB("packing"), JOB("dispatch"), JOB("stubs"), JOB("all"), { 0 },
};
const struct column code_patch_columns[] = {
	{ "way", "way", FIGURE_TEXT }, { "what", "what", FIGURE_TEXT },
	JOB("contract"), JOB("packing"), JOB("dispatch"), JOB("stubs"), JOB("service"),
	JOB("command"), JOB("all"), { 0 },
};
const struct column code_file_columns[] = {
	{ "file", "file", FIGURE_TEXT }, { "lines", "lines", FIGURE_COUNT },
	{ "job", "job", FIGURE_TEXT }, { "author", "author", FIGURE_TEXT },
	{ "way", "way", FIGURE_TEXT }, { 0 },
};
/* clang-format on */

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
	const json_t *libtirpc = json_object_get(part, "libtirpc");
	const char *counted = json_text(libtirpc, "counted_version");
	const char *installed = json_text(libtirpc, "installed_version");
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
	return strcmp(json_text(piece, "job"), job) == 0 &&
	       strcmp(json_text(piece, "way"), way) == 0;
}
