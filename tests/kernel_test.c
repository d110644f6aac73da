/* What the kernel seldom answers: that it cannot tell for a moment, because something else is being
 * renamed; and names that are longer than the contract has room for. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/service/fileinfo.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

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

/* A link's target, in the place of what it is; 0: it is read. */
static size_t target_length;

ssize_t readlinkat(int directory, const char *path, char *bytes, size_t room)
{
	size_t length = target_length < room ? target_length : room;

	(void)directory;
	(void)path;
	memset(bytes, 't', length);
	return (ssize_t)length;
}

/* The lengths of the names in a directory, in the order of its entries; it ends with 0. */
static const size_t *name_lengths;

/* A directory whose every entry is "." and that has no end, as it seems; and a caller who does not
 * wait for it any more when it was read twice. */
static bool endless;
static int reads;
static bool cancelled;

static ssize_t read_endless(struct dirent64 *record)
{
	*record = (struct dirent64){ .d_off = 1, .d_reclen = sizeof(*record), .d_name = "." };
	cancelled = ++reads >= 2;
	return reads < MANY ? (ssize_t)sizeof(*record) : 0;
}

ssize_t getdents64(int directory, void *records, size_t room)
{
	size_t at = 0;

	(void)directory;
	if (endless)
		return read_endless(records);
	for (off_t position = 1; *name_lengths; name_lengths++, position++) {
		struct dirent64 *record = (void *)((char *)records + at);
		size_t length = (offsetof(struct dirent64, d_name) + *name_lengths + 8) &
				~(size_t)7;

		if (at + length > room)
			break;
		*record = (struct dirent64){ .d_off = position,
					     .d_reclen = (unsigned short)length,
					     .d_type = DT_REG };
		/* A longer name than d_name has room for is what the kernel never says. */
		memset((char *)record + offsetof(struct dirent64, d_name), 'n', *name_lengths);
		((char *)record)[offsetof(struct dirent64, d_name) + *name_lengths] = '\0';
		at += length;
	}
	return (ssize_t)at;
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
	fixture->root.looks_in_memory = false; /* what is there is not to be seen at once */
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

/* EPERM is the error whose number is next to those of descriptors. */
static void test_every_procedure(void)
{
	fileinfo_list_args args = { (char *)"", 0, 65536 };
	struct fixture fixture;
	union {
		fileinfo_stat_result stat;
		fileinfo_list_result list;
		fileinfo_link_result link;
		fileinfo_digest_result digest;
		fileinfo_space_result space;
	} result;

	begin(&fixture);
	failing = MANY;
	failing_with = EPERM;
	root_stat(&fixture.root, "file", &result.stat);
	CHECK_INT(result.stat.status, FILEINFO_PERM);
	root_list(&fixture.root, &args, &result.list);
	CHECK_INT(result.list.status, FILEINFO_PERM);
	root_readlink(&fixture.root, "file", &result.link);
	CHECK_INT(result.link.status, FILEINFO_PERM);
	root_digest(&fixture.root, "file", &result.digest);
	CHECK_INT(result.digest.status, FILEINFO_PERM);
	root_space(&fixture.root, "file", &result.space);
	CHECK_INT(result.space.status, FILEINFO_PERM);
	end(&fixture);
}

/* ---- names that are too long ---- */

static void test_long_targets(void)
{
	fileinfo_link_result result;
	struct fixture fixture;
	char path[64];

	begin(&fixture);
	snprintf(path, sizeof(path), "%s/link", fixture.directory);
	CHECK_INT(symlink("file", path), 0);
	for (size_t more = 0; more < 2; more++) {
		target_length = FILEINFO_MAX_PATH + more;
		root_readlink(&fixture.root, "link", &result);
		CHECK_INT(result.status, more ? FILEINFO_NAMETOOLONG : FILEINFO_OK);
		if (result.status == FILEINFO_OK)
			CHECK_INT(strlen(result.fileinfo_link_result_u.target), FILEINFO_MAX_PATH);
		fileinfo_link_release(&result);
	}
	end(&fixture);
}

/* They are left out, and cost nobody his page. */
static void test_long_names(void)
{
	static const size_t lengths[] = { 3, FILEINFO_MAX_NAME, FILEINFO_MAX_NAME + 1, 1000, 5, 0 };
	static const size_t listed[] = { 3, FILEINFO_MAX_NAME, 5 };
	fileinfo_list_args args = { (char *)"", 0, 65536 };
	const fileinfo_page *page;
	fileinfo_list_result result;
	struct fixture fixture;

	begin(&fixture);
	name_lengths = lengths;
	root_list(&fixture.root, &args, &result);
	CHECK_INT(result.status, FILEINFO_OK);
	page = &result.fileinfo_list_result_u.page;
	CHECK_INT(page->entries.entries_len, COUNT(listed));
	for (size_t i = 0; i < COUNT(listed) && i < page->entries.entries_len; i++)
		CHECK_INT(strlen(page->entries.entries_val[i].name), listed[i]);
	CHECK_INT(page->end, TRUE);
	fileinfo_list_release(&result);
	end(&fixture);
}

/* ---- callers who do not wait ---- */

static bool let_wait(struct root_gate *gate, dev_t device, const char *path)
{
	(void)gate, (void)device, (void)path;
	return true;
}

static void go_on(struct root_gate *gate)
{
	(void)gate;
}

static bool is_cancelled(struct root_gate *gate)
{
	(void)gate;
	return cancelled;
}

static void test_cancelled(void)
{
	struct root_gate gate = { let_wait, go_on, is_cancelled };
	fileinfo_list_args args = { (char *)"", 0, 65536 };
	fileinfo_digest_result digest;
	fileinfo_list_result list;
	struct fixture fixture;

	begin(&fixture);
	fixture.root.gate = &gate;
	root_digest(&fixture.root, "file", &digest);
	CHECK_INT(digest.status, FILEINFO_OK);
	endless = true;
	root_list(&fixture.root, &args, &list);
	endless = false;
	CHECK_INT(list.status, FILEINFO_SERVERFAULT);
	CHECK_INT(reads, 2);
	fileinfo_list_release(&list);
	root_digest(&fixture.root, "file", &digest);
	CHECK_INT(digest.status, FILEINFO_SERVERFAULT);
	end(&fixture);
}

static const struct test tests[] = {
	{ "renames that a call outlasts", test_outlasts },
	{ "renames without end", test_gives_up },
	{ "other errors", test_other_errors },
	{ "not permitted", test_every_procedure },
	{ "targets that are too long", test_long_targets },
	{ "names that are too long", test_long_names },
	{ "callers who do not wait", test_cancelled },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("kernel", tests);
}
