/* Cases that take more than one call. */
#include "check/several.h"

#include <stdio.h>

#define CALLS 8 /* in a segment */

/* Sends a call, and receives its reply; the number at `at` decides. */
static void call_once(struct exchange *exchange, const struct check_call *call, size_t at)
{
	struct buffer message = { 0 };
	const struct question question = {
		.message = &message, .xid = call->xid, .at = at, .length = sizeof(uint32_t)
	};

	if (check_call_encode(call, &message) == 0)
		exchange_ask(exchange, &question);
	buffer_release(&message);
}

void run_xids(struct exchange *exchange, const struct check_case *row)
{
	static const uint32_t xids[] = { 7, 0, UINT32_MAX, 6, 0x80000000 };

	(void)row;
	for (size_t i = 0; i < sizeof(xids) / sizeof(xids[0]); i++) {
		struct check_call call = exchange_null(exchange);

		call.xid = xids[i];
		call_once(exchange, &call, CALL_XID_AT);
		if (exchange->reply.outcome == CHECK_SUCCESS)
			continue;
		snprintf(exchange->note, sizeof(exchange->note), "the call with xid %08x", xids[i]);
		return;
	}
}

/* ---- many in one segment ---- */

/* Receives replies to calls up to this xid, each once.  How many came. */
static size_t receive_all(struct exchange *exchange, uint32_t last)
{
	unsigned int missing = (1U << CALLS) - 1;
	struct message message;
	size_t count = 0;

	while (missing && channel_receive(exchange->channel, &message, exchange->deadline) == 1) {
		uint32_t before = message.length < sizeof(last)
					  ? CALLS
					  : last - channel_id_of(message.bytes);

		if (before >= CALLS || !(missing & 1U << before))
			break;
		missing &= ~(1U << before);
		reply_read(&exchange->reply, message.bytes, message.length,
			   exchange->target->version, false);
		if (exchange->reply.outcome != CHECK_SUCCESS)
			break;
		count++;
	}
	return count;
}

static int add_calls(struct exchange *exchange, struct buffer *out)
{
	int r = 0;

	for (int i = 0; r == 0 && i < CALLS; i++) {
		const struct check_call call = exchange_null(exchange);
		uint8_t mark[FRAMING_HEADER];

		framing_mark(&framing_record_marking, mark, CALL_HEADER);
		r = buffer_append(out, mark, sizeof(mark));
		if (r == 0)
			r = check_call_encode(&call, out);
	}
	return r;
}

void run_one_segment(struct exchange *exchange, const struct check_case *row)
{
	struct buffer bytes = { 0 };
	size_t count = 0;

	(void)row;
	exchange->reply.outcome = CHECK_SILENT;
	if (add_calls(exchange, &bytes) == 0 &&
	    exchange_write(exchange, bytes.data, bytes.length) == 0)
		count = receive_all(exchange, exchange->xid);
	buffer_release(&bytes);
	if (count == CALLS)
		return;
	if (exchange->reply.outcome == CHECK_SUCCESS)
		exchange->reply.outcome = CHECK_SILENT;
	snprintf(exchange->note, sizeof(exchange->note), "%zu of %d calls were answered", count,
		 CALLS);
}

/* ---- versions that a refusal names ---- */

static bool call_version(struct exchange *exchange, uint32_t version)
{
	struct check_call call = exchange_null(exchange);

	call.version = version;
	call_once(exchange, &call, CALL_VERSION_AT);
	return exchange->reply.outcome != CHECK_BAD_REPLY;
}

void run_named_versions(struct exchange *exchange, const struct check_case *row)
{
	struct reply named;

	(void)row;
	if (!call_version(exchange, UINT32_MAX) || exchange->reply.outcome != CHECK_PROG_MISMATCH)
		return;
	named = exchange->reply;
	if (!call_version(exchange, named.low) || exchange->reply.outcome != CHECK_SUCCESS)
		snprintf(exchange->note, sizeof(exchange->note), "version %u, which it names",
			 named.low);
	else if (!call_version(exchange, named.high) || exchange->reply.outcome != CHECK_SUCCESS)
		snprintf(exchange->note, sizeof(exchange->note), "version %u, which it names",
			 named.high);
}

/* ---- who leaves ---- */

void run_left(struct exchange *exchange, const struct check_case *row)
{
	const struct check_call call = exchange_null(exchange);
	struct buffer message = { 0 };
	uint8_t mark[FRAMING_HEADER];

	(void)row;
	framing_mark(&framing_record_marking, mark, CALL_HEADER);
	exchange_write(exchange, mark, sizeof(mark));
	if (check_call_encode(&call, &message) == 0)
		exchange_write(exchange, message.data, message.length / 2);
	buffer_release(&message);
	exchange->sent.at = 0;
	exchange->sent.length = sizeof(mark);
	exchange->reply.outcome = exchange_serves(exchange) ? CHECK_SUCCESS : CHECK_SILENT;
}
