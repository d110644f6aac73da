/* The lessons: what a reader types prints what the page says (tests/lessons/run), and a page that
 * says something else is found. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define MOST_PAGES 16

/* A page that is being read. */
struct reading {
	pid_t pid;
	int out, error;
};

static struct reading read_begin(const char *page)
{
	const char *const argv[] = { "tests/lessons/run", page, NULL };
	struct reading reading;
	int in;

	reading.pid = process_start(argv, &in, &reading.out, &reading.error);
	close(in);
	return reading;
}

static struct outcome read_end(struct reading reading)
{
	return process_end(reading.pid, reading.out, reading.error);
}

static struct outcome read_page(const char *page)
{
	return read_end(read_begin(page));
}

/* ---- what the pages say ---- */

static glob_t pages;
/* Of each, at the same time: they mostly wait.  Without a pid: it cannot be read here. */
static struct reading readings[MOST_PAGES];
static size_t next_page; /* the table has a row for each, in their order */

/* `sidecall run` brings our library, and a sanitizer with it, into the reader's own program. */
static bool has_run(const char *page)
{
	const char *const argv[] = { "/bin/grep", "-q", "^\\$ sidecall run ", page, NULL };
	struct outcome outcome = process_run(argv, NULL);
	const bool found = outcome.status == 0;

	outcome_release(&outcome);
	return found;
}

static void test_page(void)
{
	const char *page = pages.gl_pathv[next_page];
	const struct reading reading = readings[next_page++];
	struct outcome outcome;
	static char why[256];

	if (reading.pid == 0) {
		harness_skip("sidecall run: a sanitizer's library has to be loaded first");
		return;
	}
	outcome = read_end(reading);
	if (outcome.status == 77) {
		snprintf(why, sizeof(why), "%s", outcome.out);
		why[strcspn(why, "\n")] = '\0';
		harness_skip(why);
	} else {
		CHECK_THAT(outcome.status == 0, "%s: status %d:\n%s%s", page, outcome.status,
			   outcome.out, outcome.error);
	}
	outcome_release(&outcome);
}

/* Each is in the list of lessons. */
static void test_listed(void)
{
	const char *const argv[] = { "/bin/cat", "docs/lessons/README.md", NULL };
	struct outcome list = process_run(argv, NULL);

	for (size_t i = 0; i < pages.gl_pathc; i++) {
		char link[256];

		snprintf(link, sizeof(link), "(%s)", strrchr(pages.gl_pathv[i], '/') + 1);
		CHECK_THAT(strstr(list.out, link) != NULL, "docs/lessons/README.md lacks %s", link);
	}
	outcome_release(&list);
}

/* ---- pages that are not true ---- */

/* The difference is what the page has too little or says otherwise, and no more. */
static void test_differences(void)
{
	static const char *const differences[] = {
		"-42\n+43\n",
		"+behind the others\n",
		"-127.0.0.1:PORT1 127.0.0.1:PORT1\n+127.0.0.1:PORT1 127.0.0.1:PORT2\n",
	};
	struct outcome outcome = read_page("tests/lessons/untrue.md");
	size_t lines = 0;

	if (outcome.status == 77) {
		harness_skip("no sandbox");
	} else {
		CHECK_INT(outcome.status, 1);
		for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++)
			CHECK_THAT(strstr(outcome.out, differences[i]) != NULL, "%s is not in:\n%s",
				   differences[i], outcome.out);
		for (const char *at = outcome.out; (at = strpbrk(at, "\n")); at++)
			lines += at[1] == '+' || at[1] == '-';
		CHECK_INT(lines, 1 + 5); /* one of the heading's two has no line before it */
	}
	outcome_release(&outcome);
}

static void test_missing(void)
{
	struct outcome outcome = read_page("tests/lessons/needing.md");

	CHECK_INT(outcome.status, 77);
	CHECK_STR(outcome.out, "tests/lessons/needing.md: no-such-program is not installed\n");
	outcome_release(&outcome);
}

int main(void)
{
	static struct test tests[MOST_PAGES + 4] = {
		{ "the list has each", test_listed },
		{ "untrue pages are found", test_differences },
		{ "what is missing is named", test_missing },
	};
	int status;

	if (!program_use_built() || glob("docs/lessons/[0-9]*.md", 0, NULL, &pages) != 0)
		return EXIT_FAILURE;
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* it cannot look within a sandbox */
	for (size_t i = 0; i < pages.gl_pathc && i < MOST_PAGES; i++) {
		tests[3 + i] = (struct test){ pages.gl_pathv[i], test_page };
		if (HARNESS_SLOWNESS == 1 || !has_run(pages.gl_pathv[i]))
			readings[i] = read_begin(pages.gl_pathv[i]);
	}
	status = harness_run("lessons", tests);
	globfree(&pages);
	return status;
}
