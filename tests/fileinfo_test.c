/* The file-information service, called without any protocol, on trees made for each test. */
#include "server/service/fileinfo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kit/harness.h"

#define NOBODY        65534
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* A result that was not cleared by the procedure shows. */
#define POISON(result) memset((result), 0xa5, sizeof(*(result)))

/* A directory of the test's own: the root that is served, open for making things in it. */
struct tree {
	char path[64];
	int fd;
	struct root root;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void tree_make(struct tree *tree)
{
	const char *base = getenv("TMPDIR");

	snprintf(tree->path, sizeof(tree->path), "%.40s/fileinfo-XXXXXX", base ? base : "/tmp");
	if (!harness_directory(tree->path) || chmod(tree->path, 0755) < 0)
		CU_FAIL_FATAL("no directory for the test");
	tree->fd = open(tree->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(root_open(&tree->root, tree->path), 0);
}

static void tree_remove(struct tree *tree)
{
	root_close(&tree->root);
	close(tree->fd);
	CHECK_INT(nftw(tree->path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void make_file(const struct tree *tree, const char *name, const char *content)
{
	int fd = openat(tree->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	CU_ASSERT_FATAL(fd >= 0);
	CHECK_INT(write(fd, content, strlen(content)), strlen(content));
	close(fd);
}

static void make_directory(const struct tree *tree, const char *name)
{
	CHECK_INT(mkdirat(tree->fd, name, 0755), 0);
}

static void make_link(const struct tree *tree, const char *target, const char *name)
{
	CHECK_INT(symlinkat(target, tree->fd, name), 0);
}

/* The five procedures, reduced to what they say of a path. */

static fileinfo_status stat_status(const struct root *root, const char *path)
{
	fileinfo_stat_result result;

	POISON(&result);
	root_stat(root, path, &result);
	return result.status;
}

static fileinfo_status list_status(const struct root *root, const char *path)
{
	fileinfo_list_args args = { .directory = (char *)path, .cookie = 0, .max_bytes = 65536 };
	fileinfo_list_result result;
	fileinfo_status status;

	POISON(&result);
	root_list(root, &args, &result);
	status = result.status;
	fileinfo_list_release(&result);
	return status;
}

static fileinfo_status readlink_status(const struct root *root, const char *path)
{
	fileinfo_link_result result;
	fileinfo_status status;

	POISON(&result);
	root_readlink(root, path, &result);
	status = result.status;
	fileinfo_link_release(&result);
	return status;
}

static fileinfo_status digest_status(const struct root *root, const char *path)
{
	fileinfo_digest_result result;

	POISON(&result);
	root_digest(root, path, &result);
	return result.status;
}

static fileinfo_status space_status(const struct root *root, const char *path)
{
	fileinfo_space_result result;

	POISON(&result);
	root_space(root, path, &result);
	return result.status;
}

struct expectation {
	const char *path;
	fileinfo_status stat, list, readlink, digest, space;
};

/* One assertion a procedure, whose message names the path. */
static void check_status(const char *procedure, const char *path, fileinfo_status actual,
			 fileinfo_status expected)
{
	char what[128];

	snprintf(what, sizeof(what), "%s of \"%.80s\"", procedure, path);
	harness_check_int(__FILE__, __LINE__, what, actual, expected);
}

static void check_expectations(const struct root *root, const struct expectation *expected,
			       size_t count)
{
	for (const struct expectation *e = expected; e < expected + count; e++) {
		check_status("stat", e->path, stat_status(root, e->path), e->stat);
		check_status("list", e->path, list_status(root, e->path), e->list);
		check_status("readlink", e->path, readlink_status(root, e->path), e->readlink);
		check_status("digest", e->path, digest_status(root, e->path), e->digest);
		check_status("space", e->path, space_status(root, e->path), e->space);
	}
}

#define OK      FILEINFO_OK
#define NOENT   FILEINFO_NOENT
#define NOTDIR  FILEINFO_NOTDIR
#define ISDIR   FILEINFO_ISDIR
#define INVAL   FILEINFO_INVAL
#define LOOP    FILEINFO_LOOP
#define OUTSIDE FILEINFO_OUTSIDE
#define LONG    FILEINFO_NAMETOOLONG

static void test_paths_stay_below_the_root(void)
{
	static const struct expectation expected[] = {
		/* path                stat     list     readlink digest   space */
		{ "", OK, OK, INVAL, ISDIR, OK },
		{ "/", OK, OK, INVAL, ISDIR, OK },
		{ "///", OK, OK, INVAL, ISDIR, OK },
		{ ".", OK, OK, INVAL, ISDIR, OK },
		{ "d", OK, OK, INVAL, ISDIR, OK },
		{ "/d/", OK, OK, INVAL, ISDIR, OK },
		{ "//d//f", OK, NOTDIR, INVAL, OK, OK },
		{ "d/f/", NOTDIR, NOTDIR, NOTDIR, NOTDIR, NOTDIR },
		{ "d/f/x", NOTDIR, NOTDIR, NOTDIR, NOTDIR, NOTDIR },
		{ "d/../d/./f", OK, NOTDIR, INVAL, OK, OK },
		{ "none", NOENT, NOENT, NOENT, NOENT, NOENT },
		{ "none/f", NOENT, NOENT, NOENT, NOENT, NOENT },
		{ "..", OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE },
		{ "/..", OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE },
		{ "../", OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE },
		{ "d/../..", OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE },
		{ "d/../../etc/passwd", OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE },
	};
	struct tree tree;

	tree_make(&tree);
	make_directory(&tree, "d");
	make_file(&tree, "d/f", "abc");
	check_expectations(&tree.root, expected, LENGTH(expected));
	tree_remove(&tree);
}

static void test_links_are_followed_below_the_root(void)
{
	static const struct expectation expected[] = {
		/* path                stat     list     readlink digest   space */
		{ "to-file", OK, NOTDIR, OK, OK, OK },
		{ "to-directory", OK, OK, OK, ISDIR, OK },
		{ "to-directory/f", OK, NOTDIR, INVAL, OK, OK },
		{ "to-directory/", OK, OK, INVAL, ISDIR, OK },
		{ "to-link", OK, OK, OK, ISDIR, OK },
		{ "to-link/up", OK, OK, OK, ISDIR, OK },
		{ "dangling", OK, NOENT, OK, NOENT, NOENT },
		{ "absolute", OK, OUTSIDE, OK, OUTSIDE, OUTSIDE },
		{ "absolute/passwd", OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE },
		{ "d/climbing", OK, OUTSIDE, OK, OUTSIDE, OUTSIDE },
		{ "d/climbing/etc", OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE },
		{ "loop", OK, LOOP, OK, LOOP, LOOP },
		{ "loop/f", LOOP, LOOP, LOOP, LOOP, LOOP },
		{ "self", OK, LOOP, OK, LOOP, LOOP },
	};
	struct tree tree;

	tree_make(&tree);
	make_directory(&tree, "d");
	make_file(&tree, "d/f", "abc");
	make_link(&tree, "d/f", "to-file");
	make_link(&tree, "./d", "to-directory");
	make_link(&tree, "to-directory", "to-link");
	make_link(&tree, "../d", "d/up");
	make_link(&tree, "none", "dangling");
	make_link(&tree, "/etc", "absolute");
	make_link(&tree, "../..", "d/climbing");
	make_link(&tree, "pool", "loop");
	make_link(&tree, "loop", "pool");
	make_link(&tree, "self", "self");
	check_expectations(&tree.root, expected, LENGTH(expected));
	tree_remove(&tree);
}

/* An absolute link is an escape even when it names the root itself. */
static void test_absolute_link_to_the_root(void)
{
	struct tree tree;

	tree_make(&tree);
	make_link(&tree, tree.path, "home");
	CHECK_INT(list_status(&tree.root, "home"), OUTSIDE);
	CHECK_INT(stat_status(&tree.root, "home"), OK);
	tree_remove(&tree);
}

/* A magic link leads anywhere without a path: /proc/self/root is one. */
static void test_magic_links(void)
{
	struct root root;

	if (access("/proc/self/exe", F_OK) < 0) {
		harness_skip("/proc is not mounted");
		return;
	}
	CHECK_INT(root_open(&root, "/proc"), 0);
	CHECK_INT(list_status(&root, "self/root/"), LOOP);
	CHECK_INT(digest_status(&root, "self/exe"), LOOP);
	CHECK_INT(readlink_status(&root, "self/exe"), OK);
	root_close(&root);
}

static void test_root_open_errors(void)
{
	struct root root;
	struct tree tree;
	char path[128];

	tree_make(&tree);
	make_file(&tree, "f", "");
	snprintf(path, sizeof(path), "%s/none", tree.path);
	CHECK_INT(root_open(&root, path), -ENOENT);
	snprintf(path, sizeof(path), "%s/f", tree.path);
	CHECK_INT(root_open(&root, path), -ENOTDIR);
	root_close(&root); /* after a failure there is nothing to close, and no harm in it */
	tree_remove(&tree);
}

/* Fills path with length bytes: components of 200 each. */
static void deep_path(char *path, size_t length)
{
	for (size_t i = 0; i < length; i++)
		path[i] = i % 201 == 200 ? '/' : 'p';
	path[length] = '\0';
}

static void make_deep(const struct tree *tree, const char *path)
{
	int at = dup(tree->fd);

	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");
		char name[256];
		int next;

		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		mkdirat(at, name, 0755);
		next = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CU_ASSERT_FATAL(next >= 0);
		close(at);
		at = next;
		p += n + (p[n] == '/');
	}
	close(at);
}

/* The tree is removed from its depth: nftw's own paths would be too long. */
static void remove_deep(const struct tree *tree)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s/p*", tree->path);
	CHECK_INT(system(command), 0);
}

static void test_long_names_and_paths(void)
{
	char name[300], path[FILEINFO_MAX_PATH + 8], slashed[FILEINFO_MAX_PATH + 8];
	struct tree tree;

	tree_make(&tree);
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	make_file(&tree, name, "abc");
	CHECK_INT(digest_status(&tree.root, name), OK);
	name[255] = 'n';
	name[256] = '\0';
	CHECK_INT(stat_status(&tree.root, name), LONG);

	deep_path(path, FILEINFO_MAX_PATH);
	make_deep(&tree, path);
	CHECK_INT(stat_status(&tree.root, path), OK);
	CHECK_INT(list_status(&tree.root, path), OK);
	path[FILEINFO_MAX_PATH - 1] = '\0';
	CHECK_INT(stat_status(&tree.root, path), NOENT);
	path[FILEINFO_MAX_PATH - 1] = 'p';
	strcpy(path + FILEINFO_MAX_PATH, "/");
	CHECK_INT(stat_status(&tree.root, path), LONG);
	/* The limit is the contract's, so it holds before slashes are stripped. */
	memset(slashed, '/', sizeof(slashed));
	slashed[FILEINFO_MAX_PATH] = '\0';
	CHECK_INT(stat_status(&tree.root, slashed), OK);
	slashed[FILEINFO_MAX_PATH] = '/';
	slashed[FILEINFO_MAX_PATH + 1] = '\0';
	CHECK_INT(stat_status(&tree.root, slashed), LONG);
	remove_deep(&tree);
	tree_remove(&tree);
}

static void check_time(const fileinfo_time *actual, const struct timespec *expected)
{
	CHECK_INT(actual->seconds, expected->tv_sec);
	CHECK_INT(actual->nanoseconds, expected->tv_nsec);
}

static void check_attributes(const fileinfo_attributes *a, const struct stat *st)
{
	CHECK_INT(a->mode, st->st_mode & 07777);
	CHECK_INT(a->links, st->st_nlink);
	CHECK_INT(a->uid, st->st_uid);
	CHECK_INT(a->gid, st->st_gid);
	CHECK_INT(a->size, st->st_size);
	CHECK_INT(a->allocated, st->st_blocks * 512);
	CHECK_INT(a->device, st->st_dev);
	CHECK_INT(a->inode, st->st_ino);
	check_time(&a->accessed, &st->st_atim);
	check_time(&a->modified, &st->st_mtim);
	check_time(&a->changed, &st->st_ctim);
}

static void test_stat_attributes(void)
{
	const struct timespec times[2] = { { .tv_sec = 1000000001, .tv_nsec = 123456789 },
					   { .tv_sec = -5, .tv_nsec = 987654321 } };
	fileinfo_stat_result result;
	const fileinfo_attributes *a = &result.fileinfo_stat_result_u.attributes;
	struct tree tree;
	struct stat st;

	tree_make(&tree);
	make_file(&tree, "f", "content");
	CHECK_INT(linkat(tree.fd, "f", tree.fd, "g", 0), 0);
	CHECK_INT(fchmodat(tree.fd, "f", 06751, 0), 0);
	CHECK_INT(utimensat(tree.fd, "f", times, 0), 0);
	CHECK_INT(fstatat(tree.fd, "f", &st, 0), 0);
	POISON(&result);
	root_stat(&tree.root, "f", &result);
	CHECK_INT(result.status, OK);
	check_attributes(a, &st);
	CHECK_INT(a->type, FILEINFO_REGULAR);
	CHECK_INT(a->mode, 06751);
	CHECK_INT(a->links, 2);
	CHECK_INT(a->size, 7);
	CHECK_INT(a->accessed.seconds, 1000000001);
	CHECK_INT(a->accessed.nanoseconds, 123456789);
	CHECK_INT(a->modified.seconds, -5);
	CHECK_INT(a->modified.nanoseconds, 987654321);
	tree_remove(&tree);
}

static void make_socket(const struct tree *tree, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%.80s/%.20s", tree->path, name);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static fileinfo_type type_at(const struct root *root, const char *path)
{
	fileinfo_stat_result result;

	POISON(&result);
	root_stat(root, path, &result);
	CHECK_INT(result.status, OK);
	return result.fileinfo_stat_result_u.attributes.type;
}

/* A digest that opened the FIFO would wait for a writer, and the test for ever. */
static void test_types(void)
{
	static const struct {
		const char *path;
		fileinfo_type type;
		fileinfo_status digest, list;
	} cases[] = {
		{ "file", FILEINFO_REGULAR, OK, NOTDIR },
		{ "directory", FILEINFO_DIRECTORY, ISDIR, OK },
		{ "link", FILEINFO_SYMLINK, INVAL, NOTDIR },
		{ "socket", FILEINFO_SOCKET, INVAL, NOTDIR },
		{ "fifo", FILEINFO_FIFO, INVAL, NOTDIR },
	};
	struct tree tree;

	tree_make(&tree);
	make_file(&tree, "file", "");
	make_directory(&tree, "directory");
	make_link(&tree, "fifo", "link");
	make_socket(&tree, "socket");
	CHECK_INT(mkfifoat(tree.fd, "fifo", 0666), 0);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		CHECK_INT(type_at(&tree.root, cases[i].path), cases[i].type);
		check_status("digest", cases[i].path, digest_status(&tree.root, cases[i].path),
			     cases[i].digest);
		check_status("list", cases[i].path, list_status(&tree.root, cases[i].path),
			     cases[i].list);
	}
	tree_remove(&tree);
}

/*
 * A reader, however short its visit, wakes a writer that waits for one: so long as this one waits,
 * nobody has opened the FIFO.  It is let go in the end by a reader of the test's own.
 */
struct fifo_writer {
	const struct tree *tree;
	atomic_bool opened;
};

static void *wait_for_reader(void *argument)
{
	struct fifo_writer *w = argument;
	int fd = openat(w->tree->fd, "fifo", O_WRONLY | O_CLOEXEC);

	w->opened = true;
	close(fd);
	return NULL;
}

static void test_digest_does_not_open_a_fifo(void)
{
	struct fifo_writer writer;
	struct tree tree;
	pthread_t thread;
	int reader;

	tree_make(&tree);
	CHECK_INT(mkfifoat(tree.fd, "fifo", 0666), 0);
	writer.tree = &tree;
	atomic_init(&writer.opened, false);
	CHECK_INT(pthread_create(&thread, NULL, wait_for_reader, &writer), 0);
	for (int i = 0; i < 1000; i++)
		if (digest_status(&tree.root, "fifo") != INVAL)
			CU_FAIL("digest of a FIFO");
	CHECK_INT(writer.opened, false);
	reader = openat(tree.fd, "fifo", O_RDONLY | O_CLOEXEC);
	pthread_join(thread, NULL);
	close(reader);
	tree_remove(&tree);
}

/* /dev holds devices whether or not the test may make some. */
static void test_devices(void)
{
	struct root root;

	CHECK_INT(root_open(&root, "/dev"), 0);
	CHECK_INT(type_at(&root, "null"), FILEINFO_CHARACTER);
	CHECK_INT(digest_status(&root, "null"), INVAL);
	CHECK_INT(digest_status(&root, "zero"), INVAL);
	CHECK_INT(readlink_status(&root, "null"), INVAL);
	root_close(&root);
}

static void test_block_device(void)
{
	struct tree tree;

	tree_make(&tree);
	if (mknodat(tree.fd, "block", S_IFBLK | 0600, makedev(1, 0)) < 0) {
		harness_skip("may not make a device");
	} else {
		CHECK_INT(type_at(&tree.root, "block"), FILEINFO_BLOCK);
		CHECK_INT(digest_status(&tree.root, "block"), INVAL);
	}
	tree_remove(&tree);
}

static void test_readlink_target(void)
{
	char target[FILEINFO_MAX_PATH + 1];
	fileinfo_link_result result;
	struct tree tree;

	tree_make(&tree);
	make_link(&tree, "../\xff\x80 anywhere\n", "short");
	POISON(&result);
	root_readlink(&tree.root, "short", &result);
	CHECK_INT(result.status, OK);
	CHECK_STR(result.fileinfo_link_result_u.target, "../\xff\x80 anywhere\n");
	fileinfo_link_release(&result);
	fileinfo_link_release(&result); /* nothing is left to release twice */

	memset(target, 't', sizeof(target));
	target[FILEINFO_MAX_PATH] = '\0';
	if (symlinkat(target, tree.fd, "long") < 0) {
		target[1000] = '\0'; /* some filesystems have less room */
		make_link(&tree, target, "long");
	}
	root_readlink(&tree.root, "long", &result);
	CHECK_STR(result.fileinfo_link_result_u.target, target);
	xdr_free((xdrproc_t)xdr_fileinfo_link_result, (char *)&result);
	tree_remove(&tree);
}

static void check_digest(const struct tree *tree, const char *name, unsigned long long size,
			 const char *expected)
{
	fileinfo_digest_result result;
	const fileinfo_digest *digest = &result.fileinfo_digest_result_u.digest;
	char hex[2 * FILEINFO_DIGEST_SIZE + 1];

	POISON(&result);
	root_digest(&tree->root, name, &result);
	CHECK_INT(result.status, OK);
	CHECK_INT(digest->size, size);
	for (size_t i = 0; i < FILEINFO_DIGEST_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned char)digest->sha256[i]);
	CHECK_STR(hex, expected);
}

static void make_run(const struct tree *tree, const char *name, size_t length)
{
	char *content = malloc(length + 1);

	memset(content, 'a', length);
	content[length] = '\0';
	make_file(tree, name, content);
	free(content);
}

/* NIST's examples, and runs of 'a' that end at a buffer's end, by sha256sum. */
static void test_digest_vectors(void)
{
	struct tree tree;

	tree_make(&tree);
	make_file(&tree, "empty", "");
	check_digest(&tree, "empty", 0,
		     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	make_file(&tree, "abc", "abc");
	check_digest(&tree, "abc", 3,
		     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	make_run(&tree, "million", 1000000);
	check_digest(&tree, "million", 1000000,
		     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	make_run(&tree, "mebibyte", 1 << 20);
	check_digest(&tree, "mebibyte", 1 << 20,
		     "9bc1b2a288b26af7257a36277ae3816a7d4f16e89c1e7e77d0a5c48bad62b360");
	make_link(&tree, "abc", "link");
	check_digest(&tree, "link", 3,
		     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	tree_remove(&tree);
}

#define CALLS 5000

/* A thread that changes the tree for as long as the test asks about it. */
struct changer {
	const struct tree *tree;
	atomic_bool stop;
};

/* The path is a file and a FIFO by turns: no call may wait, or say anything else. */
static void *swap(void *argument)
{
	struct changer *s = argument;

	while (!s->stop)
		renameat2(s->tree->fd, "path", s->tree->fd, "other", RENAME_EXCHANGE);
	return NULL;
}

static void test_digest_of_a_path_that_changes(void)
{
	unsigned int files = 0, others = 0;
	struct changer changer;
	struct tree tree;
	pthread_t thread;

	tree_make(&tree);
	make_file(&tree, "path", "abc");
	CHECK_INT(mkfifoat(tree.fd, "other", 0666), 0);
	changer.tree = &tree;
	atomic_init(&changer.stop, false);
	CHECK_INT(pthread_create(&thread, NULL, swap, &changer), 0);
	for (int i = 0; i < CALLS; i++) {
		fileinfo_status status = digest_status(&tree.root, "path");

		files += status == OK;
		others += status == INVAL;
	}
	changer.stop = true;
	pthread_join(thread, NULL);
	CHECK_INT(files + others, CALLS);
	tree_remove(&tree);
}

static void test_space(void)
{
	fileinfo_space_result result;
	const fileinfo_space *space = &result.fileinfo_space_result_u.space;
	struct statvfs fs;
	struct tree tree;

	tree_make(&tree);
	make_file(&tree, "f", "");
	POISON(&result);
	root_space(&tree.root, "f", &result);
	CHECK_INT(result.status, OK);
	CHECK_INT(statvfs(tree.path, &fs), 0);
	CHECK_INT(space->bytes_total, fs.f_blocks * fs.f_frsize);
	CHECK_INT(space->files_total, fs.f_files);
	CU_ASSERT(space->bytes_free > 0 && space->bytes_free <= space->bytes_total);
	CU_ASSERT(space->bytes_available > 0 && space->bytes_available <= space->bytes_free);
	CU_ASSERT(space->files_free <= space->files_total);
	tree_remove(&tree);
}

/* Names gathered from pages, or from readdir; sorted, they can be compared. */
struct names {
	char **name;
	size_t count, capacity;
};

static void names_add(struct names *names, const char *name)
{
	if (names->count == names->capacity) {
		names->capacity = names->capacity ? 2 * names->capacity : 64;
		names->name = realloc(names->name, names->capacity * sizeof(char *));
	}
	names->name[names->count++] = strdup(name);
}

static void names_release(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	memset(names, 0, sizeof(*names));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_sort(struct names *names)
{
	if (names->count)
		qsort(names->name, names->count, sizeof(char *), by_name);
}

static void names_of_directory(struct names *names, const char *path)
{
	DIR *directory = opendir(path);

	CU_ASSERT_FATAL(directory != NULL);
	for (struct dirent *d; (d = readdir(directory));)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			names_add(names, d->d_name);
	closedir(directory);
}

static void check_same_names(struct names *actual, struct names *expected)
{
	names_sort(actual);
	names_sort(expected);
	CHECK_INT(actual->count, expected->count);
	for (size_t i = 0; i < actual->count && i < expected->count; i++)
		if (strcmp(actual->name[i], expected->name[i]) != 0) {
			CHECK_STR(actual->name[i], expected->name[i]);
			return;
		}
}

static fileinfo_status get_page(const struct root *root, const char *path, u_quad_t cookie,
				u_int max_bytes, fileinfo_list_result *result)
{
	fileinfo_list_args args = {
		.directory = (char *)path,
		.cookie = cookie,
		.max_bytes = max_bytes,
	};

	POISON(result);
	root_list(root, &args, result);
	return result->status;
}

static size_t encoded(fileinfo_list_result *result)
{
	return xdr_sizeof((xdrproc_t)xdr_fileinfo_list_result, result);
}

/* What is wrong with a page in a walk, or NULL; one text a page keeps the count of checks sane. */
static const char *flaw(fileinfo_list_result *result, size_t room_before, u_int max_bytes)
{
	fileinfo_page *page = &result->fileinfo_list_result_u.page;
	fileinfo_entry *first = page->entries.entries_val;

	if (result->status != OK)
		return "status";
	if (encoded(result) > max_bytes)
		return "longer than max_bytes";
	if (page->entries.entries_len > FILEINFO_MAX_ENTRIES)
		return "more entries than the contract has room for";
	if (page->entries.entries_len == 0)
		return page->end ? NULL : "empty, but not the end";
	if (xdr_sizeof((xdrproc_t)xdr_fileinfo_entry, first) <= room_before)
		return "its first entry would have fitted in the page before";
	return NULL;
}

/* More names than any directory here has: cookies that lead back are a failure, not a hang. */
#define ENOUGH 100000

/* Follows the cookies from one on to the end.  The number of pages, or 0 after a failed check. */
static size_t walk(const struct root *root, const char *path, u_quad_t cookie, u_int max_bytes,
		   struct names *names)
{
	size_t pages = 0, room = 0;
	bool end = false;

	while (!end) {
		fileinfo_list_result result;
		fileinfo_page *page = &result.fileinfo_list_result_u.page;
		const char *wrong;

		get_page(root, path, cookie, max_bytes, &result);
		wrong = names->count > ENOUGH ? "no end" : flaw(&result, room, max_bytes);
		if (wrong) {
			CHECK_STR(wrong, "a page as it should be");
			fileinfo_list_release(&result);
			return 0;
		}
		for (u_int i = 0; i < page->entries.entries_len; i++)
			names_add(names, page->entries.entries_val[i].name);
		if (page->entries.entries_len)
			cookie = page->entries.entries_val[page->entries.entries_len - 1].cookie;
		room = page->entries.entries_len < FILEINFO_MAX_ENTRIES
			       ? max_bytes - encoded(&result)
			       : 0;
		end = page->end;
		pages++;
		fileinfo_list_release(&result);
	}
	return pages;
}

#define MANY 3000

/* Names of every length modulo 4, for the padding. */
static void make_many(const struct tree *tree, const char *directory, unsigned int count)
{
	char name[64];

	make_directory(tree, directory);
	for (unsigned int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/%0*u", directory, (int)(5 + i % 23), i);
		CHECK_INT(mknodat(tree->fd, name, S_IFREG | 0644, 0), 0);
	}
}

static void test_pages_of_every_size(void)
{
	static const u_int sizes[] = { 150,  151,  152,  153,  200,   333,    512,     1024,
				       1400, 4096, 8192, 8800, 65536, 300000, 1 << 20, UINT32_MAX };
	struct names expected = { 0 }, actual = { 0 };
	struct tree tree;
	char path[128];

	tree_make(&tree);
	make_many(&tree, "many", MANY);
	snprintf(path, sizeof(path), "%s/many", tree.path);
	names_of_directory(&expected, path);
	CHECK_INT(expected.count, MANY);
	for (size_t i = 0; i < LENGTH(sizes); i++) {
		size_t pages = walk(&tree.root, "many", 0, sizes[i], &actual);

		check_same_names(&actual, &expected);
		CU_ASSERT(pages > 0 && (sizes[i] < 4096 ? pages > 50 : true));
		if (sizes[i] >= 1 << 20)
			CHECK_INT(pages, 1);
		names_release(&actual);
	}
	names_release(&expected);
	tree_remove(&tree);
}

static void test_no_more_entries_than_the_contract_allows(void)
{
	fileinfo_list_result result;
	fileinfo_page *page = &result.fileinfo_list_result_u.page;
	struct names actual = { 0 };
	struct tree tree;

	tree_make(&tree);
	make_many(&tree, "many", FILEINFO_MAX_ENTRIES);
	CHECK_INT(get_page(&tree.root, "many", 0, UINT32_MAX, &result), OK);
	CHECK_INT(page->entries.entries_len, FILEINFO_MAX_ENTRIES);
	CHECK_INT(page->end, TRUE);
	fileinfo_list_release(&result);
	make_file(&tree, "many/more", "");
	CHECK_INT(get_page(&tree.root, "many", 0, UINT32_MAX, &result), OK);
	CHECK_INT(page->entries.entries_len, FILEINFO_MAX_ENTRIES);
	CHECK_INT(page->end, FALSE);
	fileinfo_list_release(&result);
	CHECK_INT(walk(&tree.root, "many", 0, UINT32_MAX, &actual), 2);
	CHECK_INT(actual.count, FILEINFO_MAX_ENTRIES + 1);
	names_release(&actual);
	tree_remove(&tree);
}

/* Every entry's cookie leads to the entry behind it, in any order of asking. */
static void test_cookies_continue_behind_their_entry(void)
{
	fileinfo_list_result all, next;
	fileinfo_page *page = &all.fileinfo_list_result_u.page;
	fileinfo_page *one = &next.fileinfo_list_result_u.page;
	struct tree tree;

	tree_make(&tree);
	make_many(&tree, "many", 200);
	CHECK_INT(get_page(&tree.root, "many", 0, UINT32_MAX, &all), OK);
	CU_ASSERT_FATAL(all.status == OK && page->entries.entries_len == 200);
	for (u_int i = 0; i < 200; i++) {
		u_int at = i * 67 % 200; /* 67 and 200 have no common divisor: all, jumping about */

		get_page(&tree.root, "many", page->entries.entries_val[at].cookie, 160, &next);
		CHECK_INT(next.status, OK);
		CHECK_INT(one->entries.entries_len, at < 199);
		CHECK_INT(one->end, at >= 198);
		if (one->entries.entries_len)
			CHECK_STR(one->entries.entries_val[0].name,
				  page->entries.entries_val[at + 1].name);
		fileinfo_list_release(&next);
	}
	fileinfo_list_release(&all);
	tree_remove(&tree);
}

/* What a page has listed is removed before the next is asked for, as `rm -r` does. */
static void test_cookies_outlive_their_entries(void)
{
	struct names seen = { 0 };
	u_quad_t cookie = 0;
	bool end = false;
	struct tree tree;

	tree_make(&tree);
	make_many(&tree, "many", 1000);
	while (!end && seen.count <= 1000) {
		fileinfo_list_result result;
		fileinfo_page *page = &result.fileinfo_list_result_u.page;

		if (get_page(&tree.root, "many", cookie, 2000, &result) != OK)
			break;
		for (u_int i = 0; i < page->entries.entries_len; i++) {
			const fileinfo_entry *e = &page->entries.entries_val[i];
			char path[64];

			names_add(&seen, e->name);
			cookie = e->cookie;
			snprintf(path, sizeof(path), "many/%.40s", e->name);
			CHECK_INT(unlinkat(tree.fd, path, 0), 0);
		}
		end = page->end;
		fileinfo_list_release(&result);
	}
	CHECK_INT(end, true);
	CHECK_INT(seen.count, 1000);
	CHECK_INT(unlinkat(tree.fd, "many", AT_REMOVEDIR), 0);
	names_release(&seen);
	tree_remove(&tree);
}

static void test_bad_cookies(void)
{
	fileinfo_list_result result;
	struct tree tree;

	tree_make(&tree);
	CHECK_INT(get_page(&tree.root, "", (u_quad_t)INT64_MAX + 1, 4096, &result),
		  FILEINFO_BAD_COOKIE);
	CHECK_INT(get_page(&tree.root, "", UINT64_MAX, 4096, &result), FILEINFO_BAD_COOKIE);
	/* the path is looked at before the cookie */
	CHECK_INT(get_page(&tree.root, "none", UINT64_MAX, 4096, &result), NOENT);
	tree_remove(&tree);
}

static void test_too_small(void)
{
	static const size_t lengths[] = { 1, 2, 3, 4, 5, 63, 64, 255 };

	for (size_t i = 0; i < LENGTH(lengths); i++) {
		char name[256];
		fileinfo_list_result result;
		u_int exact = (u_int)(12 + 4 + (lengths[i] + 3) / 4 * 4 + 8 + 4 + 88);
		struct tree tree;

		tree_make(&tree);
		memset(name, 'n', lengths[i]);
		name[lengths[i]] = '\0';
		make_file(&tree, name, "");
		CHECK_INT(get_page(&tree.root, "", 0, exact - 1, &result), FILEINFO_TOOSMALL);
		CHECK_INT(encoded(&result), 4);
		CHECK_INT(get_page(&tree.root, "", 0, exact, &result), OK);
		CHECK_INT(encoded(&result), exact);
		CHECK_INT(result.fileinfo_list_result_u.page.end, TRUE);
		xdr_free((xdrproc_t)xdr_fileinfo_list_result, (char *)&result);
		tree_remove(&tree);
	}
}

/* The second of two entries: with a byte too few it is left for the next page, or too large. */
static void test_too_small_for_the_second(void)
{
	fileinfo_list_result all, result;
	fileinfo_page *page = &result.fileinfo_list_result_u.page;
	u_int both, second;
	u_quad_t cookie;
	struct tree tree;

	tree_make(&tree);
	make_file(&tree, "short", "");
	make_file(&tree, "a-name-that-is-not-so-short", "");
	CHECK_INT(get_page(&tree.root, "", 0, 4096, &all), OK);
	both = (u_int)encoded(&all);
	cookie = all.fileinfo_list_result_u.page.entries.entries_val[0].cookie;
	second = 12 + (u_int)xdr_sizeof((xdrproc_t)xdr_fileinfo_entry,
					&all.fileinfo_list_result_u.page.entries.entries_val[1]);
	fileinfo_list_release(&all);

	CHECK_INT(get_page(&tree.root, "", 0, both - 1, &result), OK);
	CHECK_INT(page->entries.entries_len, 1);
	CHECK_INT(page->end, FALSE);
	fileinfo_list_release(&result);
	CHECK_INT(get_page(&tree.root, "", cookie, second - 1, &result), FILEINFO_TOOSMALL);
	CHECK_INT(get_page(&tree.root, "", cookie, second, &result), OK);
	CHECK_INT(page->entries.entries_len, 1);
	CHECK_INT(page->end, TRUE);
	fileinfo_list_release(&result);
	tree_remove(&tree);
}

static void test_empty_directory(void)
{
	fileinfo_list_result result;
	fileinfo_page *page = &result.fileinfo_list_result_u.page;
	struct tree tree;

	tree_make(&tree);
	CHECK_INT(get_page(&tree.root, "", 0, 11, &result), FILEINFO_TOOSMALL);
	CHECK_INT(get_page(&tree.root, "", 0, 0, &result), FILEINFO_TOOSMALL);
	CHECK_INT(get_page(&tree.root, "", 0, 12, &result), OK);
	CHECK_INT(page->entries.entries_len, 0);
	CHECK_INT(page->end, TRUE);
	CHECK_INT(encoded(&result), 12);
	fileinfo_list_release(&result);
	fileinfo_list_release(&result); /* nothing is left to release twice */
	tree_remove(&tree);
}

/* The directory is held open by the root and gone all the same. */
static void test_removed_root(void)
{
	struct tree tree;

	tree_make(&tree);
	CHECK_INT(rmdir(tree.path), 0);
	CHECK_INT(list_status(&tree.root, ""), NOENT);
	CHECK_INT(stat_status(&tree.root, "f"), NOENT);
	CHECK_INT(mkdir(tree.path, 0700), 0);
	tree_remove(&tree);
}

/* The attributes of an entry are those of the thing itself: a link's are the link's. */
static void test_entries_carry_attributes(void)
{
	fileinfo_list_result result;
	fileinfo_page *page = &result.fileinfo_list_result_u.page;
	struct tree tree;

	tree_make(&tree);
	make_file(&tree, "file", "content");
	make_directory(&tree, "directory");
	make_link(&tree, "/nowhere", "link");
	CHECK_INT(mkfifoat(tree.fd, "fifo", 0666), 0);
	CHECK_INT(get_page(&tree.root, "", 0, 4096, &result), OK);
	CHECK_INT(page->entries.entries_len, 4);
	for (u_int i = 0; i < page->entries.entries_len; i++) {
		const fileinfo_entry *e = &page->entries.entries_val[i];
		const fileinfo_attributes *a = &e->stat.fileinfo_stat_result_u.attributes;
		struct stat st;

		CHECK_INT(e->stat.status, OK);
		CHECK_INT(fstatat(tree.fd, e->name, &st, AT_SYMLINK_NOFOLLOW), 0);
		check_attributes(a, &st);
		CHECK_INT(a->type, type_at(&tree.root, e->name));
	}
	fileinfo_list_release(&result);
	tree_remove(&tree);
}

/* Names are bytes: no encoding is asked of them. */
static void test_names_are_bytes(void)
{
	static const char name[] = "\xff\xfe\x80\n\t*\\ \x01";
	fileinfo_list_result result;
	struct tree tree;

	tree_make(&tree);
	make_file(&tree, name, "abc");
	CHECK_INT(digest_status(&tree.root, name), OK);
	CHECK_INT(get_page(&tree.root, "", 0, 4096, &result), OK);
	CHECK_INT(result.fileinfo_list_result_u.page.entries.entries_len, 1);
	CHECK_STR(result.fileinfo_list_result_u.page.entries.entries_val[0].name, name);
	fileinfo_list_release(&result);
	tree_remove(&tree);
}

/* Makes and removes 500 entries beside those that stay, for as long as the test lists. */
static void *churn(void *argument)
{
	struct changer *s = argument;
	char name[32];

	while (!s->stop) {
		for (int i = 0; i < 500; i++) {
			snprintf(name, sizeof(name), "many/churn%d", i);
			mknodat(s->tree->fd, name, S_IFREG | 0644, 0);
		}
		for (int i = 0; i < 500; i++) {
			snprintf(name, sizeof(name), "many/churn%d", i);
			unlinkat(s->tree->fd, name, 0);
		}
	}
	return NULL;
}

/* How many entries that stay are in the names, each counted once. */
static size_t count_stable(struct names *names)
{
	size_t count = 0;

	names_sort(names);
	for (size_t i = 0; i < names->count; i++)
		if (strncmp(names->name[i], "churn", 5) != 0 &&
		    (i == 0 || strcmp(names->name[i], names->name[i - 1]) != 0))
			count++;
	return count;
}

/* One listing; walk() would not do, because a page with a vanished entry has room to spare. */
static bool list_changing(const struct root *root, struct names *names)
{
	u_quad_t cookie = 0;
	bool end = false, sound = true;

	while (!end && sound) {
		fileinfo_list_result result;
		fileinfo_page *page = &result.fileinfo_list_result_u.page;

		sound = get_page(root, "many", cookie, 9000, &result) == OK &&
			encoded(&result) <= 9000 && names->count <= ENOUGH;
		for (u_int i = 0; sound && i < page->entries.entries_len; i++) {
			const fileinfo_entry *e = &page->entries.entries_val[i];

			sound = e->stat.status == OK || e->stat.status == NOENT;
			names_add(names, e->name);
			cookie = e->cookie;
		}
		end = page->end;
		fileinfo_list_release(&result);
	}
	return sound;
}

static void test_directory_that_changes(void)
{
	struct changer changer;
	struct tree tree;
	pthread_t thread;

	tree_make(&tree);
	make_many(&tree, "many", 1000);
	changer.tree = &tree;
	atomic_init(&changer.stop, false);
	CHECK_INT(pthread_create(&thread, NULL, churn, &changer), 0);
	for (int i = 0; i < 20; i++) {
		struct names names = { 0 };

		CU_ASSERT(list_changing(&tree.root, &names));
		CHECK_INT(count_stable(&names), 1000);
		names_release(&names);
	}
	changer.stop = true;
	pthread_join(thread, NULL);
	tree_remove(&tree);
}

/* Runs a check as somebody to whom permissions apply.  Its failures, or -1 if it could not. */
static int as_ordinary_user(int (*check)(const struct tree *), const struct tree *tree)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (geteuid() == 0 && (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)))
			_exit(255);
		_exit(check(tree));
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

static int check_unreadable(const struct tree *tree)
{
	const struct root *root = &tree->root;

	return (digest_status(root, "file") != FILEINFO_ACCES) + (stat_status(root, "file") != OK) +
	       (list_status(root, "closed") != FILEINFO_ACCES) +
	       (stat_status(root, "closed") != OK) +
	       (stat_status(root, "closed/f") != FILEINFO_ACCES) +
	       (readlink_status(root, "closed/f") != FILEINFO_ACCES) +
	       (digest_status(root, "closed/f") != FILEINFO_ACCES) +
	       (space_status(root, "closed") != OK) + (digest_status(root, "readable") != OK);
}

static void test_permissions(void)
{
	struct tree tree;

	tree_make(&tree);
	make_file(&tree, "readable", "abc");
	make_file(&tree, "file", "abc");
	make_directory(&tree, "closed");
	make_file(&tree, "closed/f", "abc");
	CHECK_INT(fchmodat(tree.fd, "file", 0, 0), 0);
	CHECK_INT(fchmodat(tree.fd, "closed", 0, 0), 0);
	CHECK_INT(as_ordinary_user(check_unreadable, &tree), 0);
	CHECK_INT(fchmodat(tree.fd, "closed", 0755, 0), 0);
	tree_remove(&tree);
}

/* A directory that may be read but not searched gives names, and nothing about them. */
static int check_unsearchable(const struct tree *tree)
{
	fileinfo_list_result result;
	fileinfo_page *page = &result.fileinfo_list_result_u.page;
	int failures = 0;

	if (get_page(&tree->root, "d", 0, 4096, &result) != OK)
		return 1;
	failures += page->entries.entries_len != 2;
	failures += page->end != TRUE;
	for (u_int i = 0; i < page->entries.entries_len; i++)
		failures += page->entries.entries_val[i].stat.status != FILEINFO_ACCES;
	failures += encoded(&result) != 12 + 2 * (4 + 4 + 8 + 4);
	fileinfo_list_release(&result);
	return failures;
}

static void test_entries_carry_their_own_status(void)
{
	struct tree tree;

	tree_make(&tree);
	make_directory(&tree, "d");
	make_file(&tree, "d/a", "");
	make_file(&tree, "d/b", "");
	CHECK_INT(fchmodat(tree.fd, "d", 0444, 0), 0);
	CHECK_INT(as_ordinary_user(check_unsearchable, &tree), 0);
	CHECK_INT(fchmodat(tree.fd, "d", 0755, 0), 0);
	tree_remove(&tree);
}

static void test_real_directories(void)
{
	static const char *const paths[] = { "usr/lib", "usr/bin" };
	struct root root;

	CHECK_INT(root_open(&root, "/"), 0);
	for (size_t i = 0; i < LENGTH(paths); i++) {
		struct names expected = { 0 }, actual = { 0 };
		char absolute[32];

		snprintf(absolute, sizeof(absolute), "/%.20s", paths[i]);
		names_of_directory(&expected, absolute);
		CU_ASSERT(walk(&root, paths[i], 0, 1400, &actual) > 0);
		check_same_names(&actual, &expected);
		names_release(&expected);
		names_release(&actual);
	}
	root_close(&root);
}

/* Not one descriptor stays open, whatever the outcome was. */
static void test_no_descriptor_leaks(void)
{
	static const char *const paths[] = { "", "f", "d", "link", "fifo", "none", "..", "loop" };
	struct tree tree;
	int before, after;

	tree_make(&tree);
	make_file(&tree, "f", "abc");
	make_directory(&tree, "d");
	make_link(&tree, "f", "link");
	make_link(&tree, "loop", "loop");
	CHECK_INT(mkfifoat(tree.fd, "fifo", 0666), 0);
	before = dup(tree.fd);
	close(before);
	for (size_t i = 0; i < LENGTH(paths); i++) {
		stat_status(&tree.root, paths[i]);
		list_status(&tree.root, paths[i]);
		readlink_status(&tree.root, paths[i]);
		digest_status(&tree.root, paths[i]);
		space_status(&tree.root, paths[i]);
	}
	after = dup(tree.fd);
	close(after);
	CHECK_INT(after, before); /* the lowest free number has not moved */
	tree_remove(&tree);
}

static const struct test tests[] = {
	{ "paths stay below the root", test_paths_stay_below_the_root },
	{ "links are followed below the root", test_links_are_followed_below_the_root },
	{ "an absolute link to the root is an escape", test_absolute_link_to_the_root },
	{ "magic links are not followed", test_magic_links },
	{ "a root that cannot be opened", test_root_open_errors },
	{ "long names and paths", test_long_names_and_paths },
	{ "attributes", test_stat_attributes },
	{ "types", test_types },
	{ "digest does not open a FIFO", test_digest_does_not_open_a_fifo },
	{ "character devices", test_devices },
	{ "block device", test_block_device },
	{ "readlink's target", test_readlink_target },
	{ "digest's vectors", test_digest_vectors },
	{ "digest of a path that changes", test_digest_of_a_path_that_changes },
	{ "space", test_space },
	{ "pages of every size", test_pages_of_every_size },
	{ "4096 entries a page", test_no_more_entries_than_the_contract_allows },
	{ "cookies continue behind their entry", test_cookies_continue_behind_their_entry },
	{ "cookies outlive their entries", test_cookies_outlive_their_entries },
	{ "bad cookies", test_bad_cookies },
	{ "pages too small", test_too_small },
	{ "a page too small for the second entry", test_too_small_for_the_second },
	{ "an empty directory", test_empty_directory },
	{ "a removed root", test_removed_root },
	{ "entries carry attributes", test_entries_carry_attributes },
	{ "names are bytes", test_names_are_bytes },
	{ "a directory that changes", test_directory_that_changes },
	{ "permissions", test_permissions },
	{ "entries carry their own status", test_entries_carry_their_own_status },
	{ "real directories", test_real_directories },
	{ "no descriptor leaks", test_no_descriptor_leaks },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("fileinfo", tests);
}
