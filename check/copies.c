/* Cases that count the replies to a call. */
#include "check/copies.h"

#include <stdio.h>

#define MESSAGES 64 /* are looked at: a server that sends more answers something else */

/* What came of the copies of a call, and of one behind them. */
struct counting {
	unsigned int copies, replies;
	uint32_t xid, follower;
	bool followed;
};

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Another datagram is a late reply to what was sent before; on a stream there are none, and nothing
 * else is looked at: false. */
static bool take_reply(struct exchange *exchange, struct counting *counting,
		       const struct message *message)
{
	const uint32_t xid = message->length < sizeof(xid) ? 0 : channel_id_of(message->bytes);
	const bool ours = xid == counting->xid;

	if (xid == counting->follower)
		counting->followed = true;
	else if (!ours && check_datagrams(exchange->target))
		return true;
	else if (exchange->reply.outcome != CHECK_BAD_REPLY)
		exchange_take(exchange, message, counting->xid);
	counting->replies += ours;
	if (counting->followed || counting->replies == counting->copies)
		exchange->deadline = earlier(exchange->deadline, clock_now() + EXCHANGE_OVERTAKEN);
	return ours || counting->followed;
}

static void receive_replies(struct exchange *exchange, struct counting *counting)
{
	struct message message;

	for (int i = 0; i < MESSAGES; i++) {
		int r = channel_receive(exchange->link.channel, &message, exchange->deadline);

		if (r <= 0 && !counting->replies)
			exchange_take_end(exchange, r);
		if (r <= 0 || !take_reply(exchange, counting, &message) ||
		    (counting->followed && counting->replies >= counting->copies))
			break;
	}
	if (counting->followed && exchange->reply.outcome == CHECK_SILENT)
		exchange->reply.outcome = CHECK_UNANSWERED;
}

static void ask_copies(struct exchange *exchange, struct counting *counting)
{
	struct buffer message = { 0 };
	int r;

	*counting = (struct counting){ .copies = counting->copies };
	counting->xid = ++exchange->xid;
	counting->follower = ++exchange->xid;
	exchange->reply = (struct reply){ 0 };
	exchange->sent.bytes.length = exchange->sent.total = 0;
	r = message_null(exchange->target, counting->xid, &message);
	for (unsigned int i = 0; r == 0 && i < counting->copies; i++)
		r = exchange_send(exchange, &message, CALL_XID_AT, sizeof(uint32_t));
	if (r == 0)
		r = exchange_send_aside(exchange, counting->follower);
	buffer_release(&message);
	if (r == 0)
		receive_replies(exchange, counting);
	else
		exchange_take_end(exchange, r);
}

/* A datagram may get lost: those of which too little came are sent anew, by another xid, for a late
 * reply is to be told from a second one. */
static unsigned int count_replies(struct exchange *exchange, unsigned int copies)
{
	struct counting counting = { .copies = copies };
	int tries = check_datagrams(exchange->target) ? EXCHANGE_TRIES : 1;

	for (int64_t share = exchange->target->timeout / tries; tries > 0; tries--) {
		exchange->deadline = clock_now() + share;
		ask_copies(exchange, &counting);
		if (counting.replies >= copies || exchange->reply.outcome == CHECK_BAD_REPLY)
			break;
	}
	if (counting.replies > copies)
		reply_wrong(&exchange->reply, 0, sizeof(uint32_t), "%u replies came to %s",
			    counting.replies, copies == 1 ? "one call" : "two");
	return counting.replies;
}

void run_once(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	count_replies(exchange, 1);
}

void run_twice(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	if (count_replies(exchange, 2) != 1 || exchange->reply.outcome == CHECK_BAD_REPLY)
		return;
	exchange->reply.outcome = CHECK_UNANSWERED;
	snprintf(exchange->note, sizeof(exchange->note), "one of the two was answered");
}
