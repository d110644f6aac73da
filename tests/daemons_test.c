/* What is said of Debian's daemons follows from what was seen of them; README is in step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/failures/daemons.h"
#include "compare/failures/failures.h"
#include "compare/show/html.h"
#include "tests/kit/harness.h"
#include "tests/kit/readme_daemons.h"

#define FACTS "date\t2001-02-03\nlimit\t50\npackages\tp 1, q 2\nsystem\ta machine\n"
#define CELLS                                                                                      \
	"one\thalf a call\ttwo-bytes\tstalls\t5000.5\tpass\t12.5\n"                                \
	"one\thalf a call\tdrip\tslow\t900.0\tpass\t3.0\n"                                         \
	"one\tgarbage\thuge\tstalls\t5000.0\tpass\t3.0\n"                                          \
	"one\tmany\tdescriptors\tdies\t0.1\tpass\t20.0\n"                                          \
	"two\thalf a call\ttwo-bytes\tpass\t4.0\tpass\t2.0\n"                                      \
	"two\tgarbage\thuge\tpass\t4.0\thangs up\t2.0\n"

/* A text's first `old` becomes `new`; to be freed. */
static char *planted(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	char *other = NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	if (asprintf(&other, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old)) < 0)
		abort();
	return other;
}

/* ---- words ---- */

static void check_words(const char *text, size_t i, const struct figure *figure, const char *words)
{
	json_t *daemons = daemons_read(text);

	CHECK_STR(figure_text(json_array_get(figure_get(daemons, &figures.rows), i), figure),
		  words);
	json_decref(daemons);
}

static void test_words(void)
{
	static const struct {
		const char *old, *new;
		size_t row;
		const struct figure *figure;
		const char *words;
	} cases[] = {
		{ "\n", "\n", 0, &figures.stock,
		  "dies of many; stalls beside half a call, garbage" },
		{ "\n", "\n", 0, &figures.ours, "nothing" },
		{ "\n", "\n", 1, &figures.stock, "nothing" },
		{ "\n", "\n", 1, &figures.ours, "hangs up beside garbage" },
		{ "dies\t", "pass\t", 0, &figures.stock, "stalls beside half a call, garbage" },
		{ "two-bytes\tstalls\t", "two-bytes\tpass\t", 0, &figures.stock,
		  "dies of many; stalls beside garbage; is slow beside half a call" },
		{ "dies\t", "executes\t", 0, &figures.stock,
		  "stalls beside half a call, garbage; executes many" },
		{ "hangs up", "wrong", 1, &figures.ours, "answers wrong beside garbage" },
		{ "hangs up", "something new", 1, &figures.ours, "dies of garbage" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = planted(FACTS CELLS, cases[i].old, cases[i].new);

		check_words(text, cases[i].row, cases[i].figure, cases[i].words);
		free(text);
	}
}

static void test_object(void)
{
	json_t *daemons = daemons_read(FACTS CELLS);
	json_t *wanted = json_pack(
		"{s:s,s:i,s:s,s:s,s:[{s:s,s:i,s:i,s:s,s:i,s:i,s:s,s:i},{s:s,s:i,s:i,s:s,s:i,s:i,s:"
		"s,"
		"s:i}]}",
		"date", "2001-02-03", "limit_ns", 50000000, "packages", "p 1, q 2", "system",
		"a machine", "rows", "daemon", "one", "cases", 4, "stock_failed", 4, "stock",
		"dies of many; stalls beside half a call, garbage", "stock_ns", 0, "ours_failed", 0,
		"ours", "nothing", "ours_ns", 20000000, "daemon", "two", "cases", 2, "stock_failed",
		0, "stock", "nothing", "stock_ns", 4000000, "ours_failed", 1, "ours",
		"hangs up beside garbage", "ours_ns", 2000000);

	json_object_set_new(json_array_get(json_object_get(wanted, "rows"), 0), "stock_ns",
			    json_integer(5000500000));
	CHECK_INT(json_equal(daemons, wanted), true);
	json_decref(daemons);
	json_decref(wanted);
}

/* ---- shown ---- */

/* What a part with these daemons, or with none, has printed, written or judged; to be freed. */
enum way { PRINTED, WRITTEN, JUDGED };

static char *shown(enum way way, const char *cells)
{
	json_t *part = json_object();
	struct verdict verdict = { .sentences = json_array() };
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	struct text out = { .file = file };
	struct html html = { .file = file };

	if (cells)
		json_object_set_new(part, "daemons", daemons_read(cells));
	if (way == PRINTED)
		daemons_print(part, &out);
	else if (way == WRITTEN)
		part_failures.write_more((struct place){ part, "/failures" }, &html);
	else
		part_failures.judge(part, &verdict);
	if (json_array_size(verdict.sentences))
		json_dumpf(verdict.sentences, file, 0);
	fclose(file);
	json_decref(verdict.sentences);
	json_decref(part);
	return text;
}

static void test_shown(void)
{
	static const struct {
		enum way way;
		const char *text;
	} cases[] = {
		{ PRINTED, "not judged in this run, but on 2001-02-03 on a machine" },
		{ PRINTED, "Packages: p 1, q 2." },
		{ PRINTED, " 50 ms, or when the daemon dies" },
		{ PRINTED,
		  "\none                5000     20.0   dies of many; stalls beside half a "
		  "call, garbage\n" },
		{ PRINTED, "4.00     2.00   nothing. Ours: hangs up beside garbage\n" },
		{ WRITTEN, "but on 2001-02-03 on a machine" },
		{ WRITTEN, "data-at=\"/failures/daemons/rows\"" },
		{ WRITTEN, "dies of many; stalls beside half a call, garbage</td>" },
		{ WRITTEN, "<data value=\"5000500000\">5000</data>" },
		{ JUDGED,
		  "Of 6 cases of 2 of Debian's own RPC daemons, 4 failed as they are, and 1 on our "
		  "runtime (on 2001-02-03, not in this run)." },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = shown(cases[i].way, FACTS CELLS);

		CHECK_THAT(strstr(text, cases[i].text) != NULL, "there is no \"%s\" in %s",
			   cases[i].text, text);
		free(text);
	}
}

/* A document that was kept before there were any is shown as before. */
static void test_none(void)
{
	for (enum way way = PRINTED; way <= JUDGED; way++) {
		char *text = shown(way, NULL);

		CHECK_STR(text, "");
		free(text);
	}
}

/* ---- what is built in ---- */

static void test_built_in(void)
{
	json_t *daemons = daemons_read(daemons_tsv), *row;
	size_t i;

	CHECK_INT(strlen(figure_text(daemons, &figures.date)), strlen("2001-02-03"));
	CHECK_THAT(strstr(figure_text(daemons, &figures.system), "Debian") != NULL, "no release");
	CHECK_THAT(strstr(figure_text(daemons, &figures.packages), "ypserv 4") != NULL,
		   "no versions");
	CHECK_INT(json_array_size(figure_get(daemons, &figures.rows)) > 0, true);
	json_array_foreach (figure_get(daemons, &figures.rows), i, row)
		CHECK_INT(figure_integer(row, &figures.cases) > 0, true);
	json_decref(daemons);
}

/* README has between its marks what follows from what is built in. */
static void test_readme(void)
{
	static const char mark[] = "\n<!-- tests/daemons/run --write -->\n";
	FILE *file = fopen("README.md", "r"), *out;
	char *readme = NULL, *wanted = NULL, *begin, *end;
	size_t size = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CHECK_INT(getdelim(&readme, &size, '\0', file) > 0, true);
	fclose(file);
	out = open_memstream(&wanted, &size);
	readme_daemons(daemons_tsv, out);
	fclose(out);
	begin = strstr(readme, mark);
	CU_ASSERT_PTR_NOT_NULL_FATAL(begin);
	begin += strlen(mark);
	end = strstr(begin, mark + 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	*end = '\0';
	CHECK_STR(begin, wanted);
	free(readme);
	free(wanted);
}

/* ---- how it is made of what was judged ---- */

/* Cells as the judge prints them: of the first daemon all were judged, of the second not. */
#define JUDGED_CELLS                                                                               \
	"date\t2001-02-03\n"                                                                       \
	"one\ta\tstock\tfail\t5001.0\tmeanwhile: ASK tcp: no answer after 5001 ms\n"               \
	"one\ta\tours\tpass\t3.0\t700 calls\n"                                                     \
	"one\tb\tstock\tfail\t120.0\tslow: ASK tcp took 120 ms\n"                                  \
	"one\tb\tours\tfail\t0.1\tbefore: it resets the connection\n"                              \
	"one\tc\tstock\tnone\t0.0\tit has none\none\tc\tours\tnone\t0.0\tit has none\n"            \
	"two\ta\tstock\tfail\t1.0\tdies of signal 11\n"

static void check_made(const char *kinds, const char *wanted)
{
	char command[2000], made[400] = "";
	FILE *from;

	snprintf(command, sizeof(command),
		 "printf 'daemon one\\ndaemon two\\ncase a\\ncase b\\ncase c\\n%s%s' | "
		 "awk -F '\\t' -v record=1 -f tests/daemons/table.awk 2>&1 | "
		 "LC_ALL=C sort",
		 kinds, JUDGED_CELLS);
	from = popen(command, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(from);
	fread(made, 1, sizeof(made) - 1, from);
	pclose(from);
	CHECK_STR(made, wanted);
}

static void test_made(void)
{
	check_made("kind\ta\tan a\nkind\tb\ta b\nkind\tc\ta c\n",
		   "date\t2001-02-03\n"
		   "one\ta b\tb\tslow\t120.0\thangs up\t0.1\n"
		   "one\tan a\ta\tstalls\t5001.0\tpass\t3.0\n"
		   "two is left out: not judged are 3 of its cases\n");
	check_made("kind\ta\tan a\n", "b is not in tests/daemons/kinds\n");
}

static const struct test tests[] = {
	{ "words follow from cells", test_words }, { "the object of the document", test_object },
	{ "how it is shown", test_shown },         { "a document without it", test_none },
	{ "what is built in", test_built_in },     { "README is in step", test_readme },
	{ "made of what was judged", test_made },  { 0 },
};

int main(void)
{
	return harness_run("daemons", tests);
}
