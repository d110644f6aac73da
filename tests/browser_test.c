/* The report in a real browser: one of what was just counted, and a whole one with odd things in
 * it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare/failures/daemons.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define NASTY "<script>&\"'<b>"
#define LONG  "a name that goes on for longer than there is room in any plot or table"
#define UNBROKEN                                                                                   \
	"/a/path/without/any/blank/at/which/a/line/could/be/broken/by/whoever/has/to/show/it"
#define BROWSER_TIME 480 /* seconds; it starts one several times */

static char work[64], sources[512];

static void begin(void)
{
	snprintf(work, sizeof(work), "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(work));
	CHECK_INT(chdir(work), 0);
}

static void end(void)
{
	CHECK_INT(chdir("/"), 0);
	remove_tree(work);
}

/* "sidecall compare --report report.html WORDS"; the words end with NULL, or are four. */
static void make_report(const char *const words[4])
{
	const char *argv[] = { program_path("sidecall"),
			       "compare",
			       "--report",
			       "report.html",
			       words[0],
			       words[1],
			       words[2],
			       words[3],
			       NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, 0);
	if (outcome.status != 0)
		printf("%s", outcome.error);
	outcome_release(&outcome);
}

static void look_at_report(void)
{
	char script[600];
	const char *argv[] = { "/bin/bash", script, "report.html", NULL };
	struct outcome outcome;

	if (HARNESS_SLOWNESS > 1) { /* the report was written, and that is what it can watch */
		harness_skip("a browser shows the same without a sanitizer");
		return;
	}
	snprintf(script, sizeof(script), "%s/tests/browser", sources);
	outcome = process_run_within(argv, NULL, BROWSER_TIME);
	if (outcome.status == 77)
		harness_skip("there is no chromium");
	else
		CHECK_INT(outcome.status, 0);
	if (outcome.status != 77)
		printf("%s%s", outcome.out, outcome.status ? outcome.error : "");
	outcome_release(&outcome);
}

/* ---- what was just counted ---- */

static void test_a_report_of_now(void)
{
	FILE *file;

	begin();
	mkdir("root", 0700);
	file = fopen("root/" NASTY ".txt", "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fclose(file);
	make_report((const char *const[4]){ "--only", "bytes", "--root", "root" });
	look_at_report();
	end();
}

/* ---- a whole one ---- */

/* The n-th object of the array whose "endpoint" is that. */
static json_t *row_of(json_t *document, const char *part, const char *array, const char *endpoint,
		      int n)
{
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(document, part), array), i, row) {
		const char *name = json_string_value(json_object_get(row, "endpoint"));

		if (name && strcmp(name, endpoint) == 0 && n-- == 0)
			return row;
	}
	CU_FAIL("the document has no such row");
	return NULL;
}

/* In each kind of plot, and in the table beside it, one figure is not known. */
static void leave_out(json_t *document)
{
	static const struct {
		const char *part, *array, *endpoint;
		int n;
		const char *key;
	} missing[] = {
		{ "bytes", "endpoints", "rpc+udp", 0, "framing_bytes" },
		{ "time", "latency", "raw+tcp", 0, "p50_ns" },
		{ "time", "throughput", "rpc+tcp", 1, "per_second" },
		{ "time", "throughput", "raw+tcp", 5, "per_second" },
		{ "time", "payload", "rpc+unix", 2, "p50_ns" },
	};
	json_t *row;

	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
		row = row_of(document, missing[i].part, missing[i].array, missing[i].endpoint,
			     missing[i].n);
		CHECK_INT(json_object_del(row, missing[i].key), 0);
	}
	row = row_of(document, "time", "percentiles", "raw+shm", 0);
	CHECK_INT(json_array_remove(json_object_get(row, "points"), 3), 0);
}

static json_t *first_of(json_t *document, const char *part, const char *array)
{
	return json_array_get(json_object_get(json_object_get(document, part), array), 0);
}

static void set(json_t *object, const char *key, const char *text)
{
	CHECK_INT(json_object_set_new(object, key, json_string(text)), 0);
}

/* Names that are markup, or long, or both. */
static void rename_some(json_t *document)
{
	json_t *fault = first_of(document, "failures", "faults"), *row;

	set(json_object_get(document, "machine"), "cpu", NASTY UNBROKEN);
	set(first_of(document, "code", "ways"), "way", NASTY LONG);
	set(first_of(document, "bytes", "endpoints"), "endpoint", LONG NASTY);
	set(json_array_get(json_object_get(fault, "cells"), 0), "said", NASTY UNBROKEN UNBROKEN);
	set(first_of(document, "evolution", "changes"), "title", NASTY LONG);
	for (int i = 0; i < 4; i++) {
		row = row_of(document, "time", "payload", "raw+unix", 0);
		set(row, "endpoint", "raw+" NASTY);
	}
}

/* One round of a call takes a hundred times as long as the others. */
static void add_stray(json_t *document)
{
	json_t *row = row_of(document, "time", "latency", "rpc+udp", 1);
	double most = 100 * json_number_value(json_object_get(row, "p50_ns"));

	CHECK_INT(json_array_set_new(json_object_get(row, "p50_ns_rounds"), 0, json_real(most)), 0);
	CHECK_INT(json_object_set_new(row, "p50_ns_high", json_real(most)), 0);
}

static void test_a_whole_report(void)
{
	char path[600];
	json_t *document;

	begin();
	snprintf(path, sizeof(path), "%s/tests/whole.json", sources);
	document = json_load_file(path, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(document);
	json_object_set_new(json_object_get(document, "failures"), "daemons",
			    daemons_read(daemons_tsv));
	leave_out(document);
	rename_some(document);
	add_stray(document);
	CHECK_INT(json_dump_file(document, "whole.json", 0), 0);
	json_decref(document);
	make_report((const char *const[4]){ "--from", "whole.json" });
	look_at_report();
	end();
}

static const struct test tests[] = {
	{ "a report of now", test_a_report_of_now },
	{ "a whole report with odd things in it", test_a_whole_report },
	{ 0 },
};

int main(void)
{
	/* The tests change directory: what is found from the first one has to be found from all. */
	if (!program_use_built() || !getcwd(sources, sizeof(sources)))
		return EXIT_FAILURE;
	return harness_run("browser", tests);
}
