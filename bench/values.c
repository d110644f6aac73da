/*
 * What it costs to show a value of any contract as JSON, beside what it costs to do so by hand:
 * rpcgen's filter, run by libtirpc, and a printf() of what it gives.
 *
 * Both ways write the same JSON to memory.  Rounds take turns, and the ratio is that of the
 * medians. Ends with 1 when ours takes more than 1.5 times as long for one of the values.
 *
 * values NUMBER hand|contract TIMES does it so often, and prints nothing: bench/instructions counts
 * what that takes.  values --list names what has a number.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "contract/value/value.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ENTRIES      1000
#define VALUES       CALC_MAX_VALUES
#define SHORT        512 /* bytes of a value's text that is short */
#define ROUNDS       31
#define PROMISE      1.5
#define ROUND_TIME   1e-3 /* seconds that a round takes, about */

/* A value, and how somebody who knows its type would print it: text to be freed. */
struct sample {
	const char *what, *type;
	xdrproc_t filter;
	size_t size; /* of the C type */
	const void *(*make)(void);
	char *(*print)(const void *value);
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *or_abort(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* ---- a page of a directory ---- */

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

static const void *make_page(void)
{
	static fileinfo_entry entries[ENTRIES];
	static char names[ENTRIES][64];
	static fileinfo_list_result result = { .status = FILEINFO_OK };

	for (size_t i = 0; i < ENTRIES; i++)
		fill_entry(&entries[i], names[i], i);
	result.fileinfo_list_result_u.page.entries.entries_val = entries;
	result.fileinfo_list_result_u.page.entries.entries_len = ENTRIES;
	result.fileinfo_list_result_u.page.end = TRUE;
	return &result;
}

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

static char *print_page(const void *value)
{
	const fileinfo_page *page =
		&((const fileinfo_list_result *)value)->fileinfo_list_result_u.page;
	char *text = NULL;
	size_t length;
	FILE *to = or_abort(open_memstream(&text, &length));

	fputs("{\"status\":\"FILEINFO_OK\",\"page\":{\"entries\":[", to);
	for (u_int i = 0; i < page->entries.entries_len; i++) {
		fputs(i ? "," : "", to);
		print_entry(to, &page->entries.entries_val[i]);
	}
	fprintf(to, "],\"end\":%s}}", page->end ? "true" : "false");
	fclose(to);
	return text;
}

/* ---- whole numbers ---- */

static const void *make_numbers(void)
{
	static int64_t numbers[VALUES];
	static calc_values values = { VALUES, numbers };

	for (int64_t i = 0; i < VALUES; i++)
		numbers[i] = i * i * i - 1000000;
	return &values;
}

static char *print_numbers(const void *value)
{
	const calc_values *values = value;
	char *text = NULL;
	size_t length;
	FILE *to = or_abort(open_memstream(&text, &length));

	fputc('[', to);
	for (u_int i = 0; i < values->calc_values_len; i++)
		fprintf(to, i ? ",%" PRId64 : "%" PRId64, values->calc_values_val[i]);
	fputc(']', to);
	fclose(to);
	return text;
}

/* ---- small results ---- */

static const void *make_number(void)
{
	static calc_result result = { .status = CALC_OK, .calc_result_u = { .value = 42 } };

	return &result;
}

static char *print_number(const void *value)
{
	const calc_result *result = value;
	char *text = or_abort(malloc(SHORT));

	snprintf(text, SHORT, "{\"status\":\"%s\",\"value\":%" PRId64 "}", "CALC_OK",
		 result->calc_result_u.value);
	return text;
}

/* Doubles that %.17g shows as short as they can be; one needs all these figures. */
static const void *make_summary(void)
{
	static calc_summary_result result = {
		.status = CALC_OK,
		.calc_summary_result_u.summary = { 4, 10, 1, 4, 2.5, 1.4142135623730951 },
	};

	return &result;
}

static char *print_summary(const void *value)
{
	const calc_summary *summary =
		&((const calc_summary_result *)value)->calc_summary_result_u.summary;
	char *text = or_abort(malloc(SHORT));

	snprintf(text, SHORT,
		 "{\"status\":\"%s\",\"summary\":{\"count\":%u,\"sum\":%" PRId64
		 ",\"minimum\":%" PRId64 ",\"maximum\":%" PRId64
		 ",\"mean\":%.17g,\"deviation\":%.17g}}",
		 "CALC_OK", summary->count, summary->sum, summary->minimum, summary->maximum,
		 summary->mean, summary->deviation);
	return text;
}

static const void *make_digest(void)
{
	static fileinfo_digest_result result = { .status = FILEINFO_OK };

	memset(&result.fileinfo_digest_result_u, 0xa5, sizeof(result.fileinfo_digest_result_u));
	return &result;
}

static char *print_digest(const void *value)
{
	const fileinfo_digest *digest =
		&((const fileinfo_digest_result *)value)->fileinfo_digest_result_u.digest;
	char *text = or_abort(malloc(SHORT)), *at = text;

	at += sprintf(at, "{\"status\":\"%s\",\"digest\":{\"size\":%" PRIu64 ",\"sha256\":\"",
		      "FILEINFO_OK", digest->size);
	for (size_t i = 0; i < sizeof(digest->sha256); i++)
		at += sprintf(at, "%02x", (unsigned char)digest->sha256[i]);
	strcpy(at, "\"}}");
	return text;
}

static const struct sample samples[] = {
	{ "a page of 1000 entries", "fileinfo_list_result", (xdrproc_t)xdr_fileinfo_list_result,
	  sizeof(fileinfo_list_result), make_page, print_page },
	{ "4096 hypers", "calc_values", (xdrproc_t)xdr_calc_values, sizeof(calc_values),
	  make_numbers, print_numbers },
	{ "a number", "calc_result", (xdrproc_t)xdr_calc_result, sizeof(calc_result), make_number,
	  print_number },
	{ "a summary", "calc_summary_result", (xdrproc_t)xdr_calc_summary_result,
	  sizeof(calc_summary_result), make_summary, print_summary },
	{ "a digest", "fileinfo_digest_result", (xdrproc_t)xdr_fileinfo_digest_result,
	  sizeof(fileinfo_digest_result), make_digest, print_digest },
};

/* ---- both ways ---- */

struct encoded {
	const struct sample *sample;
	const struct type *type;
	char *bytes;
	size_t size;
};

static struct encoded encode(const struct sample *sample)
{
	const void *value = sample->make();
	struct encoded encoded = {
		.sample = sample,
		.type = contract_type(contract_built_in(), sample->type),
		.size = xdr_sizeof(sample->filter, (void *)value),
	};
	XDR stream;

	encoded.bytes = or_abort(malloc(encoded.size));
	xdrmem_create(&stream, encoded.bytes, (u_int)encoded.size, XDR_ENCODE);
	if (!sample->filter(&stream, value) || !encoded.type)
		abort();
	return encoded;
}

static char *by_hand(const struct encoded *encoded)
{
	union {
		fileinfo_list_result list;
		calc_summary_result summary;
		fileinfo_digest_result digest;
	} value;
	const struct sample *sample = encoded->sample;
	char *text;
	XDR stream;

	memset(&value, 0, sample->size);
	xdrmem_create(&stream, encoded->bytes, (u_int)encoded->size, XDR_DECODE);
	if (!sample->filter(&stream, &value))
		abort();
	text = sample->print(&value);
	xdr_free(sample->filter, &value);
	return text;
}

static char *by_contract(const struct encoded *encoded)
{
	const struct value_form form = { 0 };
	struct buffer json = { 0 };
	char wrong[VALUE_WRONG];
	size_t used;

	if (value_to_json(encoded->type, (const uint8_t *)encoded->bytes, encoded->size, &form,
			  &json, &used, wrong) < 0 ||
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

static double repeat(const struct encoded *encoded, char *(*way)(const struct encoded *encoded),
		     unsigned long times)
{
	double begin = now();

	for (unsigned long i = 0; i < times; i++)
		free(way(encoded));
	return (now() - begin) / (double)(times ? times : 1);
}

static bool same(const struct encoded *encoded)
{
	char *one = by_hand(encoded), *other = by_contract(encoded);
	bool equal = strcmp(one, other) == 0;

	if (!equal)
		printf("they differ:\n%.200s\n%.200s\n", one, other);
	free(one);
	free(other);
	return equal;
}

/* Whether the promise is kept. */
static bool compare(const struct sample *sample)
{
	struct encoded encoded = encode(sample);
	unsigned long times = 1 + (unsigned long)(ROUND_TIME / repeat(&encoded, by_hand, 2));
	double hand[ROUNDS], contract[ROUNDS], ratio;
	bool equal = same(&encoded);

	for (int i = 0; i < ROUNDS; i++) {
		hand[i] = repeat(&encoded, by_hand, times);
		contract[i] = repeat(&encoded, by_contract, times);
	}
	ratio = median(contract) / median(hand);
	printf("%s, %zu bytes, as JSON: %.2f us by rpcgen's filter and printf(), %.2f us by its "
	       "contract: %.2f times as long (promised: %.1f)\n",
	       sample->what, encoded.size, median(hand) * 1e6, median(contract) * 1e6, ratio,
	       PROMISE);
	free(encoded.bytes);
	return equal && ratio <= PROMISE;
}

static int run_one(const char *number, const char *way, const char *times)
{
	size_t index = strtoul(number, NULL, 10);
	struct encoded encoded;

	if (index >= COUNT(samples))
		return 1;
	encoded = encode(&samples[index]);
	repeat(&encoded, strcmp(way, "hand") == 0 ? by_hand : by_contract,
	       strtoul(times, NULL, 10));
	free(encoded.bytes);
	return 0;
}

int main(int argc, char **argv)
{
	bool kept = true;

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (size_t i = 0; i < COUNT(samples); i++)
			puts(samples[i].what);
		return 0;
	}
	if (argc == 4)
		return run_one(argv[1], argv[2], argv[3]);
	for (size_t i = 0; i < COUNT(samples); i++)
		kept = compare(&samples[i]) && kept;
	return !kept;
}
