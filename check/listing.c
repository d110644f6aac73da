/* What a list has, page by page; and cases of it and of space. */
#include "check/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/ask.h"
#include "common/raw.h"

#define PAGE     2048 /* bytes of a page, in XDR: all of it is kept as evidence */
#define PAGES    4096 /* at most: a server may have no end */
#define PATIENCE INT64_C(10000000000)

/* ---- pages ---- */

static int add_entry(struct listing *listing, const fileinfo_entry *entry)
{
	const fileinfo_attributes *attributes = &entry->stat.fileinfo_stat_result_u.attributes;
	struct listed *more = realloc(listing->entries, (listing->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	listing->entries = more;
	more[listing->count] = (struct listed){ .name = strdup(entry->name) };
	if (entry->stat.status == FILEINFO_OK) {
		more[listing->count].type = attributes->type;
		more[listing->count].size = attributes->size;
	}
	return more[listing->count++].name ? 0 : -ENOMEM;
}

static int add_page(struct listing *listing, const fileinfo_list_result *result, uint64_t *next)
{
	const fileinfo_page *page = &result->fileinfo_list_result_u.page;
	int r = result->status == FILEINFO_OK ? 0 : -EBADMSG;

	for (u_int i = 0; r == 0 && i < page->entries.entries_len; i++) {
		r = add_entry(listing, &page->entries.entries_val[i]);
		*next = page->entries.entries_val[i].cookie;
	}
	if (r == 0 && !page->end && !page->entries.entries_len)
		r = -EBADMSG; /* it would go on for ever */
	return r ? r : page->end != 0;
}

int listing_add(struct listing *listing, const struct message *reply, uint64_t *next)
{
	struct unpacker in = { .bytes = reply->bytes, .left = reply->length };
	fileinfo_list_result result = { 0 };
	struct raw_reply header;
	int r = -EBADMSG;

	raw_unpack_reply(&in, &header);
	if (!in.failed && header.status == RAW_OK) {
		raw_unpack_list_result(&in, &result);
		if (unpacked_exactly(&in) &&
		    xdr_sizeof((xdrproc_t)xdr_fileinfo_list_result, &result) <= PAGE)
			r = add_page(listing, &result, next);
		xdr_free((xdrproc_t)xdr_fileinfo_list_result, &result);
	}
	return r;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct listed *)a)->name, ((const struct listed *)b)->name);
}

void listing_sort(struct listing *listing)
{
	if (listing->count)
		qsort(listing->entries, listing->count, sizeof(*listing->entries), compare_names);
}

void listing_release(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		free(listing->entries[i].name);
	free(listing->entries);
	*listing = (struct listing){ 0 };
}

/* Appends the call for a page of the root. */
static int pack_call(uint32_t id, uint64_t cookie, struct buffer *call)
{
	struct packer out = { .out = call, .limit = FRAMING_MAX_MESSAGE };
	const fileinfo_list_args args = { .directory = (char[]){ "." },
					  .cookie = cookie,
					  .max_bytes = PAGE };

	raw_pack_call(&out, &(struct raw_call){ id, RAW_VERSION, RAW_LIST });
	raw_pack_list_args(&out, &args);
	return out.failed ? -ENOMEM : 0;
}

/* ---- the reference's ---- */

static int ask_reference(const struct reference *reference, uint64_t *cookie,
			 struct listing *listing)
{
	struct buffer call = { 0 };
	struct message reply;
	bool sent;
	int r = pack_call(1, *cookie, &call);

	if (r == 0)
		r = channel_exchange(reference->channel, call.data, call.length, &reply,
				     clock_now() + PATIENCE, &sent);
	if (r == 0)
		r = listing_add(listing, &reply, cookie);
	buffer_release(&call);
	return r;
}

int listing_of_reference(const struct reference *reference, struct listing *listing)
{
	uint64_t cookie = 0;
	int r = 0;

	for (int i = 0; r == 0 && i < PAGES; i++)
		r = ask_reference(reference, &cookie, listing);
	listing_sort(listing);
	return r < 0 ? r : 0;
}

/* ---- a server's ---- */

static int ask_page(struct exchange *exchange, uint64_t *cookie, struct listing *listing)
{
	struct buffer call = { 0 };
	const uint32_t id = ++exchange->xid;
	int r = pack_call(id, *cookie, &call);
	const struct question question = { .message = &call, .xid = id, .at = 8, .length = 15 };

	exchange->expects = "80660000";
	exchange->results = true;
	if (r == 0)
		exchange_ask(exchange, &question);
	buffer_release(&call);
	if (r == 0 && exchange->reply.outcome == CHECK_SUCCESS) {
		const struct buffer *came = &exchange->came.bytes;

		r = listing_add(listing, &(struct message){ came->data, came->length }, cookie);
	}
	return r;
}

static void compare(struct exchange *exchange, const struct listing *is,
		    const struct listing *right)
{
	for (size_t i = 0; i < is->count || i < right->count; i++) {
		const char *a = i < is->count ? is->entries[i].name : NULL;
		const char *b = i < right->count ? right->entries[i].name : NULL;
		int order = !a ? 1 : !b ? -1 : strcmp(a, b);

		if (order)
			reply_wrong(&exchange->reply, 0, 0,
				    order < 0 ? "it lists %.100s, which is not there, or twice"
					      : "it does not list %.100s",
				    order < 0 ? a : b);
		if (order)
			return;
	}
}

void run_list(struct exchange *exchange, const struct check_case *row)
{
	struct listing is = { 0 }, right = { 0 };
	uint64_t cookie = 0;
	int r = 0;

	(void)row;
	exchange->reply.outcome = CHECK_SUCCESS;
	for (int i = 0; r == 0 && i < PAGES && exchange->reply.outcome == CHECK_SUCCESS; i++)
		r = ask_page(exchange, &cookie, &is);
	if (r < 0)
		reply_wrong(&exchange->reply, 8, 0, "it is no page of at most %d bytes in XDR",
			    PAGE);
	listing_sort(&is);
	if (exchange->reply.outcome == CHECK_SUCCESS &&
	    listing_of_reference(exchange->target->reference, &right) == 0)
		compare(exchange, &is, &right);
	listing_release(&is);
	listing_release(&right);
}

/* ---- space ---- */

/* What is free changes all the time: the totals, of bytes and of files, do not. */
static void compare_totals(struct exchange *exchange, const struct buffer *right)
{
	static const size_t totals[] = { 10, 34 };
	const struct buffer *came = &exchange->came.bytes;

	if (came->length != right->length)
		reply_wrong(&exchange->reply, 8, came->length - 8,
			    "the reply has %zu bytes, and has to have %zu", came->length,
			    right->length);
	for (size_t i = 0; i < 2 && exchange->reply.outcome == CHECK_SUCCESS; i++)
		if (memcmp(came->data + totals[i], right->data + totals[i], 8) != 0)
			reply_wrong(&exchange->reply, totals[i], 8, "the total of %s is wrong",
				    i ? "files" : "bytes");
}

void run_space(struct exchange *exchange, const struct check_case *row)
{
	static const char *const words[] = { "space", ".", NULL };
	struct buffer call = { 0 }, hex = { 0 }, right = { 0 };
	struct question question = {
		.message = &call, .xid = ++exchange->xid, .at = 8, .length = 3
	};

	(void)row;
	exchange->expects = "80690000";
	exchange->results = true;
	exchange->reply.outcome = CHECK_SILENT;
	if (reference_call(words, question.xid, &call) == 0 &&
	    reference_answer(exchange->target->reference, &call, &hex) == 0 &&
	    message_raw(question.xid, (char *)hex.data, &right) == 0) {
		exchange_ask(exchange, &question);
		if (exchange->reply.outcome == CHECK_SUCCESS)
			compare_totals(exchange, &right);
	}
	buffer_release(&call);
	buffer_release(&hex);
	buffer_release(&right);
}
