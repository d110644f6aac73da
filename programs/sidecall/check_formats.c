/* How sidecall check reports to what runs tests: the Test Anything Protocol, and JUnit's XML. */
#include <inttypes.h>
#include <stdio.h>

#include "programs/sidecall/check_show.h"

/* ---- TAP (version 13) ---- */

static void begin_tap(const struct check_show *show, const char *endpoint)
{
	printf("TAP version 13\n1..%zu\n# %s\n", show->planned, endpoint);
}

/* A name of a case has no "#", which would begin a directive; what was found may have one. */
static void show_tap(const struct check_show *show, const struct check_case *row,
		     const struct check_finding *finding)
{
	size_t number = show->passed + show->differs + show->failed;

	if (finding->verdict == CHECK_FAIL)
		printf("not ok %zu - %s\n# %s; expected: %s\n# %s (%s)\n", number, row->name,
		       finding->found, finding->expected, row->rule, row->source);
	else
		printf("ok %zu - %s\n", number, row->name);
	if (finding->verdict == CHECK_DIFFERS)
		printf("# differs: %s; %s\n", finding->found, row->choice);
}

static void end_tap(const struct check_show *show)
{
	if (check_show_left(show))
		puts("Bail out! The server is gone or too slow");
}

const struct check_format check_tap = { begin_tap, show_tap, end_tap };

/* ---- JUnit ---- */

static void write_escaped(const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", stdout);
			break;
		case '<':
			fputs("&lt;", stdout);
			break;
		case '"':
			fputs("&quot;", stdout);
			break;
		default: /* XML has no other control characters, and UTF-8 alone */
			putchar((unsigned char)*text < ' ' || *text & 0x80 ? '?' : *text);
		}
}

static void write_attribute(const char *name, const char *text)
{
	printf(" %s=\"", name);
	write_escaped(text);
	putchar('"');
}

static void begin_junit(const struct check_show *show, const char *endpoint)
{
	(void)show;
	puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>");
	fputs("<testsuite name=\"sidecall check\"", stdout);
	write_attribute("hostname", endpoint);
	puts(">");
}

static void show_junit(const struct check_show *show, const struct check_case *row,
		       const struct check_finding *finding)
{
	(void)show;
	fputs("<testcase classname=\"check\"", stdout);
	write_attribute("name", row->name);
	printf(" time=\"%" PRId64 ".%06" PRId64 "\">", finding->time / 1000000000,
	       finding->time / 1000 % 1000000);
	if (finding->verdict == CHECK_FAIL) {
		fputs("<failure", stdout);
		write_attribute("message", finding->found);
		putchar('>');
		write_escaped(row->rule);
		printf(" (%s)</failure>", row->source);
	}
	puts("</testcase>");
}

/* What was not tried would else be missed by nobody. */
static void end_junit(const struct check_show *show)
{
	if (check_show_left(show))
		printf("<testcase classname=\"check\" name=\"all others\"><error message=\"%zu "
		       "cases "
		       "were not tried: the server is gone or too slow\"/></testcase>\n",
		       check_show_left(show));
	puts("</testsuite>\n</testsuites>");
}

const struct check_format check_junit = { begin_junit, show_junit, end_junit };
