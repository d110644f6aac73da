/* Cases that take more than one call. */
#include "check/several.h"

#include <endian.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

#include "check/ask.h"

#define CALLS      8    /* in a segment */
#define HANGING_UP 2048 /* by who leaves at once */

/* Sends a message that is answered as a null call, and receives its reply; the number at `at`
 * decides.  `again`: on another connection, too. */
static void ask_one(struct exchange *exchange, const struct buffer *message, uint32_t xid,
		    size_t at, bool again)
{
	const struct question question = {
		.message = message,
		.xid = xid,
		.at = at,
		.length = sizeof(uint32_t),
		.again = again,
	};

	exchange_ask(exchange, &question);
}

static void call_xid(struct exchange *exchange, uint32_t xid)
{
	struct buffer message = { 0 };

	if (message_null(exchange->target, xid, &message) == 0)
		ask_one(exchange, &message, xid, CALL_XID_AT, false);
	buffer_release(&message);
}

void run_xids(struct exchange *exchange, const struct check_case *row)
{
	static const uint32_t xids[] = { 7, 0, UINT32_MAX, 6, 0x80000000 };

	(void)row;
	for (size_t i = 0; i < sizeof(xids) / sizeof(xids[0]); i++) {
		call_xid(exchange, xids[i]);
		if (exchange->reply.outcome == CHECK_SUCCESS)
			continue;
		snprintf(exchange->note, sizeof(exchange->note), "the call with %s %08x",
			 check_raw(exchange->target) ? "id" : "xid", xids[i]);
		return;
	}
}

/* ---- many in one segment ---- */

/* Takes a reply to one of the calls that are missing; their xids end with the last. */
static void take_missing(struct exchange *exchange, const struct message *message, uint32_t last,
			 unsigned int *missing)
{
	const uint32_t xid = message->length < sizeof(xid) ? 0 : channel_id_of(message->bytes);
	const bool is_missing = last - xid < CALLS && *missing & 1U << (last - xid);

	exchange_take(exchange, message, is_missing ? xid : last);
	if (is_missing)
		*missing &= ~(1U << (last - xid));
	else
		reply_wrong(&exchange->reply, 0, sizeof(xid),
			    "a message answers none of the calls that wait for their replies");
}

/* Whether a right one came. */
static bool receive_one(struct exchange *exchange, uint32_t last, unsigned int *missing)
{
	struct message message;
	int r = channel_receive(exchange->link.channel, &message, exchange->deadline);

	if (r == 1)
		take_missing(exchange, &message, last, missing);
	else
		exchange_take_end(exchange, r);
	return exchange->reply.outcome == CHECK_SUCCESS;
}

/* Receives replies to calls up to this xid, each once.  How many came. */
static size_t receive_all(struct exchange *exchange, uint32_t last)
{
	unsigned int missing = (1U << CALLS) - 1;
	size_t count = 0;

	do {
		count += receive_one(exchange, last, &missing);
	} while (missing && exchange->reply.outcome == CHECK_SUCCESS);
	return count;
}

static int add_calls(struct exchange *exchange, struct buffer *out)
{
	int r = 0;

	for (int i = 0; r == 0 && i < CALLS; i++)
		r = message_null_marked(exchange->target, ++exchange->xid, out);
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
	exchange->used = false; /* the case has a reason of its own */
	if (count < CALLS && !*exchange->note)
		snprintf(exchange->note, sizeof(exchange->note), "%zu of %d calls were answered",
			 count, CALLS);
}

/* ---- versions that a refusal names ---- */

static bool call_version(struct exchange *exchange, uint32_t version)
{
	struct check_call call = exchange_null(exchange);
	struct buffer message = { 0 };

	call.version = version;
	if (check_call_encode(&call, &message) == 0)
		ask_one(exchange, &message, call.xid, CALL_VERSION_AT, true);
	buffer_release(&message);
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

/* ---- what is no message ---- */

/* A mark that says so, and eight bytes. */
static void send_length(struct exchange *exchange, uint32_t length)
{
	const uint32_t words[] = { htobe32(length), 0, 0 };

	exchange_write(exchange, words, sizeof(words));
	exchange->sent.at = 0;
	exchange->sent.length = sizeof(words[0]);
	exchange_receive(exchange, 0);
}

void run_short_length(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	send_length(exchange, 4);
}

void run_giant_length(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	send_length(exchange, 0x7fffffff);
}

/* ---- who leaves ---- */

void run_left(struct exchange *exchange, const struct check_case *row)
{
	struct buffer bytes = { 0 };

	(void)row;
	if (message_null_marked(exchange->target, ++exchange->xid, &bytes) == 0)
		exchange_write(exchange, bytes.data, bytes.length / 2);
	buffer_release(&bytes);
	exchange->sent.at = 0;
	exchange->sent.length = sizeof(uint32_t);
	exchange_judge_others(exchange);
}

/* So many that a server writes more than once: only then it finds the connection broken.  Over TCP
 * the end goes with them, in one segment, so that no reply comes before it. */
void run_hung_up(struct exchange *exchange, const struct check_case *row)
{
	struct buffer bytes = { 0 };
	const int on = 1;
	int r = 0;

	(void)row;
	setsockopt(exchange->link.out, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
	for (int i = 0; r == 0 && i < HANGING_UP; i++)
		r = message_null_marked(exchange->target, ++exchange->xid, &bytes);
	if (r == 0)
		exchange_write(exchange, bytes.data, bytes.length);
	buffer_release(&bytes);
	exchange_judge_others(exchange);
}
