/* A connection of a case: what is sent and what comes, kept as evidence; with an end to each wait.
 */
#include "check/exchange.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "check/diagnosis.h"
#include "check/meeting.h"
#include "client/runtime/stream.h"

#define FIRST_XID UINT32_C(0x5ca11000)
#define FEW_XIDS  0x100 /* that an exchange takes at most */

/* Bytes of one reply on a stream, whatever they are: the longest in fragments of a byte each has 5
 * MiB. */
#define ENDLESS (UINT64_C(16) << 20)

/* A server may keep what it answered, by the port that asked and the xid; and a port may be had
 * again within that time. */
static uint32_t first_xid(const struct check_target *target)
{
	uint32_t number;

	if (!check_datagrams(target) || getrandom(&number, sizeof(number), 0) != sizeof(number))
		return FIRST_XID;
	return number / FEW_XIDS * FEW_XIDS;
}

void exchange_init(struct exchange *exchange, const struct check_target *target)
{
	*exchange = (struct exchange){ .target = target,
				       .link = { .in = -1, .out = -1 },
				       .xid = first_xid(target),
				       .expects = MESSAGE_RAW_NULL,
				       .deadline = clock_now() + target->timeout };
}

void exchange_release(struct exchange *exchange)
{
	link_close(&exchange->link);
	buffer_release(&exchange->sent.bytes);
	buffer_release(&exchange->came.bytes);
	buffer_release(&exchange->right);
}

/* ---- connecting ---- */

void exchange_fail(struct exchange *exchange, const struct failure *failure)
{
	exchange->reply.outcome = CHECK_NOBODY;
	snprintf(exchange->note, sizeof(exchange->note), "%.*s", CHECK_TEXT - 1, failure->why);
	if (exchange->target->endpoint.transport == ENDPOINT_FIFO)
		exchange->why = meeting_why(failure);
}

bool exchange_connect(struct exchange *exchange)
{
	struct failure failure;

	link_close(&exchange->link);
	exchange->used = false;
	if (link_open(&exchange->link, &exchange->target->endpoint, exchange->deadline, &failure) ==
	    0)
		return true;
	exchange_fail(exchange, &failure);
	return false;
}

/* ---- sending ---- */

static void keep(struct evidence *evidence, const uint8_t *bytes, size_t length)
{
	size_t room = EVIDENCE_MOST - evidence->bytes.length;

	evidence->total += length;
	buffer_append(&evidence->bytes, bytes, length < room ? length : room);
}

struct check_call exchange_null(struct exchange *exchange)
{
	return check_call_null(exchange->target->program, exchange->target->version,
			       ++exchange->xid);
}

static int write_bytes(struct exchange *exchange, const uint8_t *bytes, size_t length)
{
	return link_write(&exchange->link, bytes, length, exchange->deadline);
}

int exchange_write(struct exchange *exchange, const void *bytes, size_t length)
{
	keep(&exchange->sent, bytes, length);
	return write_bytes(exchange, bytes, length);
}

int exchange_send(struct exchange *exchange, const struct buffer *message, size_t at, size_t length)
{
	size_t before = exchange->sent.total;
	size_t behind = at < message->length ? message->length - at : 0;
	struct buffer bytes = { 0 };
	int r = message_marked(exchange->target, message, &bytes);

	if (r == 0)
		r = exchange_write(exchange, bytes.data, bytes.length);
	exchange->sent.at = before + (bytes.length - message->length) + at;
	exchange->sent.length = length < behind ? length : behind;
	buffer_release(&bytes);
	return r;
}

int exchange_send_aside(struct exchange *exchange, uint32_t xid)
{
	struct buffer bytes = { 0 };
	int r = message_null_marked(exchange->target, xid, &bytes);

	if (r == 0)
		r = write_bytes(exchange, bytes.data, bytes.length);
	buffer_release(&bytes);
	return r;
}

/* ---- receiving ---- */

bool exchange_expect_equal(struct exchange *exchange, const struct buffer *call)
{
	exchange->right.length = 0;
	if (reference_answer(exchange->target->reference, call, &exchange->right) == 0) {
		exchange->expects = (char *)exchange->right.data;
		exchange->equal = true;
		return true;
	}
	exchange->reply.outcome = CHECK_SILENT;
	snprintf(exchange->note, sizeof(exchange->note),
		 "of sidecalld, which has the right answers");
	return false;
}

static void keep_reply(struct exchange *exchange, const struct message *message)
{
	exchange->came.bytes.length = exchange->came.total = 0;
	keep(&exchange->came, message->bytes, message->length);
	exchange->came.at = exchange->reply.at;
	exchange->came.length = exchange->reply.length;
}

void exchange_keep_rest(struct exchange *exchange)
{
	struct message rest = { 0 };

	if (!check_datagrams(exchange->target))
		stream_rest(exchange->link.channel, &rest);
	exchange->came.bytes.length = exchange->came.total = 0;
	keep(&exchange->came, rest.bytes, rest.length);
	exchange->came.at = 0;
	exchange->came.length = rest.length < sizeof(uint32_t) ? rest.length : sizeof(uint32_t);
}

void exchange_take_end(struct exchange *exchange, int r)
{
	struct reply *reply = &exchange->reply;

	exchange_keep_rest(exchange);
	if (r == -EMSGSIZE)
		reply_wrong(reply, 0, 0, "the %s announces a reply longer than %zu bytes",
			    check_front(exchange->target), FRAMING_MAX_MESSAGE);
	else if (r == -EOVERFLOW)
		reply->outcome = CHECK_ENDLESS;
	else if (r == -EPROTO)
		reply_wrong(reply, 0, 0, "what came is no %s",
			    check_raw(exchange->target) ? "message" : "record");
	else if (r == -ETIMEDOUT)
		reply->outcome = CHECK_SILENT;
	else if (r == -ECONNREFUSED)
		reply->outcome = CHECK_NOBODY;
	else
		reply->outcome = CHECK_CLOSED;
	diagnose_part(exchange, r);
}

bool exchange_broke_off(const struct exchange *exchange)
{
	return exchange->used && !exchange->came.total && !check_datagrams(exchange->target) &&
	       exchange->reply.outcome & (CHECK_CLOSED | CHECK_SILENT);
}

void exchange_take(struct exchange *exchange, const struct message *message, uint32_t xid)
{
	struct reply *reply = &exchange->reply;

	exchange->used = true;
	if (message->length < sizeof(xid))
		reply_wrong(reply, 0, message->length, "a reply of %zu bytes has no %s",
			    message->length, check_raw(exchange->target) ? "id" : "xid");
	else if (check_raw(exchange->target) && channel_id_of(message->bytes) != xid)
		reply_to_another(reply, message, xid, check_datagrams(exchange->target));
	else if (check_raw(exchange->target) && exchange->results)
		reply_begins(reply, message, exchange->expects);
	else if (check_raw(exchange->target))
		reply_compare(reply, message, exchange->expects, exchange->doubles);
	else if (channel_id_of(message->bytes) == xid && exchange->equal)
		reply_compare_answer(reply, message, exchange->target->version, exchange->expects,
				     exchange->doubles);
	else if (channel_id_of(message->bytes) == xid)
		reply_read(reply, message->bytes, message->length, exchange->target->version,
			   exchange->results);
	else
		reply_wrong(reply, 0, sizeof(xid), "it answers xid %08x, and was asked %08x",
			    channel_id_of(message->bytes), xid);
	keep_reply(exchange, message);
}

bool exchange_is_reply(const struct message *message, uint32_t xid)
{
	return message->length >= sizeof(xid) && channel_id_of(message->bytes) == xid;
}

static void settle(struct exchange *exchange)
{
	struct message rest;

	stream_rest(exchange->link.channel, &rest);
	exchange->settled = exchange->link.channel->received - rest.length;
}

/* Fragments may be empty, so nothing else bounds how many make a record. */
static bool is_endless(const struct exchange *exchange)
{
	return !check_datagrams(exchange->target) &&
	       exchange->link.channel->received - exchange->settled > ENDLESS;
}

/* As channel_receive(); -EOVERFLOW for what does not end. */
static int receive(struct exchange *exchange, struct message *message)
{
	int64_t look;
	int r;

	do {
		look = meeting_look(exchange->deadline);
		r = channel_receive(exchange->link.channel, message, look);
		if (r == -ETIMEDOUT && is_endless(exchange))
			r = -EOVERFLOW;
	} while (r == -ETIMEDOUT && look < exchange->deadline && !meeting_told_to_end());
	return r;
}

int exchange_receive_either(struct exchange *exchange, struct message *message, uint32_t xid,
			    uint32_t follower)
{
	exchange->reply = (struct reply){ 0 };
	if (!check_datagrams(exchange->target))
		settle(exchange);
	do {
		int r = receive(exchange, message);

		if (r != 1 || !check_datagrams(exchange->target) ||
		    exchange_is_reply(message, xid) || exchange_is_reply(message, follower))
			return r;
		exchange_take(exchange, message, xid);
	} while (clock_now() < exchange->deadline);
	return -ETIMEDOUT;
}

void exchange_receive(struct exchange *exchange, uint32_t xid)
{
	struct message message;
	int r = exchange_receive_either(exchange, &message, xid, xid);

	if (r == 1)
		exchange_take(exchange, &message, xid);
	else if (exchange->reply.outcome != CHECK_BAD_REPLY)
		exchange_take_end(exchange, r);
}
