/*
 * What it costs to show a value of any contract as JSON, beside what it costs to do so by hand:
 * rpcgen's filter, run by libtirpc, and a printf() of what it gives.
 *
 * The value is a page of a directory with 1000 entries; both ways write the same JSON to memory.
 * Rounds take turns, and the ratio is that of the medians.  Ends with 1 when ours takes more than
 * 1.5 times as long.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "contract/value/value.h"
#include "idl/fileinfo.h"

#define ENTRIES 1000
#define ROUNDS  31
#define PROMISE 1.5

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- the value ---- */

static void fill_entry(fileinfo_entry *entry, char *name, size_t i)
{
	fileinfo_attributes *attributes = &entry->stat.fileinfo_stat_result_u.attributes;

	sprintf(name, "a file of some name, the %zuth", i);
	entry->name = name;
	entry->cookie = i + 1;
	entry->stat.status = FILEINFO_OK;
	attributes->type = FILEINFO_REGULAR;
	attributes->mode = 0644;
	attributes->links = 1;
	attributes->size = i * 4711;
	attributes->inode = 123456789 + i;
	attributes->modified.seconds = 1700000000 + (int64_t)i;
}

static size_t encode_page(char **bytes)
{
	static fileinfo_entry entries[ENTRIES];
	static char names[ENTRIES][64];
	fileinfo_list_result result = { .status = FILEINFO_OK };
	size_t size;
	XDR stream;

	for (size_t i = 0; i < ENTRIES; i++)
		fill_entry(&entries[i], names[i], i);
	result.fileinfo_list_result_u.page.entries.entries_val = entries;
	result.fileinfo_list_result_u.page.entries.entries_len = ENTRIES;
	result.fileinfo_list_result_u.page.end = TRUE;
	size = xdr_sizeof((xdrproc_t)xdr_fileinfo_list_result, &result);
	*bytes = malloc(size);
	xdrmem_create(&stream, *bytes, (u_int)size, XDR_ENCODE);
	if (!*bytes || !xdr_fileinfo_list_result(&stream, &result))
		abort();
	return size;
}

/* ---- by hand ---- */

static void print_time(FILE *to, const char *name, const fileinfo_time *time)
{
	fprintf(to, "\"%s\":{\"seconds\":%" PRId64 ",\"nanoseconds\":%u}", name, time->seconds,
		time->nanoseconds);
}

/* As it may be done for names that need no escaping. */
static void print_entry(FILE *to, const fileinfo_entry *entry)
{
	const fileinfo_attributes *a = &entry->stat.fileinfo_stat_result_u.attributes;

	fprintf(to, "{\"name\":\"%s\",\"cookie\":%" PRIu64 ",\"stat\":{\"status\":\"%s\"",
		entry->name, entry->cookie, "FILEINFO_OK");
	fprintf(to,
		",\"attributes\":{\"type\":\"%s\",\"mode\":%u,\"links\":%u,\"uid\":%u,\"gid\":%u,"
		"\"size\":%" PRIu64 ",\"allocated\":%" PRIu64 ",\"device\":%" PRIu64
		",\"inode\":%" PRIu64 ",",
		"FILEINFO_REGULAR", a->mode, a->links, a->uid, a->gid, a->size, a->allocated,
		a->device, a->inode);
	print_time(to, "accessed", &a->accessed);
	fputc(',', to);
	print_time(to, "modified", &a->modified);
	fputc(',', to);
	print_time(to, "changed", &a->changed);
	fputs("}}}", to);
}

static char *by_hand(char *bytes, size_t size)
{
	fileinfo_list_result result = { 0 };
	const fileinfo_page *page = &result.fileinfo_list_result_u.page;
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);
	XDR stream;

	xdrmem_create(&stream, bytes, (u_int)size, XDR_DECODE);
	if (!xdr_fileinfo_list_result(&stream, &result))
		abort();
	fputs("{\"status\":\"FILEINFO_OK\",\"page\":{\"entries\":[", to);
	for (u_int i = 0; i < page->entries.entries_len; i++) {
		fputs(i ? "," : "", to);
		print_entry(to, &page->entries.entries_val[i]);
	}
	fprintf(to, "],\"end\":%s}}", page->end ? "true" : "false");
	fclose(to);
	xdr_free((xdrproc_t)xdr_fileinfo_list_result, &result);
	return text;
}

/* ---- by the contract ---- */

static char *by_contract(const struct type *type, const char *bytes, size_t size)
{
	const struct value_form form = { 0 };
	struct buffer json = { 0 };
	char wrong[VALUE_WRONG];
	size_t used;

	if (value_to_json(type, (const uint8_t *)bytes, size, &form, &json, &used, wrong) < 0 ||
	    buffer_append(&json, "", 1) < 0)
		abort();
	return (char *)json.data;
}

/* ---- one against the other ---- */

static int compare_times(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1
						       : *(const double *)a > *(const double *)b;
}

static double median(double times[ROUNDS])
{
	qsort(times, ROUNDS, sizeof(*times), compare_times);
	return times[ROUNDS / 2];
}

int main(void)
{
	const struct type *type = contract_type(contract_built_in(), "fileinfo_list_result");
	double ours[ROUNDS], theirs[ROUNDS], begin, ours_median, theirs_median;
	char *bytes, *one, *other;
	size_t size = encode_page(&bytes);
	bool same = true;

	for (int i = 0; i < ROUNDS; i++) {
		begin = now();
		one = by_hand(bytes, size);
		theirs[i] = now() - begin;
		begin = now();
		other = by_contract(type, bytes, size);
		ours[i] = now() - begin;
		same = same && strcmp(one, other) == 0;
		free(one);
		free(other);
	}
	theirs_median = median(theirs);
	ours_median = median(ours);
	if (!same)
		puts("they differ");
	printf("a page of %d entries, %zu bytes, as JSON: %.0f us by rpcgen's filter and printf(), "
	       "%.0f us by its contract: %.2f times as long (promised: %.1f)\n",
	       ENTRIES, size, theirs_median * 1e6, ours_median * 1e6, ours_median / theirs_median,
	       PROMISE);
	free(bytes);
	return !same || ours_median > PROMISE * theirs_median;
}
