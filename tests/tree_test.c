/*
 * Real input: a large part of this system, listed through the service, compared name by name and
 * attribute by attribute with what find says of it.  Times of access are left out: whoever reads a
 * file or lists a directory meanwhile, we among them, changes them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client/procedures.h"
#include "common/buffer.h"
#include "tests/kit/attributes.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define PAGE_BYTES 32768 /* small, so that large directories take many pages */
#define ATTEMPTS   3     /* when the tree changes while it is listed */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLOW 1
#endif
#endif

/* Everything that is compared of a file, with find's directives for it. */
#define FORMAT "%P\\0%y %m %n %U %G %s %b %D %i %T@ %C@\\0"

/* Trees to choose from: the first that has no more entries than that, or the last. */
#ifdef SLOW
#define MAX_ENTRIES 60000
#else
#define MAX_ENTRIES 400000
#endif
static const char *const roots[] = { "/usr", "/usr/share", "/usr/lib", "/usr/include" };

/* ---- a list of entries, as text ---- */

/* The bytes of "path\0attributes\0" of each entry, and where each begins, sorted by path. */
struct entries {
	struct buffer bytes;
	const char **paths;
	size_t count;
};

static void entries_release(struct entries *entries)
{
	buffer_release(&entries->bytes);
	free(entries->paths);
	*entries = (struct entries){ 0 };
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *attributes_of(const char *path)
{
	return path + strlen(path) + 1;
}

/* To be called once all bytes are there. */
static void entries_sort(struct entries *entries)
{
	const char *at = (const char *)entries->bytes.data, *end = at + entries->bytes.length;
	size_t capacity = 0;

	for (; at < end; at = attributes_of(at) + strlen(attributes_of(at)) + 1) {
		if (entries->count == capacity) {
			capacity = capacity ? 2 * capacity : 1024;
			entries->paths = realloc(entries->paths, capacity * sizeof(char *));
			CU_ASSERT_PTR_NOT_NULL_FATAL(entries->paths);
		}
		entries->paths[entries->count++] = at;
	}
	if (entries->count)
		qsort(entries->paths, entries->count, sizeof(char *), by_path);
}

/* The first difference, for people; false when there is none. */
static bool find_difference(const struct entries *ours, const struct entries *theirs,
			    char text[512])
{
	size_t i = 0;
	const char *our, *their;

	while (i < ours->count && i < theirs->count &&
	       strcmp(ours->paths[i], theirs->paths[i]) == 0 &&
	       strcmp(attributes_of(ours->paths[i]), attributes_of(theirs->paths[i])) == 0)
		i++;
	if (i == ours->count && i == theirs->count)
		return false;
	our = i < ours->count ? ours->paths[i] : "\0";
	their = i < theirs->count ? theirs->paths[i] : "\0";
	snprintf(text, 512, "entry %zu of %zu and %zu: \"%.120s\" %.100s, not \"%.120s\" %.100s", i,
		 ours->count, theirs->count, our, attributes_of(our), their, attributes_of(their));
	return true;
}

/* ---- what find says ---- */

static void find(const char *root, struct entries *entries)
{
	const char *const argv[] = { "/usr/bin/find", root,   "-mindepth", "1",
				     "-printf",       FORMAT, NULL };
	struct outcome outcome = process_run(argv, NULL);

	/* 1 when there is a directory that we may not read, and neither may the daemon. */
	CU_ASSERT_FATAL(outcome.status == 0 || (outcome.status == 1 && geteuid() != 0));
	CHECK_INT(buffer_append(&entries->bytes, outcome.out, outcome.length), 0);
	outcome_release(&outcome);
	entries_sort(entries);
}

/* ---- what the service says ---- */

struct walk {
	struct client client;
	struct entries entries;
	struct buffer waiting; /* directories that are yet to be listed, each with its zero byte */
	unsigned int pages;
	const char *wrong; /* NULL: nothing so far */
};

static char letter_of(fileinfo_type type)
{
	static const char letters[] = "?fdbclsp"; /* find's %y, in the order of fileinfo_type */

	return letters[type > 0 && type < 8 ? type : 0];
}

/* find prints ten figures behind the point. */
static int format_time(char *text, size_t size, const fileinfo_time *time)
{
	return snprintf(text, size, " %lld.%09u0", (long long)time->seconds, time->nanoseconds);
}

static void describe(char text[256], const fileinfo_attributes *a)
{
	int length = snprintf(text, 160, "%c %o %u %u %u %llu %llu %llu %llu", letter_of(a->type),
			      a->mode, a->links, a->uid, a->gid, (unsigned long long)a->size,
			      (unsigned long long)a->allocated / 512, (unsigned long long)a->device,
			      (unsigned long long)a->inode);

	length += format_time(text + length, 40, &a->modified);
	format_time(text + length, 40, &a->changed);
}

static void append(struct buffer *buffer, const char *directory, const char *name)
{
	if (*directory) {
		buffer_append(buffer, directory, strlen(directory));
		buffer_append(buffer, "/", 1);
	}
	buffer_append(buffer, name, strlen(name) + 1);
}

static void take_entry(struct walk *walk, const char *directory, const fileinfo_entry *entry)
{
	const fileinfo_attributes *attributes = &entry->stat.fileinfo_stat_result_u.attributes;
	char text[256] = "vanished";

	if (entry->stat.status == FILEINFO_OK)
		describe(text, attributes);
	append(&walk->entries.bytes, directory, entry->name);
	append(&walk->entries.bytes, "", text);
	if (entry->stat.status == FILEINFO_OK && attributes->type == FILEINFO_DIRECTORY)
		append(&walk->waiting, directory, entry->name);
}

/* Lists one page and says where the next begins.  False at the end. */
static bool list_page(struct walk *walk, const char *directory, uint64_t *cookie)
{
	fileinfo_list_args arguments = { (char *)directory, *cookie, PAGE_BYTES };
	const struct procedure *list = procedure_find("list");
	union procedure_result result;
	const fileinfo_page *page = &result.list.fileinfo_list_result_u.page;
	struct failure failure;
	bool more = false;

	if (procedure_call(list, &walk->client, &arguments, &result, &failure)) {
		walk->wrong = "a call failed";
	} else if (result.list.status == FILEINFO_OK) {
		for (u_int i = 0; i < page->entries.entries_len; i++)
			take_entry(walk, directory, &page->entries.entries_val[i]);
		more = !page->end && page->entries.entries_len;
		if (more)
			*cookie = page->entries.entries_val[page->entries.entries_len - 1].cookie;
		walk->pages++;
	} else if (result.list.status != FILEINFO_ACCES && result.list.status != FILEINFO_NOENT) {
		walk->wrong = "a directory was refused";
	}
	procedure_release(list, NULL, &result);
	return more;
}

/* Lists the whole tree by this endpoint, from the root down. */
static void walk_tree(struct walk *walk, const char *text)
{
	struct endpoint endpoint;

	*walk = (struct walk){ 0 };
	CU_ASSERT_PTR_NULL_FATAL(endpoint_parse(&endpoint, text));
	client_init(&walk->client, &endpoint, PROCESS_TIME * INT64_C(1000000000));
	append(&walk->waiting, "", "");
	for (size_t at = 0; at < walk->waiting.length && !walk->wrong;) {
		char *directory = strdup((const char *)walk->waiting.data + at);
		uint64_t cookie = 0;

		at += strlen(directory) + 1;
		while (list_page(walk, directory, &cookie) && !walk->wrong)
			;
		free(directory);
	}
	client_release(&walk->client);
	buffer_release(&walk->waiting);
	entries_sort(&walk->entries);
}

/* ---- the comparison ---- */

/* Both as the tree is at this moment.  A tree that has changed since is looked at once more. */
static void check_tree(const char *root, const char *endpoint, struct entries *expected)
{
	char text[512] = "";
	bool differs = true;

	for (int i = 0; i < ATTEMPTS && differs; i++) {
		struct entries again = { 0 };
		char change[512];
		struct walk walk;

		walk_tree(&walk, endpoint);
		harness_check_str(__FILE__, __LINE__, endpoint, walk.wrong ? walk.wrong : "", "");
		CU_ASSERT(walk.pages > walk.entries.count * 100 / PAGE_BYTES);
		differs = find_difference(&walk.entries, expected, text);
		if (differs) {
			find(root, &again);
			if (!find_difference(&again, expected, change))
				i = ATTEMPTS; /* it has not changed: this is our fault */
			entries_release(expected);
			*expected = again;
		}
		entries_release(&walk.entries);
	}
	harness_check_str(__FILE__, __LINE__, endpoint, differs ? text : "", "");
}

static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--listen", "raw+unix",
				       NULL };

static void choose_tree(const char **root, struct entries *expected)
{
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		entries_release(expected);
		*root = roots[i];
		find(*root, expected);
		if (expected->count <= MAX_ENTRIES)
			return;
	}
}

static void test_real_tree(void)
{
	struct entries expected = { 0 };
	struct daemon daemon;
	const char *root;

	choose_tree(&root, &expected);
	CU_ASSERT(expected.count > 1000);
	if (!daemon_start(&daemon, root, options))
		CU_FAIL_FATAL("sidecalld does not start");
	for (unsigned int i = 0; i < daemon.count; i++)
		check_tree(root, daemon.endpoints[i], &expected);
	printf("%zu entries of %s compared\n", expected.count, root);
	CHECK_INT(daemon_stop(&daemon), 0);
	entries_release(&expected);
}

/* ---- what a system's own directories do not have ---- */

static void make_file(int directory, const char *name, mode_t mode, int64_t modified)
{
	const fileinfo_time accessed = { .seconds = time(NULL) };
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	CHECK_INT(ftruncate(fd, (off_t)strlen(name)), 0);
	CHECK_INT(fchmod(fd, mode), 0);
	close(fd);
	CHECK_INT(attributes_set_times(directory, name, accessed, (fileinfo_time){ modified, 0 }),
		  0);
}

static void make_socket(const char *root)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", root);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

/* Every type and odd modes, times, sizes and names; and a directory of many pages. */
static void make_tree(const char *root)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[256];

	make_file(fd, "no permission", 0, 0);
	make_file(fd, "every bit", 07777, -86400);
	make_file(fd, "the far future", 0644, INT64_C(4294967296));
	make_file(fd, ".hidden", 0644, 1);
	make_file(fd, "...", 0644, 1);
	make_file(fd, "new\nline and bad\377byte", 0644, 1);
	memset(name, 'x', 255);
	name[255] = '\0';
	make_file(fd, name, 0644, 1);
	CHECK_INT(linkat(fd, name, fd, "the same again", 0), 0);
	CHECK_INT(symlinkat("nowhere", fd, "link"), 0);
	CHECK_INT(mkfifoat(fd, "fifo", 0622), 0);
	make_socket(root);
	if (geteuid() == 0) {
		mknodat(fd, "character", S_IFCHR | 0600, makedev(1, 3));
		mknodat(fd, "block", S_IFBLK | 0600, makedev(7, 200));
		CHECK_INT(fchownat(fd, "link", 4294967294, 1, AT_SYMLINK_NOFOLLOW), 0);
	}
	CHECK_INT(mkdirat(fd, "many", 01777), 0);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "many/%0*d", 1 + i % 200, i);
		make_file(fd, name, 0644, i);
	}
	close(fd);
}

static void test_made_tree(void)
{
	struct entries expected = { 0 };
	struct daemon daemon;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("sidecalld does not start");
	make_tree(daemon.root);
	find(daemon.root, &expected);
	CU_ASSERT(expected.count > 3000);
	for (unsigned int i = 0; i < daemon.count; i++)
		check_tree(daemon.root, daemon.endpoints[i], &expected);
	CHECK_INT(daemon_stop(&daemon), 0);
	entries_release(&expected);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a real tree", test_real_tree },
		{ "a tree with one of everything", test_made_tree },
		{ 0 },
	};

	setenv("LC_ALL", "C", 1);
	return harness_run("tree", tests);
}
