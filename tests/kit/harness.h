/* What every test program shares: one table of tests, one closing line, exit status. */
#ifndef SIDECALL_TESTS_KIT_HARNESS_H
#define SIDECALL_TESTS_KIT_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <CUnit/CUnit.h>

/* How many times slower and larger a program with a sanitizer may be than one without. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define HARNESS_SLOWNESS 8
#else
#define HARNESS_SLOWNESS 1
#endif

/*
 * Seconds that what has to happen some time is waited for.  No verdict depends on how fast this
 * machine is: this is far more than it ever takes, and what never happens is found all the same.
 */
#define HARNESS_PATIENCE 60

/* Looks until the condition holds, or until patience is at its end. */
#define AWAIT(condition)                                                                           \
	for (int64_t end_ = harness_await(0); !(condition) && harness_await(end_) > 0;)            \
	(void)0

struct test {
	const char *name;
	void (*run)(void);
};

/*
 * Runs the tests (the table ends with a row of zeroes) and prints, as its last line,
 * "N passed, N failed, N skipped", counting tests.  Returns the exit status: 0, or 1 when one
 * failed or none ran.  Those that $LEFT_OUT names, "SUITE: TEST: REASON" on a line each, are
 * skipped.
 */
int harness_run(const char *suite, const struct test *tests);

/* mkdtemp(), for a directory that goes with all in it when this process is told to end by SIGINT,
 * SIGTERM or SIGHUP; otherwise whoever made it removes it.  NULL and errno. */
char *harness_directory(char *template);

/* Called in a test: counts it as skipped instead of passed, and says why. */
void harness_skip(const char *why);

/* For AWAIT: when a wait ends that begins now (0); or a moment later, 0 when it has ended. */
int64_t harness_await(int64_t end);

/* The bytes of a text in hexadecimal, with blanks between them or without.  How many. */
size_t bytes_from_hex(uint8_t *bytes, const char *hex);

/* CU_ASSERT_EQUAL for integers and for strings that says what it got. */
#define CHECK_INT(actual, expected)                                                                \
	harness_check_int(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(expected))
#define CHECK_STR(actual, expected)                                                                \
	harness_check_str(__FILE__, __LINE__, #actual, (actual), (expected))
/* CU_ASSERT that says what a format, and what follows it, say. */
#define CHECK_THAT(ok, ...) harness_check_that(__FILE__, __LINE__, (ok), __VA_ARGS__)
/* The same as CHECK_INT for a run of bytes. */
#define CHECK_BYTES(actual, expected, length)                                                      \
	harness_check_bytes(__FILE__, __LINE__, #actual, (actual), (expected), (length))

void harness_check_int(const char *file, int line, const char *what, long long actual,
		       long long expected);
void harness_check_str(const char *file, int line, const char *what, const char *actual,
		       const char *expected);
void harness_check_that(const char *file, int line, bool ok, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void harness_check_bytes(const char *file, int line, const char *what, const void *actual,
			 const void *expected, size_t length);

#endif
