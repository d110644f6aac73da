/* The report and what it is made of: documents made by hand, written, read again and compared. */
#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/bytes/bytes.h"
#include "compare/code/code.h"
#include "compare/conclusion.h"
#include "compare/document.h"
#include "compare/show/table.h"
#include "compare/show/html.h"
#include "compare/show/outcome_matrix.h"
#include "compare/part/output.h"
#include "compare/show/svg.h"
#include "compare/time/time.h"
#include "compare/time/plots.h"
#include "client/json.h"
#include "tests/kit/harness.h"
#include "tests/kit/json_text.h"
#include "tests/kit/markup.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define NASTY "<script>alert(\"x\" & 'y')</script></pre>"

/* A page, or a piece of one, in memory. */
struct page {
	struct html html;
	char *text;
	size_t length;
};

static void page_begin(struct page *page)
{
	memset(page, 0, sizeof(*page));
	page->html.file = open_memstream(&page->text, &page->length);
}

/* Closes it and begins to read it. */
static struct markup page_read(struct page *page)
{
	fclose(page->html.file);
	return (struct markup){ .at = page->text };
}

static void page_end(struct page *page, struct markup *markup)
{
	markup_release(markup);
	free(page->text);
}

/* ---- documents ---- */

/* A call of the bytes part: all bytes, and the header's among them, by each protocol. */
static json_t *call_of(const char *text, int rpc, int rpc_header, int raw, int raw_header)
{
	return json_pack("{s:s,s:s,s:{s:{s:i,s:i,s:i,s:i},s:{s:i,s:i,s:i,s:i}}}", "call", text,
			 "procedure", text, "endpoints", "rpc+tcp", "all_bytes", rpc,
			 "protocol_bytes", rpc_header, "framing_bytes", 8, "payload_bytes",
			 rpc - rpc_header - 8, "raw+tcp", "all_bytes", raw, "protocol_bytes",
			 raw_header, "framing_bytes", 8, "payload_bytes", raw - raw_header - 8);
}

static json_t *document_of(json_t *calls)
{
	json_t *document = json_pack(
		"{s:s,s:s,s:b,s:{s:s},s:{s:s,s:o,s:[{s:s,s:i},{s:s}],s:[{s:s,s:s,s:[{s:i,s:s,s:s}]"
		",s:[]}]}}",
		"sidecall", "1", "date", "2026-01-01T00:00:00Z", "quick", 1, "machine", "cpu",
		NASTY, "bytes", "command", "sidecall " NASTY, "calls", calls, "endpoints",
		"endpoint", "rpc+tcp", "all_bytes", 100, "endpoint", "tirpc+tcp", "annotated",
		"endpoint", NASTY, "call", NASTY, "sent", "offset", 0, "field", NASTY, "value",
		"\xc3\xa4 & \xef\xbf\xbd", "received");

	json_object_set_new(document, "verdict", conclusion_make(document));
	return document;
}

static json_t *ordinary(void)
{
	json_t *calls = json_array();

	json_array_append_new(calls, call_of("null", 72, 64, 24, 16));
	json_array_append_new(calls, call_of("list " NASTY, 320, 64, 248, 16));
	return document_of(calls);
}

/* ---- escaping ---- */

static void test_escaping(void)
{
	static const char control[] = "a\x01"
				      "b\x7f\x1b\xc2\x9b\xff\xc3\n\xc3\xa4"
				      "\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x93",
			  shown[] =
				  "a\xef\xbf\xbd"
				  "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n"
				  "\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xe2\x80\x93";
	struct markup markup;
	struct page page;

	page_begin(&page);
	html_text(&page.html, control);
	markup = page_read(&page);
	CHECK_STR(page.text, shown);
	page_end(&page, &markup);

	page_begin(&page);
	html_element(&page.html, "p class=\"note\"", "%s", NASTY);
	markup = page_read(&page);
	CU_ASSERT_PTR_NULL(strstr(page.text, "<script"));
	CHECK_INT(markup_next(&markup), MARKUP_OPEN);
	CHECK_INT(markup_next(&markup), MARKUP_TEXT);
	CHECK_STR(markup.text, NASTY);
	page_end(&page, &markup);
}

/* ---- the whole page ---- */

/* Counts an element's beginnings to the end of the page, which has to be well-formed. */
static int count_elements(const char *page, const char *name)
{
	struct markup markup = { .at = page };
	enum markup_event event;
	int count = 0;

	while ((event = markup_next(&markup)) < MARKUP_END)
		count += event == MARKUP_OPEN && strcmp(markup.name, name) == 0;
	if (event == MARKUP_WRONG)
		CHECK_STR(markup.text, "well-formed");
	markup_release(&markup);
	return count;
}

/* The text of the page's only script, which is to be data. */
static json_t *embedded(const char *page)
{
	struct markup markup = { .at = page };
	enum markup_event event;
	json_t *document = NULL;
	char type[64] = "";

	while ((event = markup_next(&markup)) < MARKUP_END) {
		if (event != MARKUP_OPEN || strcmp(markup.name, "script") != 0)
			continue;
		markup_attribute(&markup, "type", type, sizeof(type));
		if (markup_next(&markup) == MARKUP_TEXT)
			document = json_loads(markup.text, 0, NULL);
	}
	CHECK_STR(type, "application/json");
	markup_release(&markup);
	return document;
}

static void test_page_embeds_its_document(void)
{
	json_t *document = ordinary(), *read;
	struct markup markup;
	struct page page;

	page_begin(&page);
	document_write(document, page.html.file);
	markup = page_read(&page);
	CHECK_INT(count_elements(page.text, "script"), 1);
	CHECK_INT(count_elements(page.text, "h1"), 1);
	read = embedded(page.text);
	CU_ASSERT_TRUE(json_equal(document, read));
	json_decref(read);
	json_decref(document);
	page_end(&page, &markup);
}

/* ---- the file ---- */

/* The name under which a report is being written: the only file in the directory `what`. */
static char under_way[NAME_MAX + 1];

static void write_and_look(const void *what, FILE *file)
{
	DIR *directory = opendir(what);
	const struct dirent *entry;

	fputs("report", file);
	while ((entry = readdir(directory)))
		if (entry->d_name[0] == '.' && strspn(entry->d_name, ".") < strlen(entry->d_name))
			snprintf(under_way, sizeof(under_way), "%s", entry->d_name);
	closedir(directory);
}

static void write_elsewhere(const void *what, FILE *file)
{
	fputs(what, file);
}

static void check_file(const char *directory, const char *name, const char *text)
{
	char path[2 * NAME_MAX], got[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_PTR_NOT_NULL(fgets(got, sizeof(got), file));
	CHECK_STR(got, text);
	fclose(file);
}

/* A file of somebody else's has the name that a report is written under until it is whole. */
static void test_a_foreign_file_stays(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", path[NAME_MAX + 64];
	struct failure failure;
	struct output output;
	FILE *foreign;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/report", directory);
	CHECK_INT(output_open(&output, path, &failure), 0);
	CHECK_INT(output_write(&output, write_and_look, directory, &failure), 0);
	snprintf(path, sizeof(path), "%s/%s", directory, under_way);
	foreign = fopen(path, "wx");
	CU_ASSERT_PTR_NOT_NULL_FATAL(foreign);
	fputs("foreign", foreign);
	fclose(foreign);
	CHECK_INT(output_write(&output, write_elsewhere, "again", &failure), 0);
	check_file(directory, under_way, "foreign");
	check_file(directory, "report", "again");
	CHECK_INT(observe_files(directory), 2);
	output_close(&output);
	remove_tree(directory);
}

/* ---- tables ---- */

/* What "/bytes/calls" points at. */
static const json_t *pointed(const json_t *document, const char *at)
{
	char path[256], *rest = path;
	const char *key;

	snprintf(path, sizeof(path), "%s", at + 1);
	while ((key = strsep(&rest, "/")))
		document = json_is_array(document)
				   ? json_array_get(document, strtoul(key, NULL, 10))
				   : json_object_get(document, key);
	return document;
}

#define MAX_KEYS 32

/* What a row has under a key as "endpoints.rpc+tcp.all_bytes". */
static const json_t *within(const json_t *row, const char *keys)
{
	char text[96], *rest = text, *key;

	snprintf(text, sizeof(text), "%s", keys);
	while ((key = strsep(&rest, ".")))
		row = json_object_get(row, key);
	return row;
}

/* A table as it is read: its columns' keys, and where in it the reader is. */
struct table {
	const json_t *rows;
	char keys[MAX_KEYS][64];
	size_t columns, row, column;
	bool in_cell;
	char class[32];
	double exact; /* of the cell under way, when it is a number */
	char text[256];
	int numbers, missing;
};

static void check_cell(struct table *table)
{
	const json_t *cell = within(json_array_get(table->rows, table->row),
				    table->keys[table->column]);

	if (!cell) {
		CHECK_STR(table->class, "missing");
		CU_ASSERT_PTR_NULL(strpbrk(table->text, "0123456789"));
		table->missing++;
	} else if (json_is_number(cell)) {
		CU_ASSERT_EQUAL(table->exact, json_number_value(cell));
		table->numbers++;
	} else {
		CHECK_STR(table->text, json_string_value(cell));
	}
}

/* The first one is its row's head. */
static bool is_cell(const struct markup *markup)
{
	char scope[16] = "";

	markup_attribute(markup, "scope", scope, sizeof(scope));
	return strcmp(markup->name, "td") == 0 || strcmp(scope, "row") == 0;
}

static void open_in_table(struct table *table, const struct markup *markup)
{
	if (strcmp(markup->name, "th") == 0 &&
	    markup_attribute(markup, "data-key", table->keys[table->columns], 64)) {
		table->columns++;
	} else if (is_cell(markup)) {
		table->in_cell = true;
		table->class[0] = table->text[0] = '\0';
		table->exact = NAN;
		markup_attribute(markup, "class", table->class, sizeof(table->class));
	} else if (strcmp(markup->name, "data") == 0) {
		table->exact = markup_number(markup, "value");
	}
}

static void close_in_table(struct table *table, const struct markup *markup)
{
	if (strcmp(markup->name, "td") == 0 || strcmp(markup->name, "th") == 0) {
		if (table->in_cell)
			check_cell(table);
		table->column += table->in_cell;
		table->in_cell = false;
	} else if (strcmp(markup->name, "tr") == 0) {
		CU_ASSERT_TRUE(table->column == 0 || table->column == table->columns);
		table->row += table->column > 0;
		table->column = 0;
	}
}

/* Reads from a table's beginning to its end. */
static void read_table(struct table *table, struct markup *markup)
{
	enum markup_event event;

	while ((event = markup_next(markup)) < MARKUP_END) {
		if (event == MARKUP_OPEN)
			open_in_table(table, markup);
		else if (event == MARKUP_TEXT)
			snprintf(table->text, sizeof(table->text), "%s", markup->text);
		else if (strcmp(markup->name, "table") == 0)
			break;
		else
			close_in_table(table, markup);
	}
	CHECK_INT(table->row, json_array_size(table->rows));
}

static void test_tables_equal_the_document(void)
{
	json_t *document = ordinary();
	int tables = 0, numbers = 0, missing = 0;
	enum markup_event event;
	struct markup markup;
	struct page page;
	char at[128];

	page_begin(&page);
	document_write(document, page.html.file);
	markup = page_read(&page);
	while ((event = markup_next(&markup)) < MARKUP_END) {
		struct table table = { 0 };

		if (event != MARKUP_OPEN || !markup_attribute(&markup, "data-at", at, sizeof(at)))
			continue;
		table.rows = pointed(document, at);
		read_table(&table, &markup);
		tables++;
		numbers += table.numbers;
		missing += table.missing;
	}
	CHECK_INT(tables, 5); /* choices, calls, endpoints, and two messages */
	/* Headers and framing are the same in all calls, and of endpoints only one number is known.
	 */
	CHECK_INT(numbers, 2 * 4 + 1 + 1);
	CHECK_INT(missing, 1 + 2); /* of the other endpoint, and of the one field */
	CU_ASSERT_PTR_NOT_NULL(strstr(page.text, "on tcp. In all rows: protocol, rpc 64; protocol, "
						 "raw 16; framing, rpc 8; framing, raw 8<"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page.text, "In all rows: payload not known; "));
	json_decref(document);
	page_end(&page, &markup);
}

static void test_figures(void)
{
	static const struct {
		double number;
		enum unit unit;
		const char *text;
	} cases[] = {
		{ 12345, UNIT_MICROSECONDS, "12.3" },
		{ 999, UNIT_MICROSECONDS, "0.999" },
		{ 123456789, UNIT_MILLISECONDS, "123" },
		{ 12345, UNIT_THOUSANDS, "12.3" },
		{ 0, UNIT_COUNT, "0" },
		{ 3.14159, UNIT_COUNT, "3.14" },
		{ 31.4159, UNIT_NANOSECONDS, "31.4" },
	};
	char room[FIGURE_ROOM];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *number = json_real(cases[i].number);

		CHECK_STR(unit_text(number, cases[i].unit, room), cases[i].text);
		json_decref(number);
	}
	CU_ASSERT_PTR_NULL(unit_text(NULL, UNIT_COUNT, room));
	CU_ASSERT_PTR_NULL(unit_text(json_null(), UNIT_COUNT, room));
}

static void test_grid(void)
{
	static const struct figure name = { .key = "name" }, in = { .key = "in" };
	static const struct figure n = { .key = "n", .unit = UNIT_COUNT };
	static const struct column columns[] = { { .figure = &name },
						 { .figure = &n, .within = &in },
						 { 0 } };
	json_t *rows = json_pack("[{s:s,s:{s:i}},{s:s},{s:s,s:{s:i}}]", "name", "\xc3\xa4\033",
				 "in", "n", 1000, "name", "longer", "name", "c", "in", "n", 0);
	struct text out = { .terminal = true };
	char *text = NULL;
	size_t size;

	out.file = open_memstream(&text, &size);
	table_print(&out, rows, columns);
	fclose(out.file);
	CHECK_STR(text, "name       n\n\xc3\xa4\\033   1000\nlonger     -\nc          0\n");
	free(text);
	json_decref(rows);
}

/* What could not be counted is said to be so, and not left out without a word. */
static void test_not_counted(void)
{
	json_t *part = json_object();
	struct text out = { .terminal = false };
	char *text = NULL;
	struct page page;
	size_t size;

	out.file = open_memstream(&text, &size);
	time_print(part, &out);
	fclose(out.file);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, TIME_NOT_COUNTED));
	page_begin(&page);
	time_write_more((struct place){ part, "/time" }, &page.html);
	fclose(page.html.file);
	CU_ASSERT_PTR_NOT_NULL(strstr(page.text, TIME_NOT_COUNTED));
	free(page.text);
	free(text);
	json_decref(part);
}

/* On a terminal each part ends with what repeats it, and with what that needs. */
static void test_commands(void)
{
	json_t *document = json_pack("{s:s,s:{s:s},s:{s:s},s:{s:s,s:[s]},s:{s:s},s:{s:s}}",
				     "sidecall", "1", "code", "command", "one", "bytes", "command",
				     "two", "time", "command", "three", "prepare", "a\033server",
				     "failures", "command", "four", "evolution", "command", "five");
	static const char *const expected[] = { "one\n",  "two\n",  "three\nEach figure",
						"four\n", "five\n", NULL };
	struct text out = { .terminal = true };
	const char *found;
	char *text = NULL;
	size_t size;
	int count = 0;

	out.file = open_memstream(&text, &size);
	document_print(document, &out);
	fclose(out.file);
	for (found = text; (found = strstr(found, "\nRepeat it: ")) && expected[count]; count++) {
		found += strlen("\nRepeat it: ");
		CHECK_BYTES(found, expected[count], strlen(expected[count]));
	}
	CHECK_INT(count, 5);
	CU_ASSERT_PTR_NULL(found);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "started so:\n  a\\033server\n"));
	free(text);
	json_decref(document);
}

/* ---- plots ---- */

/* What is drawn of a plot, as far as it has numbers. */
struct drawn {
	struct {
		double x, y, data_x, data_y;
	} points[32];
	struct {
		double x, width, value;
	} bars[32];
	struct tick {
		double place, number;
	} across[32], up[32];
	int point_count, bar_count, across_count, up_count;
	char texts[1024];
};

/* A number along an axis: labels across stand centered, those upward end at the axis. */
static void take_label(struct drawn *drawn, struct markup *markup)
{
	double x = markup_number(markup, "x"), y = markup_number(markup, "y");
	char anchor[16] = "", *end;
	double number;

	markup_attribute(markup, "text-anchor", anchor, sizeof(anchor));
	if (markup_next(markup) != MARKUP_TEXT)
		return;
	snprintf(drawn->texts + strlen(drawn->texts), sizeof(drawn->texts) - strlen(drawn->texts),
		 "%s|", markup->text);
	number = strtod(markup->text, &end) * (*end == 'k' ? 1e3 : *end == 'M' ? 1e6 : 1);
	if (end == markup->text)
		return;
	if (strcmp(anchor, "middle") == 0)
		drawn->across[drawn->across_count++] = (struct tick){ x, number };
	if (strcmp(anchor, "end") == 0)
		drawn->up[drawn->up_count++] = (struct tick){ y - 5, number };
}

static void take_shape(struct drawn *drawn, struct markup *markup)
{
	if (strcmp(markup->name, "text") == 0) {
		take_label(drawn, markup);
	} else if (strcmp(markup->name, "circle") == 0 && !isnan(markup_number(markup, "data-x"))) {
		drawn->points[drawn->point_count].x = markup_number(markup, "cx");
		drawn->points[drawn->point_count].y = markup_number(markup, "cy");
		drawn->points[drawn->point_count].data_x = markup_number(markup, "data-x");
		drawn->points[drawn->point_count++].data_y = markup_number(markup, "data-y");
	} else if (strcmp(markup->name, "rect") == 0 &&
		   !isnan(markup_number(markup, "data-value"))) {
		drawn->bars[drawn->bar_count].x = markup_number(markup, "x");
		drawn->bars[drawn->bar_count].width = markup_number(markup, "width");
		drawn->bars[drawn->bar_count++].value = markup_number(markup, "data-value");
	}
}

static void read_plot(struct page *page, struct drawn *drawn)
{
	struct markup markup = page_read(page);
	enum markup_event event;

	memset(drawn, 0, sizeof(*drawn));
	while ((event = markup_next(&markup)) < MARKUP_END)
		if (event == MARKUP_OPEN)
			take_shape(drawn, &markup);
	CHECK_INT(event, MARKUP_END);
	page_end(page, &markup);
}

/* Where a number belongs, by the axis' own first and last labels. */
static double place_by(const struct tick *ticks, int count, bool logarithmic, double number)
{
	double low = ticks[0].number, high = ticks[count - 1].number;
	double part = logarithmic ? log(number / low) / log(high / low)
				  : (number - low) / (high - low);

	return ticks[0].place + part * (ticks[count - 1].place - ticks[0].place);
}

#define POINT(across, up)                                                                          \
	{                                                                                          \
		.x = (across), .y = (up)                                                           \
	}

static void test_points_are_where_the_data_say(void)
{
	static const struct svg_point one[] = { POINT(1, 2000), POINT(16, 31000),
						POINT(64, 650000) },
				      other[] = { POINT(4, 5500), POINT(8, -1), POINT(32, NAN),
						  POINT(2, 90) };
	static const struct svg_line lines[] = { { "rpc", one, 3 }, { "<raw>", other, 4 } };
	const struct svg_words words = { NASTY, NASTY };
	static const struct svg_axis linear = { "connections", SVG_LINEAR, 1 },
				     logarithm = { "microseconds", SVG_LOGARITHM, 0.001 };
	struct drawn drawn;
	struct page page;

	page_begin(&page);
	svg_lines(&page.html, &words, &linear, &logarithm, lines, 2);
	read_plot(&page, &drawn);
	CHECK_INT(drawn.point_count, 5); /* a logarithm has no place for -1, and nothing for NaN */
	CU_ASSERT_TRUE(drawn.across_count >= 4 && drawn.up_count >= 4);
	for (int i = 0; i < drawn.point_count; i++) {
		double x = place_by(drawn.across, drawn.across_count, false,
				    drawn.points[i].data_x);
		double y = place_by(drawn.up, drawn.up_count, true,
				    drawn.points[i].data_y * logarithm.scale);

		CU_ASSERT_DOUBLE_EQUAL(drawn.points[i].x, x, 0.2);
		CU_ASSERT_DOUBLE_EQUAL(drawn.points[i].y, y, 0.2);
	}
	CHECK_INT(drawn.points[3].data_x, 4);
	CHECK_INT(drawn.points[4].data_y, 90);
	CU_ASSERT_PTR_NOT_NULL(strstr(drawn.texts, "|microseconds, logarithmic|"));
	CU_ASSERT_PTR_NOT_NULL(strstr(drawn.texts, "|connections|"));
}

static void test_percentiles_stand_equally_apart(void)
{
	static const struct svg_point points[] = { POINT(0, 1), POINT(90, 2), POINT(99, 3),
						   POINT(99.9, 4) };
	static const struct svg_line line = { "rpc", points, 4 };
	const struct svg_words words = { "Latency", "By percentile" };
	static const struct svg_axis percentiles = { "percentile", SVG_PERCENTILES, 1 },
				     linear = { "us", SVG_LINEAR, 1 };
	struct drawn drawn;
	struct page page;

	page_begin(&page);
	svg_lines(&page.html, &words, &percentiles, &linear, &line, 1);
	read_plot(&page, &drawn);
	CHECK_INT(drawn.point_count, 4);
	for (int i = 1; i < 3; i++)
		CU_ASSERT_DOUBLE_EQUAL(drawn.points[i + 1].x - drawn.points[i].x,
				       drawn.points[1].x - drawn.points[0].x, 0.1);
	CU_ASSERT_PTR_NOT_NULL(strstr(drawn.texts, "|99.9|"));
}

/* As few calls have it: two numbers would fit a linear axis as well. */
static void test_percentiles_have_three_ticks(void)
{
	static const struct svg_point points[] = { POINT(90, 1), POINT(97.5, 2) };
	static const struct svg_line line = { "rpc", points, 2 };
	const struct svg_words words = { "Latency", "By percentile" };
	static const struct svg_axis percentiles = { "percentile", SVG_PERCENTILES, 1 },
				     linear = { "us", SVG_LINEAR, 1 };
	struct drawn drawn;
	struct page page;

	page_begin(&page);
	svg_lines(&page.html, &words, &percentiles, &linear, &line, 1);
	read_plot(&page, &drawn);
	CU_ASSERT_PTR_NOT_NULL(strstr(drawn.texts, "|90|95|99|"));
}

#define KNOWN(number)                                                                              \
	{                                                                                          \
		.known = true, .value = (number)                                                   \
	}

static const char *const pair[] = { "rpc", "raw" };
static const struct svg_axis bytes_axis = { "bytes", SVG_LINEAR, 1 };

static void test_bars_begin_at_zero(void)
{
	static const struct svg_group groups[] = {
		{ "null", { KNOWN(72), KNOWN(24) } },
		{ NASTY, { { true, 320, 300, 390, false }, { 0 } } },
		{ "none", { KNOWN(0), KNOWN(1) } },
		{ "wild", { KNOWN(1e308), { .none = true } } },
	};
	const struct svg_words words = { "Bytes", "Of calls" };
	struct drawn drawn;
	struct page page;

	page_begin(&page);
	svg_bars(&page.html, &words, &bytes_axis, false, pair, 2, groups, 4);
	read_plot(&page, &drawn);
	CHECK_INT(drawn.bar_count, 5); /* what is not known is no bar of length zero */
	CU_ASSERT_PTR_NOT_NULL(
		strstr(drawn.texts, "|320|not known|none|0|1.00|wild|not known|none|"));
	for (int i = 0; i < drawn.bar_count; i++) {
		double end = place_by(drawn.across, drawn.across_count, false, drawn.bars[i].value);

		CU_ASSERT_DOUBLE_EQUAL(drawn.bars[i].x, drawn.across[0].place, 0.2);
		CU_ASSERT_DOUBLE_EQUAL(drawn.bars[i].x + drawn.bars[i].width, end, 0.2);
	}
	CU_ASSERT_TRUE(drawn.across[drawn.across_count - 1].number >= 390);
}

/* 8575 / 1000 and 8575 * 0.001 are not the same number. */
static void test_bars_round_as_tables_do(void)
{
	static const struct svg_axis microseconds = { "us", SVG_LINEAR, 0.001 };
	static const struct svg_group groups[] = { { "pipe", { KNOWN(8575), KNOWN(8575) } } };
	const struct svg_words words = { "Time", "Of calls" };
	char table[FIGURE_ROOM], text[FIGURE_ROOM + 8];
	json_t *number = json_integer(8575);
	struct drawn drawn;
	struct page page;

	page_begin(&page);
	svg_bars(&page.html, &words, &microseconds, false, pair, 2, groups, 1);
	read_plot(&page, &drawn);
	snprintf(text, sizeof(text), "|%s|", unit_text(number, UNIT_MICROSECONDS, table));
	CU_ASSERT_PTR_NOT_NULL(strstr(drawn.texts, text));
	json_decref(number);
}

/* Rows of time, of which every second one lacks its figure. */
static const char with_holes[] =
	"{\"latency\":[{\"endpoint\":\"rpc+tcp\",\"placement\":\"one CPU\",\"p50_ns\":7000,"
	"\"p50_ns_low\":6000,\"p50_ns_high\":8000},"
	"{\"endpoint\":\"raw+tcp\",\"placement\":\"one CPU\"}],"
	"\"throughput\":[{\"endpoint\":\"rpc+tcp\",\"placement\":\"one "
	"CPU\",\"connections\":1,\"depth\":1,\"per_second\":9},"
	"{\"endpoint\":\"rpc+tcp\",\"placement\":\"one CPU\",\"connections\":4,\"depth\":1},"
	"{\"endpoint\":\"rpc+tcp\",\"placement\":\"one "
	"CPU\",\"connections\":16,\"depth\":1,\"per_second\":8}],"
	"\"payload\":[{\"endpoint\":\"rpc+tcp\",\"argument_size\":16,\"p50_ns\":5000},"
	"{\"endpoint\":\"rpc+tcp\",\"argument_size\":256},"
	"{\"endpoint\":\"rpc+tcp\",\"argument_size\":4096,\"p50_ns\":9000}],"
	"\"percentiles\":[{\"endpoint\":\"rpc+tcp\",\"placement\":\"one CPU\","
	"\"points\":[[90,10],[99],[99.9,30]]}]}";

/* A line of three points, of which that in the middle is missing: two points, and no line. */
static void check_hole(struct page *page)
{
	struct drawn drawn;

	fflush(page->html.file);
	CU_ASSERT_PTR_NULL(strstr(strstr(page->text, "class=\"line\"") ?: "", "L"));
	read_plot(page, &drawn);
	CHECK_INT(drawn.point_count, 2);
}

static void test_what_is_missing_is_not_zero(void)
{
	json_t *part = json_loads(with_holes, 0, NULL);
	struct drawn drawn;
	struct page page;

	page_begin(&page);
	time_plot_p50(part, &page.html, PLACEMENT_ONE_CPU);
	read_plot(&page, &drawn);
	CHECK_INT(drawn.bar_count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(drawn.texts, "|7.00|not known|none|none|udp|none|"));
	page_begin(&page);
	time_plot_load(part, &page.html, &figures.per_second, &figures.connections,
		       PLACEMENT_ONE_CPU);
	check_hole(&page);
	page_begin(&page);
	time_plot_payload(part, &page.html);
	check_hole(&page);
	page_begin(&page);
	time_write_tail(part, &page.html);
	check_hole(&page);
	json_decref(part);
}

static void test_stacks_add_up(void)
{
	static const struct svg_group groups[] = {
		{ "whole", { KNOWN(30), KNOWN(64) } },
		{ "part", { KNOWN(30), { 0 } } },
	};
	const struct svg_words words = { "Bytes", "Of calls" };
	struct drawn drawn;
	struct page page;

	page_begin(&page);
	svg_bars(&page.html, &words, &bytes_axis, true, pair, 2, groups, 2);
	read_plot(&page, &drawn);
	CHECK_INT(drawn.bar_count, 3);
	CU_ASSERT_DOUBLE_EQUAL(drawn.bars[0].x + drawn.bars[0].width, drawn.bars[1].x, 0.02);
	CU_ASSERT_DOUBLE_EQUAL(drawn.bars[1].x + drawn.bars[1].width,
			       place_by(drawn.across, drawn.across_count, false, 94), 0.2);
	CU_ASSERT_PTR_NOT_NULL(strstr(drawn.texts, "|94|"));
	CU_ASSERT_PTR_NOT_NULL(strstr(drawn.texts, "|30 + ?|"));
}

/* Between the bounds of points that follow each other; without bounds there is none. */
static void test_lines_have_bands(void)
{
	static const struct svg_point points[] = { { 0, 5, 0, 10 }, { 5, 5, 5, 10 }, POINT(10, 5) };
	static const struct svg_line line = { "rpc", points, 3 };
	const struct svg_words words = { "Calls", "By load" };
	static const struct svg_axis linear = { "n", SVG_LINEAR, 1 };
	struct page page;
	const char *band;
	double x[4], y[4];
	char end;

	page_begin(&page);
	svg_lines(&page.html, &words, &linear, &linear, &line, 1);
	fclose(page.html.file);
	band = strstr(page.text, "class=\"band\"");
	CU_ASSERT_PTR_NOT_NULL_FATAL(band);
	CHECK_INT(sscanf(strstr(band, " d=\""), " d=\"M%lf %lfL%lf %lfL%lf %lfL%lf %lf%c", &x[0],
			 &y[0], &x[1], &y[1], &x[2], &y[2], &x[3], &y[3], &end),
		  9);
	CHECK_INT(end, 'z');
	CU_ASSERT_TRUE(x[0] == x[3] && x[1] == x[2] && y[0] == y[1]);
	CU_ASSERT_DOUBLE_EQUAL(y[2], (y[0] + y[3]) / 2, 0.02);
	CU_ASSERT_PTR_NULL(strstr(band + 1, "class=\"band\""));
	free(page.text);
}

/* ---- what carries its own place ---- */

static bool is_wanted(const json_t *row, const void *context)
{
	return json_integer_value(json_object_get(row, "n")) == *(const int *)context;
}

static void test_rows_carry_their_place(void)
{
	static const struct figure n = { .key = "n", .unit = UNIT_COUNT };
	static const struct column columns[] = { { .figure = &n }, { 0 } };
	json_t *rows = json_pack("[{s:i},{s:i}]", "n", 1, "n", 2);
	const int wanted = 2;
	struct page page;

	page_begin(&page);
	html_rows(&page.html, NASTY, (struct place){ rows, "/x" }, columns, is_wanted, &wanted);
	fclose(page.html.file);
	CU_ASSERT_PTR_NOT_NULL(strstr(page.text, "<tr data-at=\"/x/1\"><th scope=\"row\""));
	CU_ASSERT_PTR_NULL(strstr(page.text, "/x/0"));
	CU_ASSERT_PTR_NULL(strstr(page.text, "<script"));
	free(page.text);
	json_decref(rows);
}

static void test_matrix(void)
{
	static const struct matrix matrix = { "caption",         "fault", &figures.cells,
					      &figures.endpoint, "below", "gone" };
	static const char *const wanted[] = {
		("\"served\" data-name=\"rpc+tcp\" "
		 "data-at=\"/f/0/cells/0\"><b>answered</b><span><data value=\"1500000\" "
		 "data-key=\"after_ns\">1.50</data>, <data value=\"1\" data-key=\"executed\">1<"),
		"\"doubt\" data-name=\"\" data-at=\"/f/0/cells/1\"><b>answered</b>",
		"\"harm\" data-name=\"\" data-at=\"/f/0/cells/2\"><b>wrong</b><span>in 4 of "
		"5</span>",
		"\"none\" data-name=\"\" data-at=\"/f/0/cells/3\"><b>&lt;b&gt;</b></td>",
		"\"doubt\" data-name=\"raw\" data-at=\"/f/1/cells/0\"><b>answered</b>",
		"\"told\" data-name=\"rpc\" data-at=\"/f/1/cells/1\"><b>refused</b>",
		"<b class=\"told\">blue</b>It has no result, and knows why. <em>refused</em>: ",
		"<li>below</li>",
	};
	json_t *cases = json_loads(
		"[{\"title\":\"<i>\",\"cells\":[{\"endpoint\":\"rpc+tcp\",\"saw\":\"answered\","
		"\"after_ns\":1500000,\"executed\":1},{\"saw\":\"answered\",\"executed\":2},"
		"{\"saw\":\"wrong\",\"runs\":5,\"agreed\":4},{\"saw\":\"<b>\"}]},"
		"{\"title\":\"retired\",\"key\":\"gone\",\"cells\":[{\"endpoint\":\"raw\","
		"\"saw\":\"answered\"},{\"endpoint\":\"rpc\",\"saw\":\"refused\"}]}]",
		0, NULL);
	struct page page;

	page_begin(&page);
	outcome_matrix_write((struct place){ cases, "/f" }, &matrix, &page.html);
	fclose(page.html.file);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!strstr(page.text, wanted[i]))
			CHECK_STR(page.text, wanted[i]);
	CU_ASSERT_PTR_NULL(strstr(page.text, "<i>"));
	free(page.text);
	json_decref(cases);
}

/* ---- the verdict follows from the figures ---- */

/* All sentences and reasons of two calls, in one text. */
static char *verdict_on(json_t *one, json_t *other)
{
	json_t *document = document_of(json_pack("[o,o]", one, other));
	char *text = json_dumps(json_object_get(document, "verdict"), 0);

	json_decref(document);
	return text;
}

static void test_verdict_follows(void)
{
	static const struct {
		int rpc[2], rpc_header[2], raw[2];
		const char *says, *says_not;
	} cases[] = {
		{ { 72, 320 }, { 64, 64 }, { 24, 248 }, "48 to 72 bytes more", "depends" },
		{ { 72, 320 }, { 64, 64 }, { 24, 248 }, "64 bytes by rpc and 16", "depends" },
		{ { 72, 320 }, { 64, 68 }, { 24, 248 }, "48 to 72 bytes more", "headers" },
		{ { 72, 320 },
		  { 64, 64 },
		  { 72, 320 },
		  "the same bytes for all 2 calls",
		  "choose" },
		{ { 72, 320 },
		  { 64, 64 },
		  { 100, 320 },
		  "no more bytes than raw",
		  "more than raw" },
		{ { 72, 320 }, { 64, 64 }, { 100, 248 }, "depends on the call", "more than raw" },
		{ { 72, 320 }, { 64, 64 }, { 100, 330 }, "\"choose\": \"rpc\"", "\"raw\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = verdict_on(call_of("null", cases[i].rpc[0], cases[i].rpc_header[0],
						cases[i].raw[0], 16),
					call_of("list", cases[i].rpc[1], cases[i].rpc_header[1],
						cases[i].raw[1], 16));

		CU_ASSERT_PTR_NOT_NULL(strstr(text, cases[i].says));
		CU_ASSERT_PTR_NULL(strstr(text, cases[i].says_not));
		free(text);
	}
}

/* What the bytes part concludes from two calls, and from asking rpcbind over tcp and udp. */
static json_t *conclusions(int rpc, int raw, int discovery)
{
	struct verdict verdict = { .sentences = json_array(), .choices = json_array() };
	json_t *part = json_pack("{s:[o,o],s:[{s:s,s:i},{s:s,s:i},{s:s,s:i}]}", "calls",
				 call_of("list", 320, 64, 248, 16),
				 call_of("null", rpc, 64, raw, 16), "endpoints", "endpoint",
				 "raw+tcp", "discovery_bytes", 0, "endpoint", "rpc+tcp",
				 "discovery_bytes", discovery, "endpoint", "rpc+udp",
				 "discovery_bytes", 2 * discovery);

	bytes_judge(part, &verdict);
	json_decref(part);
	return json_pack("{s:o,s:o}", "sentences", verdict.sentences, "choices", verdict.choices);
}

/* Every word of it: who is chosen, why, and which figure stands for what. */
static void test_verdict_on_bytes_follows(void)
{
	static const struct {
		int rpc, raw, discovery, sentences;
		const char *first, *last, *choose, *because;
	} cases[] = {
		{ 72, 24, 180, 3,
		  "On a stream rpc takes 48 to 72 bytes more than raw messages for a call and its "
		  "reply: 3.00 times as many for \"null\", 1.29 times for \"list\".",
		  "Asking rpcbind for the address takes 180 bytes over rpc+tcp, once: as much as "
		  "2.5 of the smallest calls.",
		  "raw",
		  "the smallest call and its reply take 24 bytes by raw messages and 72 by rpc" },
		{ 40, 80, 0, 2,
		  "On a stream it depends on the call which takes fewer bytes: rpc takes 0.50 "
		  "times "
		  "as many as raw messages for \"null\", and 1.29 times for \"list\".",
		  "The headers of call and reply are 64 bytes by rpc and 16 by hand, whatever the "
		  "procedure; the rest of the difference is how arguments and results are packed.",
		  "rpc",
		  "the smallest call and its reply take 80 bytes by raw messages and 40 by rpc" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *all = conclusions(cases[i].rpc, cases[i].raw, cases[i].discovery);
		const json_t *sentences = json_object_get(all, "sentences");
		const json_t *choice = json_array_get(json_object_get(all, "choices"), 0);

		CHECK_INT(json_array_size(sentences), cases[i].sentences);
		CHECK_STR(json_text(json_array_get(sentences, 0), "sentence"), cases[i].first);
		CHECK_STR(json_text(json_array_get(sentences, cases[i].sentences - 1), "sentence"),
			  cases[i].last);
		CHECK_STR(json_string_value(json_object_get(choice, "choose")), cases[i].choose);
		CHECK_STR(json_string_value(json_object_get(choice, "when")),
			  "messages are tiny and bytes are what you pay for");
		CHECK_STR(json_string_value(json_object_get(choice, "because")), cases[i].because);
		json_decref(all);
	}
}

/* Of a call over a transport: by rpc between our ends, and between libtirpc's. */
static char *verdict_on_tirpc(int ours, int own)
{
	struct verdict verdict = { .sentences = json_array(), .choices = json_array() };
	json_t *call = call_of("null", 72, 64, 24, 16);
	json_t *part = json_pack("{s:[o]}", "calls", call);
	char *text;

	json_object_update_new(json_object_get(call, "endpoints"),
			       json_pack("{s:{s:i},s:{s:i},s:{s:i},s:{}}", "tirpc+tcp", "all_bytes",
					 72, "rpc+unix", "all_bytes", ours, "tirpc+unix",
					 "all_bytes", own, "tirpc+udp"));
	bytes_judge(part, &verdict);
	json_decref(part);
	text = json_dumps(verdict.sentences, 0);
	json_decref(verdict.sentences);
	json_decref(verdict.choices);
	return text;
}

static void test_verdict_on_tirpc_follows(void)
{
	char *same = verdict_on_tirpc(72, 72), *other = verdict_on_tirpc(72, 76);

	CU_ASSERT_PTR_NOT_NULL(strstr(same, "the same bytes as rpc over our transports: 2 calls"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(other, "other bytes than rpc over our transports for 1 of 2"));
	free(same);
	free(other);
}

/* Code by a person, in lines of all kinds: of everything, of one procedure, of adding one. */
static char *verdict_on_code(int rpc, int raw, int rpc_version)
{
	struct verdict verdict = { .sentences = json_array(), .choices = json_array() };
	json_t *part = json_pack(
		"{s:[{s:s,s:s,s:{s:i,s:i}},{s:s,s:s,s:{s:i,s:i}},{s:s,s:s,s:{s:i}}],"
		"s:[{s:s,s:[{s:s,s:s,s:{s:i}},{s:s,s:s,s:{s:i}}]}],"
		"s:{s:[{s:s,s:s,s:s,s:{s:i}},{s:s,s:s,s:{s:i}},{s:s,s:s,s:{s:i}}]}}",
		"ways", "way", "rpc", "author", "person", "lines", "stubs", rpc, "transport", 999,
		"way", "raw", "author", "person", "lines", "packing", raw, "transport", 999, "way",
		"rpc", "author", "rpcgen", "lines", "packing", 999, "procedures", "procedure",
		"list", "rows", "way", "rpc", "author", "person", "lines", "all", rpc, "way", "raw",
		"author", "person", "lines", "all", raw, "adding", "rows", "way", "rpc", "what",
		"a version", "patch", "it-version.patch", "lines", "all", rpc_version, "way", "rpc",
		"what", "it", "lines", "all", rpc, "way", "raw", "what", "it", "lines", "all", raw);
	char *text;

	code_judge(part, &verdict);
	json_decref(part);
	part = json_pack("[o,o]", verdict.sentences, verdict.choices);
	text = json_dumps(part, 0);
	json_decref(part);
	return text;
}

static void test_verdict_on_code_follows(void)
{
	static const struct {
		int rpc, raw, version;
		const char *says, *says_not;
	} cases[] = {
		{ 10, 163, 60, "10 lines in all for rpc over our transports and 163 for", "more" },
		{ 10, 163, 60, "70 lines by rpc (60 of them for a version) and 163", "999" },
		{ 10, 163, 60, "\"choose\": \"rpc\"", "\"raw\"" },
		{ 10, 163, 0, "took 10 lines by rpc and 163 by hand", "of them" },
		{ 10, 163, 60,
		  "each took 10 lines by rpc, beside 60 for a new version of the program, and 163",
		  "999" },
		{ 10, 163, 0, "each took 10 lines by rpc and 163 by hand", "beside 0" },
		{ 163, 10, 60, "raw messages: more by rpc", "fewer" },
		{ 163, 10, 60, "\"choose\": \"raw\"", "\"rpc\"" },
		{ 10, 10, 60, "10 lines in all, by rpc and by raw messages alike", "choose" },
		{ 0, 163, 60, "[[", "in all" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = verdict_on_code(cases[i].rpc, cases[i].raw, cases[i].version);

		if (!strstr(text, cases[i].says))
			CHECK_STR(text, cases[i].says);
		CU_ASSERT_PTR_NULL(strstr(text, cases[i].says_not));
		free(text);
	}
}

/* A document's part on code: list by rpc and by hand, divide always 7 and 47. */
static json_t *code_of(int rpc, int raw)
{
	const char *const row = "{s:s,s:s,s:{s:i}}";
	char format[128];

	snprintf(format, sizeof(format), "{s:[{s:s,s:[%s,%s]},{s:s,s:[%s,%s]}]}", row, row, row,
		 row);
	return json_pack(format, "procedures", "procedure", "divide", "rows", "way", "rpc",
			 "author", "person", "lines", "all", 7, "way", "raw", "author", "person",
			 "lines", "all", 47, "procedure", "list", "rows", "way", "rpc", "author",
			 "person", "lines", "all", rpc, "way", "raw", "author", "person", "lines",
			 "all", raw);
}

/* Two calls over tcp on one CPU: all rounds but the last are alike. */
static json_t *time_of(double rpc, double raw, double last)
{
	json_t *part = json_loads("{\"latency\":[{\"endpoint\":\"rpc+tcp\"},"
				  "{\"endpoint\":\"raw+tcp\"}]}",
				  0, NULL);
	const double us[] = { rpc, raw };
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "latency"), i, row) {
		json_t *rounds = json_array();

		for (int round = 0; round < 7; round++)
			json_array_append_new(
				rounds, json_real((round < 6 || last < 0 ? us[i] : last) * 1e3));
		json_object_update_new(row, json_pack("{s:s,s:f,s:f,s:f,s:o}", "placement",
						      PLACEMENT_ONE_CPU, "p50_ns", us[i] * 1e3,
						      "p50_ns_low", us[i] * 1e3, "p50_ns_high",
						      us[i] * 1e3, "p50_ns_rounds", rounds));
	}
	return part;
}

/* The answer is one sentence, of what either way gains, and of nothing that is not known. */
static void test_the_answer_follows(void)
{
	static const struct {
		int rpc, raw;
		double rpc_us, raw_us, last;
		const char *answer;
	} cases[] = {
		{ 10, 161, 9, 8, -1,
		  "Choose RPC for less code (10 lines for list, not 161); choose raw messages for "
		  "less time (8.0 µs a call over tcp, not 9.0)." },
		{ 161, 10, 9, 8, -1,
		  "Choose raw messages for less code (10 lines for list, not 161) and less time "
		  "(8.0 µs a call over tcp, not 9.0)." },
		{ 10, 161, 9, 8, 8,
		  "Choose RPC for less code (10 lines for list, not 161); which is faster over tcp "
		  "is too noisy to tell (9.0 and 8.0 µs)." },
		{ 10, 161, 8.1, 8, 8,
		  "Choose RPC for less code (10 lines for list, not 161); a call over tcp takes as "
		  "long by both (8.1 and 8.0 µs)." },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *document = json_pack(
			"{s:o,s:o}", "code", code_of(cases[i].rpc, cases[i].raw), "time",
			time_of(cases[i].rpc_us, cases[i].raw_us, cases[i].last));
		json_t *verdict = conclusion_make(document);

		CHECK_STR(json_text(verdict, "answer"), cases[i].answer);
		json_decref(verdict);
		json_object_del(document, "code");
		verdict = conclusion_make(document);
		if (cases[i].last > 0)
			CU_ASSERT_PTR_NULL(json_object_get(verdict, "answer"));
		json_decref(verdict);
		json_decref(document);
	}
}

/* Of list and divide, the one that weighs more is said first. */
static void test_the_most_important_is_first(void)
{
	static const struct {
		int rpc, raw;
		const char *first;
	} cases[] = { { 10, 161, "for list alone is 10" }, { 100, 161, "for divide alone is 7" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *document = json_pack("{s:o}", "code", code_of(cases[i].rpc, cases[i].raw));
		json_t *verdict = conclusion_make(document);
		const json_t *sentences = json_object_get(verdict, "sentences");

		CHECK_INT(json_array_size(sentences), 2);
		CU_ASSERT_PTR_NOT_NULL(strstr(json_text(json_array_get(sentences, 0), "sentence"),
					      cases[i].first));
		json_decref(verdict);
		json_decref(document);
	}
}

static void test_verdict_leaves_out_what_is_missing(void)
{
	json_t *document = json_pack("{s:{s:[{s:s}]}}", "bytes", "calls", "call", "null");
	json_t *verdict = conclusion_make(document);

	CHECK_INT(json_array_size(json_object_get(verdict, "sentences")), 0);
	CHECK_INT(json_array_size(json_object_get(verdict, "choices")), 0);
	json_decref(verdict);
	json_decref(document);
}

static const struct test tests[] = {
	{ "text is escaped", test_escaping },
	{ "the page embeds its document", test_page_embeds_its_document },
	{ "tables equal the document", test_tables_equal_the_document },
	{ "figures for people", test_figures },
	{ "a table on a terminal", test_grid },
	{ "points are where the data say", test_points_are_where_the_data_say },
	{ "percentiles stand equally apart", test_percentiles_stand_equally_apart },
	{ "percentiles have three ticks", test_percentiles_have_three_ticks },
	{ "bars begin at zero", test_bars_begin_at_zero },
	{ "bars round as tables do", test_bars_round_as_tables_do },
	{ "what is missing is not zero", test_what_is_missing_is_not_zero },
	{ "stacks add up", test_stacks_add_up },
	{ "lines have bands", test_lines_have_bands },
	{ "rows carry their place", test_rows_carry_their_place },
	{ "a matrix of what was seen", test_matrix },
	{ "commands on a terminal", test_commands },
	{ "what could not be counted", test_not_counted },
	{ "a foreign file stays", test_a_foreign_file_stays },
	{ "the verdict follows from the figures", test_verdict_follows },
	{ "the verdict on bytes follows", test_verdict_on_bytes_follows },
	{ "the verdict on libtirpc's bytes follows", test_verdict_on_tirpc_follows },
	{ "the verdict on code follows", test_verdict_on_code_follows },
	{ "the answer follows", test_the_answer_follows },
	{ "the most important is first", test_the_most_important_is_first },
	{ "the verdict leaves out what is missing", test_verdict_leaves_out_what_is_missing },
	{ 0 },
};

int main(void)
{
	return harness_run("report", tests);
}
