/* How sidecall check reports to what runs tests: JUnit's XML. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "programs/sidecall/check_show.h"

static void write_escaped(FILE *to, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", to);
			break;
		case '<':
			fputs("&lt;", to);
			break;
		case '>': /* which may not stand behind "]]" */
			fputs("&gt;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		default: /* XML has no other control characters, and UTF-8 alone */
			putc((unsigned char)*text < ' ' || *text & 0x80 ? '?' : *text, to);
		}
}

static void write_attribute(FILE *to, const char *name, const char *text)
{
	fprintf(to, " %s=\"", name);
	write_escaped(to, text);
	putc('"', to);
}

static void write_line(FILE *to, const char *label, const char *text)
{
	fprintf(to, "%s: ", label);
	write_escaped(to, text);
	putc('\n', to);
}

static void write_evidence(FILE *to, const char *label, const struct evidence *evidence)
{
	fprintf(to, "%s: ", label);
	check_write_bytes(to, evidence, "\n      ");
	putc('\n', to);
}

static void write_asked(FILE *to, const struct check_case *row, const struct check_finding *finding)
{
	char *asked = check_asked(row, finding);

	if (asked)
		write_line(to, "asks", asked);
	free(asked);
}

/* All that people are shown of it. */
static void write_finding(FILE *to, const struct check_case *row,
			  const struct check_finding *finding)
{
	write_line(to, check_verdicts[finding->verdict], finding->found);
	write_line(to, "expected", finding->expected);
	write_line(to, "rule", row->rule);
	write_line(to, "from", row->source);
	if (finding->verdict == CHECK_DIFFERS)
		write_line(to, "choice", row->choice);
	write_asked(to, row, finding);
	write_evidence(to, "sent", finding->sent);
	write_evidence(to, "came", finding->came);
	write_line(to, "why", finding->why);
}

/* ---- the document ---- */

/* The counts of a suite stand before its cases. */
static void begin_junit(struct check_show *show, const char *endpoint)
{
	(void)endpoint;
	show->cases = open_memstream(&show->text, &show->length);
}

static void begin_case(FILE *to, const char *name, int64_t time)
{
	fputs("<testcase classname=\"check\"", to);
	write_attribute(to, "name", name);
	fprintf(to, " time=\"%" PRId64 ".%06" PRId64 "\">", time / 1000000000,
		time / 1000 % 1000000);
}

static void show_junit(struct check_show *show, const struct check_case *row,
		       const struct check_finding *finding)
{
	const bool failed = finding->verdict == CHECK_FAIL;
	const char *element = failed ? "failure" : "system-out";
	FILE *to = show->cases;

	if (!to)
		return;
	begin_case(to, row->name, finding->time);
	if (finding->verdict != CHECK_PASS || show->verbose) {
		fprintf(to, "<%s", element);
		if (failed)
			write_attribute(to, "message", finding->found);
		fputs(">\n", to);
		write_finding(to, row, finding);
		fprintf(to, "</%s>", element);
	}
	fputs("</testcase>\n", to);
}

/* One error, for the run is not whole; the others have nothing to say. */
static void left_junit(struct check_show *show, const struct check_case *row, bool first)
{
	FILE *to = show->cases;

	if (!to)
		return;
	begin_case(to, row->name, 0);
	fprintf(to, "<%s message=\"not tried: the server is gone or too slow\"/></testcase>\n",
		first ? "error" : "skipped");
}

static void end_junit(struct check_show *show)
{
	const size_t left = check_show_not_tried(show);
	char endpoint[ENDPOINT_MAX_TEXT];

	endpoint_format(&show->target->endpoint, endpoint);
	if (!show->cases || fclose(show->cases) != 0)
		return;
	puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>");
	fputs("<testsuite name=\"sidecall check\"", stdout);
	write_attribute(stdout, "hostname", endpoint);
	printf(" tests=\"%zu\" failures=\"%zu\" errors=\"%d\" skipped=\"%zu\">\n", show->planned,
	       show->failed, left > 0, left ? left - 1 : 0);
	fwrite(show->text, 1, show->length, stdout);
	puts("</testsuite>\n</testsuites>");
	free(show->text);
}

const struct check_format check_junit = { begin_junit, show_junit, left_junit, end_junit };
