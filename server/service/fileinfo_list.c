/* A directory, page by page: names, cookies to continue from, and attributes. */
#include "server/service/fileinfo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/service/fileinfo_path.h"

/*
 * Lengths in XDR (RFC 4506): a number, a boolean and a string's length take 4 bytes, a hyper 8,
 * a string is padded to 4 (section 4.11), a union's arm follows its status.  A page is its status,
 * the count of its entries and its end; attributes are type to gid, size to inode, three times.
 */
#define XDR_UNIT       4
#define XDR_HYPER      8
#define XDR_TIME       (XDR_HYPER + XDR_UNIT)
#define XDR_EMPTY_PAGE (3 * XDR_UNIT)
#define XDR_ATTRIBUTES (5 * XDR_UNIT + 4 * XDR_HYPER + 3 * XDR_TIME)

/*
 * What getdents64 is given: about as much as one page can use, so that small pages do not read a
 * large directory again and again.  With names of usual length an entry takes three times the
 * bytes in a page that it takes in the kernel's records.  The smallest still holds the longest
 * name of the usual filesystems (vfat: 765 bytes).
 */
#define RECORDS_MIN     2048
#define RECORDS_MAX     32768
#define PAGE_TO_RECORDS 3

#define ENTRIES_AT_FIRST 32

struct listing {
	const struct root *root;
	int directory;
	dev_t device; /* that it is on */
	bool local;   /* where nothing has to be waited for */
	fileinfo_page *page;
	size_t capacity; /* of the page's entries */
	size_t left;     /* bytes that the page may still grow by */
};

/* An entry is taken to have attributes: to stat one that may not fit would cost more. */
static size_t encoded_length(size_t name_length)
{
	size_t padded = (name_length + XDR_UNIT - 1) / XDR_UNIT * XDR_UNIT;

	return XDR_UNIT + padded + XDR_HYPER + XDR_UNIT + XDR_ATTRIBUTES;
}

static bool is_skipped(const char *name, size_t length)
{
	/* The contract has no room for a longer name, and one must not cost the whole page. */
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || length > FILEINFO_MAX_NAME;
}

/* Makes room for one entry more.  0 or -ENOMEM. */
static int reserve_entries(struct listing *listing)
{
	size_t capacity = listing->capacity ? 2 * listing->capacity : ENTRIES_AT_FIRST;
	fileinfo_entry *entries;

	if (listing->page->entries.entries_len < listing->capacity)
		return 0;
	entries = realloc(listing->page->entries.entries_val, capacity * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	listing->page->entries.entries_val = entries;
	listing->capacity = capacity;
	return 0;
}

/* Adds one entry.  0, 1 when it is for the next page, -errno. */
static int add_entry(struct listing *listing, const struct dirent64 *record)
{
	fileinfo_page *page = listing->page;
	size_t name_length = strlen(record->d_name);
	size_t length = encoded_length(name_length);
	fileinfo_entry *entry;
	struct stat st;
	int r;

	if (is_skipped(record->d_name, name_length))
		return 0;
	if (length > listing->left || page->entries.entries_len == FILEINFO_MAX_ENTRIES)
		return 1;
	if (reserve_entries(listing) < 0)
		return -ENOMEM;
	entry = &page->entries.entries_val[page->entries.entries_len];
	memset(entry, 0, sizeof(*entry));
	entry->name = malloc(name_length + 1); /* one each, because XDR frees them so */
	if (!entry->name)
		return -ENOMEM;
	memcpy(entry->name, record->d_name, name_length + 1);
	page->entries.entries_len++;
	listing->left -= length;
	entry->cookie = (u_quad_t)record->d_off;
	r = fileinfo_stat_entry(listing->directory, entry->name, listing->device, listing->local,
				&st);
	if (r < 0)
		entry->stat.status = fileinfo_status_of(r);
	else
		fileinfo_describe(&st, &entry->stat);
	return 0;
}

/* Adds the kernel's records.  0, 1 when the page is full, -errno. */
static int add_all(struct listing *listing, const char *records, size_t length)
{
	int r = 0;

	for (size_t at = 0; r == 0 && at < length;) {
		const struct dirent64 *record = (const void *)(records + at);

		r = add_entry(listing, record);
		at += record->d_reclen;
	}
	return r;
}

static int read_page(struct listing *listing)
{
	alignas(struct dirent64) char records[RECORDS_MAX];
	size_t wanted = listing->left / PAGE_TO_RECORDS;
	int r = 0;

	if (wanted < RECORDS_MIN)
		wanted = RECORDS_MIN;
	if (wanted > RECORDS_MAX)
		wanted = RECORDS_MAX;
	while (r == 0) {
		ssize_t n;

		if (root_is_cancelled(listing->root))
			return -ECANCELED;
		n = TEMP_FAILURE_RETRY(getdents64(listing->directory, records, wanted));
		if (n < 0)
			return -errno;
		if (n == 0) {
			listing->page->end = TRUE;
			return 0;
		}
		r = add_all(listing, records, (size_t)n);
	}
	return r < 0 ? r : 0;
}

/* A cookie is the kernel's position behind an entry; what lseek refuses was never given out. */
static bool seek_cookie(int directory, u_quad_t cookie)
{
	return cookie == 0 ||
	       (cookie <= INT64_MAX && lseek(directory, (off_t)cookie, SEEK_SET) >= 0);
}

static fileinfo_status list_page(const struct root *root, int directory,
				 const fileinfo_list_args *args, fileinfo_page *page)
{
	struct listing listing = { .root = root, .directory = directory, .page = page };
	struct stat st;
	int r;

	if (!seek_cookie(directory, args->cookie))
		return FILEINFO_BAD_COOKIE;
	if (args->max_bytes < XDR_EMPTY_PAGE)
		return FILEINFO_TOOSMALL;
	listing.left = args->max_bytes - XDR_EMPTY_PAGE;
	if (fileinfo_stat_cached(directory, &st) == 0) {
		listing.device = st.st_dev;
		listing.local = fileinfo_is_local(root->locals, st.st_dev);
	}
	r = read_page(&listing);
	if (r == 0 && !page->end && page->entries.entries_len == 0)
		return FILEINFO_TOOSMALL;
	return fileinfo_status_of(r);
}

static void release_page(fileinfo_page *page)
{
	for (u_int i = 0; i < page->entries.entries_len; i++)
		free(page->entries.entries_val[i].name);
	free(page->entries.entries_val);
	memset(page, 0, sizeof(*page));
}

void root_list(const struct root *root, const fileinfo_list_args *args,
	       fileinfo_list_result *result)
{
	fileinfo_page *page = &result->fileinfo_list_result_u.page;
	int directory;

	memset(result, 0, sizeof(*result));
	directory = fileinfo_open(root, args->directory, O_RDONLY | O_DIRECTORY);
	if (directory < 0) {
		result->status = fileinfo_status_of(directory);
		return;
	}
	result->status = list_page(root, directory, args, page);
	if (result->status != FILEINFO_OK)
		release_page(page);
	close(directory);
}

void fileinfo_list_release(fileinfo_list_result *result)
{
	if (result->status == FILEINFO_OK)
		release_page(&result->fileinfo_list_result_u.page);
}
