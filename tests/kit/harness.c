/* Runs a program's table of tests under CUnit and counts what passed, failed and was skipped. */
#include "tests/kit/harness.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <CUnit/Automated.h>
#include <CUnit/TestRun.h>

#define BEFORE_DIRECTORIES 4
#define MOST_DIRECTORIES   1024

/* CUnit calls back without a context. */
static unsigned int passed, failed, skipped;
static const char *skip_reason;
static struct timespec began;

void harness_skip(const char *why)
{
	skip_reason = why;
}

int64_t harness_await(int64_t end)
{
	struct timespec now;
	int64_t milliseconds;

	if (end)
		poll(NULL, 0, 2);
	clock_gettime(CLOCK_MONOTONIC, &now);
	milliseconds = now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
	if (!end)
		return milliseconds + HARNESS_PATIENCE * INT64_C(1000);
	return milliseconds < end ? end : 0;
}

/* ---- directories ---- */

/* The words of a program, so that a handler has nothing to do but to become it. */
static const char *removal[BEFORE_DIRECTORIES + MOST_DIRECTORIES + 1] = {
	"sh", "-c", "rm -rf -- \"$@\"; exit 130", "sh"
};
static char names[MOST_DIRECTORIES][64];
static int directories;
static pid_t owner;

static void on_end(int number)
{
	if (getpid() == owner)
		execv("/bin/sh", (char *const *)removal);
	signal(number, SIG_DFL);
	raise(number);
}

/* Whoever ignores a signal goes on doing so. */
static void remove_when_told_to_end(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	const struct sigaction end = { .sa_handler = on_end };
	struct sigaction now;

	owner = getpid();
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
			sigaction(signals[i], &end, NULL);
}

char *harness_directory(char *template)
{
	if (!mkdtemp(template))
		return NULL;
	if (!directories)
		remove_when_told_to_end();
	if (getpid() == owner && directories < MOST_DIRECTORIES) {
		snprintf(names[directories], sizeof(names[0]), "%s", template);
		removal[BEFORE_DIRECTORIES + directories] = names[directories];
		directories++;
	}
	return template;
}

/* ---- tests ---- */

static void on_start(const CU_pTest test, const CU_pSuite suite)
{
	(void)test;
	(void)suite;
	skip_reason = NULL;
	clock_gettime(CLOCK_MONOTONIC, &began);
}

/* With V=1 in the environment. */
static void print_time(const char *name)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (getenv("V"))
		printf("%7.2f s  %s\n",
		       (double)(now.tv_sec - began.tv_sec) +
			       (double)(now.tv_nsec - began.tv_nsec) / 1e9,
		       name);
}

static void on_complete(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failure)
{
	print_time(test->pName);
	if (failure) {
		failed++;
		printf("FAIL  %s: %s\n", suite->pName, test->pName);
		for (CU_pFailureRecord f = failure; f; f = f->pNext)
			printf("      %s:%u: %s\n", f->strFileName, f->uiLineNumber,
			       f->strCondition);
	} else if (skip_reason) {
		skipped++;
		printf("skip  %s: %s (%s)\n", suite->pName, test->pName, skip_reason);
	} else {
		passed++;
	}
	fflush(stdout);
}

/* Whether a line of $LEFT_OUT, "SUITE: TEST: REASON", says that a test is not to be run here; then
 * it counts as skipped. */
static bool is_left_out(const char *suite, const char *name)
{
	const char *line = getenv("LEFT_OUT");
	char start[256];
	size_t length = (size_t)snprintf(start, sizeof(start), "%s: %s: ", suite, name);

	while (line && strncmp(line, start, length) != 0)
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
	if (!line)
		return false;
	skipped++;
	printf("skip  %.*s\n", (int)strcspn(line, "\n"), line);
	return true;
}

int harness_run(const char *suite, const struct test *tests)
{
	CU_pSuite s;

	unsetenv("SIDECALL_VIA"); /* of whoever runs the tests */
	if (CU_initialize_registry() != CUE_SUCCESS || !(s = CU_add_suite(suite, NULL, NULL)))
		return EXIT_FAILURE;
	for (const struct test *t = tests; t->name; t++)
		if (!is_left_out(suite, t->name) && !CU_add_test(s, t->name, t->run))
			return EXIT_FAILURE;
	CU_set_test_start_handler(on_start);
	CU_set_test_complete_handler(on_complete);
	CU_run_all_tests();
	CU_cleanup_registry();
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	fflush(stdout);
	return failed || passed + skipped == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void check(bool ok, const char *file, int line, const char *text)
{
	CU_assertImplementation(ok, (unsigned int)line, text, file, "", CU_FALSE);
}

void harness_check_int(const char *file, int line, const char *what, long long actual,
		       long long expected)
{
	char text[256];

	snprintf(text, sizeof(text), "%s is %lld, not %lld", what, actual, expected);
	check(actual == expected, file, line, text);
}

void harness_check_str(const char *file, int line, const char *what, const char *actual,
		       const char *expected)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s is \"%s\", not \"%s\"", what, actual ? actual : "(null)",
		 expected);
	check(actual && strcmp(actual, expected) == 0, file, line, text);
}

void harness_check_that(const char *file, int line, bool ok, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	check(ok, file, line, text);
}

void harness_check_bytes(const char *file, int line, const char *what, const void *actual,
			 const void *expected, size_t length)
{
	const unsigned char *a = actual, *e = expected;
	char text[256];
	size_t i = 0;

	while (i < length && a[i] == e[i])
		i++;
	snprintf(text, sizeof(text), "%s differs at byte %zu: %02x, not %02x", what, i,
		 i < length ? a[i] : 0U, i < length ? e[i] : 0U);
	check(i == length, file, line, text);
}

size_t bytes_from_hex(uint8_t *bytes, const char *hex)
{
	size_t length = 0;
	unsigned int byte;

	for (; sscanf(hex, " %2x", &byte) == 1; hex += strspn(hex, " ") + 2)
		bytes[length++] = (uint8_t)byte;
	return length;
}
