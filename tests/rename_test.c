/* Paths that the kernel cannot tell for a moment, because something else is being renamed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/service/fileinfo.h"
#include "tests/harness.h"
#include "tests/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FEW          20   /* renames that a call outlasts */
#define MANY         1000 /* attempts that nobody has the time for */

/* ---- the kernel ---- */

/* The next opens that fail, and how; and how many there were. */
static int failing, failing_with, attempts;

/* In the place of the C library's, which the service asks for openat2(). */
long syscall(long number, ...)
{
	const struct open_how *how;
	const char *path;
	va_list arguments;
	int directory;

	va_start(arguments, number);
	directory = va_arg(arguments, int);
	path = va_arg(arguments, const char *);
	how = va_arg(arguments, const struct open_how *);
	va_end(arguments);
	if (number != SYS_openat2) {
		errno = ENOSYS;
		return -1;
	}
	/* Whoever wants an answer from memory alone may be told that there is none. */
	attempts += !(how->resolve & RESOLVE_CACHED);
	if (failing > 0) {
		failing -= !(how->resolve & RESOLVE_CACHED);
		errno = failing_with;
		return -1;
	}
	return openat(directory, path, (int)how->flags);
}

/* ---- the service ---- */

struct fixture {
	char directory[32];
	struct root root;
};

static void begin(struct fixture *fixture)
{
	char path[64];

	failing = attempts = 0;
	strcpy(fixture->directory, "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_FATAL(harness_directory(fixture->directory) != NULL);
	snprintf(path, sizeof(path), "%s/file", fixture->directory);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CHECK_INT(root_open(&fixture->root, fixture->directory), 0);
}

static void end(struct fixture *fixture)
{
	failing = 0;
	root_close(&fixture->root);
	remove_tree(fixture->directory);
}

static fileinfo_status stat_while(const struct fixture *fixture, int times, int error)
{
	fileinfo_stat_result result;

	failing = times;
	failing_with = error;
	attempts = 0;
	root_stat(&fixture->root, "file", &result);
	return result.status;
}

static void test_outlasts(void)
{
	static const int errors[] = { EAGAIN, EINTR };
	struct fixture fixture;

	begin(&fixture);
	for (size_t i = 0; i < COUNT(errors); i++)
		for (int times = 0; times <= FEW; times++) {
			CHECK_INT(stat_while(&fixture, times, errors[i]), FILEINFO_OK);
			CHECK_INT(attempts, times + 1);
		}
	end(&fixture);
}

/* Somebody who renames without end stalls nobody. */
static void test_gives_up(void)
{
	struct fixture fixture;

	begin(&fixture);
	CHECK_INT(stat_while(&fixture, MANY, EAGAIN), FILEINFO_SERVERFAULT);
	CU_ASSERT(attempts > FEW && attempts < MANY);
	end(&fixture);
}

/* Any other error is an answer. */
static void test_other_errors(void)
{
	static const struct {
		int error;
		fileinfo_status status;
	} cases[] = {
		{ ENOENT, FILEINFO_NOENT },  { EACCES, FILEINFO_ACCES },
		{ EXDEV, FILEINFO_OUTSIDE }, { ELOOP, FILEINFO_LOOP },
		{ EIO, FILEINFO_IO },        { ENFILE, FILEINFO_SERVERFAULT },
	};
	struct fixture fixture;

	begin(&fixture);
	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK_INT(stat_while(&fixture, 1, cases[i].error), cases[i].status);
		CHECK_INT(attempts, 1);
	}
	end(&fixture);
}

static const struct test tests[] = {
	{ "renames that a call outlasts", test_outlasts },
	{ "renames without end", test_gives_up },
	{ "other errors", test_other_errors },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("rename", tests);
}
