/* What a server has counted, asked of it. */
#include "client/counts.h"

#include <stdlib.h>
#include <string.h>

#include "client/any.h"
#include "client/procedures.h"

#define LEAST_SPAN 256.0             /* nanoseconds: the first one's end */
#define MOST_ROWS  ((size_t)1 << 18) /* of calls: more than all workers of a server of ours have */

/* ---- asking ---- */

static int take_result(const struct buffer *bytes, xdrproc_t filter, void *result,
		       struct failure *failure)
{
	XDR stream;

	xdrmem_create(&stream, (char *)bytes->data, (u_int)bytes->length, XDR_DECODE);
	if (filter(&stream, result))
		return 0;
	return failure_set(failure, FAILURE_DATA,
			   "the status that the server sent cannot be decoded");
}

/* One call, with a row's number where it takes one. */
static int ask(struct client *client, const char *name, rpcproc_t number, const u_int *row,
	       xdrproc_t filter, void *result, struct failure *failure)
{
	union procedure_arguments arguments = { .any.number = number };
	uint32_t word = htonl(row ? *row : 0);
	union procedure_result reply;
	struct procedure procedure;
	int code = 0;

	any_procedure(&procedure, name, STATUS_PROG, STATUS_V1);
	if (row && buffer_append(&arguments.any.bytes, &word, sizeof(word)) < 0)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	code = procedure_call(&procedure, client, &arguments, &reply, failure);
	if (code == 0)
		code = take_result(&reply.any.bytes, filter, result, failure);
	procedure_release(&procedure, &arguments, &reply);
	return code;
}

/* Takes a page's rows over. */
static int take_page(struct counts *counts, status_page *page, struct failure *failure)
{
	size_t more = page->rows.rows_len;
	status_calls *calls = realloc(counts->calls, (counts->count + more + 1) * sizeof(*calls));

	if (!calls)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	if (more)
		memcpy(calls + counts->count, page->rows.rows_val, more * sizeof(*calls));
	counts->calls = calls;
	counts->count += more;
	page->rows.rows_len = 0; /* what the rows lead to is ours now */
	return 0;
}

/* Whether the last page brought rows, and there may be more. */
static bool has_grown(const struct counts *counts, size_t before)
{
	return counts->count > before && counts->count < MOST_ROWS;
}

static int ask_calls(struct client *client, struct counts *counts, struct failure *failure)
{
	u_int row = 0;
	int code;

	do {
		size_t before = counts->count;
		status_page page = { 0 };

		code = ask(client, "calls", STATUS_CALLS, &row, (xdrproc_t)xdr_status_page, &page,
			   failure);
		if (code == 0)
			code = take_page(counts, &page, failure);
		if (code == 0 && page.next && (page.next <= row || !has_grown(counts, before)))
			code = failure_set(failure, FAILURE_DATA,
					   "the server's pages of calls do not end");
		row = page.next;
		xdr_free((xdrproc_t)xdr_status_page, &page);
	} while (code == 0 && row);
	return code;
}

int counts_ask(struct client *client, struct counts *counts, struct failure *failure)
{
	int code;

	*counts = (struct counts){ 0 };
	code = ask(client, "server", STATUS_SERVER, NULL, (xdrproc_t)xdr_status_server,
		   &counts->server, failure);
	if (code == 0)
		code = ask_calls(client, counts, failure);
	if (code == 0)
		code = ask(client, "events", STATUS_EVENTS, NULL, (xdrproc_t)xdr_status_events,
			   &counts->events, failure);
	return code;
}

void counts_release(struct counts *counts)
{
	for (size_t i = 0; i < counts->count; i++)
		xdr_free((xdrproc_t)xdr_status_calls, &counts->calls[i]);
	free(counts->calls);
	xdr_free((xdrproc_t)xdr_status_server, &counts->server);
	xdr_free((xdrproc_t)xdr_status_events, &counts->events);
}

/* ---- what they say ---- */

uint64_t counts_refused(const status_outcomes *outcomes)
{
	return outcomes->prog_unavail + outcomes->prog_mismatch + outcomes->proc_unavail +
	       outcomes->garbage_args + outcomes->rpc_mismatch + outcomes->auth_error +
	       outcomes->busy;
}

uint64_t counts_failed(const status_outcomes *outcomes)
{
	return outcomes->system_err + outcomes->too_large;
}

uint64_t counts_calls(const status_outcomes *outcomes)
{
	return outcomes->success + outcomes->no_reply + counts_refused(outcomes) +
	       counts_failed(outcomes);
}

/* Within a span they are taken for evenly spread. */
double counts_percentile(const u_quad_t spans[STATUS_SPANS], double part)
{
	double all = 0, below = 0, end = LEAST_SPAN, wanted;

	for (int i = 0; i < STATUS_SPANS; i++)
		all += (double)spans[i];
	wanted = part * all; /* rounded, before it is compared */
	for (int i = 0; i < STATUS_SPANS && all > 0; i++, end *= 2) {
		double begin = i ? end / 2 : 0, here = (double)spans[i];

		if (here > 0 && below + here >= wanted)
			return begin + (end - begin) * (wanted - below) / here;
		below += here;
	}
	return 0;
}
