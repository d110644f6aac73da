/* A question to the server, and what it answers: once, again where messages get lost, or anew. */
#include "check/ask.h"

#include <errno.h>

#include "check/behind.h"

/* A reply may be overtaken by that to the call behind it, but not for long. */
static void receive_overtaken(struct exchange *exchange, uint32_t xid)
{
	struct message message;
	int r;

	exchange->deadline = clock_now() + EXCHANGE_OVERTAKEN;
	r = exchange_receive_either(exchange, &message, xid, xid);
	if (r == 1)
		exchange_take(exchange, &message, xid);
	else
		exchange_take_end(exchange, r);
	if (r == -ETIMEDOUT)
		exchange->reply.outcome = CHECK_UNANSWERED;
}

/* Leaves none of the replies behind: libtirpc's server dies of a reply that nobody takes. */
static void receive_followed(struct exchange *exchange, uint32_t xid, uint32_t follower)
{
	struct message message;
	int r = exchange_receive_either(exchange, &message, xid, follower);

	if (r != 1 && exchange->reply.outcome == CHECK_BAD_REPLY)
		return;
	if (r != 1)
		exchange_take_end(exchange, r);
	else if (exchange_is_reply(&message, follower))
		receive_overtaken(exchange, xid);
	else {
		exchange_take(exchange, &message, xid);
		channel_receive(exchange->link.channel, &message, clock_now() + EXCHANGE_OVERTAKEN);
	}
}

/* Who has closed may still have said why: errors of sending are seen by what comes. */
static void ask_once(struct exchange *exchange, const struct question *question)
{
	const uint32_t follower = ++exchange->xid;
	int r = 0;

	exchange->sent.bytes.length = exchange->sent.total = 0;
	exchange->sent.times++;
	if (question->send)
		question->send(exchange, question->message);
	else
		exchange_send(exchange, question->message, question->at, question->length);
	if (question->followed)
		r = exchange_send_aside(exchange, follower);
	if (r == -ECONNREFUSED) /* a datagram before it found nobody */
		exchange->reply.outcome = CHECK_NOBODY;
	else if (question->followed && r == 0)
		receive_followed(exchange, question->xid, follower);
	else {
		exchange_receive(exchange, question->xid);
		if (!question->followed)
			exchange_look_behind(exchange);
	}
}

static bool is_lost(const struct exchange *exchange, const struct question *question)
{
	return exchange->reply.outcome == CHECK_SILENT ||
	       (question->again && exchange->reply.outcome == CHECK_UNANSWERED);
}

static void ask_here(struct exchange *exchange, const struct question *question)
{
	int tries = check_datagrams(exchange->target) ? EXCHANGE_TRIES : 1;

	exchange->sent.times = 0;
	for (int64_t share = exchange->target->timeout / tries; tries > 0; tries--) {
		exchange->deadline = clock_now() + share;
		ask_once(exchange, question);
		if (!is_lost(exchange, question))
			return;
	}
}

/* On a connection of its own, for nobody has to serve another one for ever.  Where there is none
 * any more, it is the end of the first one that was found. */
static void ask_apart(struct exchange *exchange, const struct question *question)
{
	const struct reply reply = exchange->reply;

	exchange->deadline = clock_now() + exchange->target->timeout;
	if (exchange_connect(exchange)) {
		ask_here(exchange, question);
		return;
	}
	exchange->reply = reply;
	exchange->note[0] = '\0';
	exchange->why = NULL;
}

void exchange_ask(struct exchange *exchange, const struct question *question)
{
	ask_here(exchange, question);
	if (question->again && exchange_broke_off(exchange))
		ask_apart(exchange, question);
}

/* What a null call on a new connection gives; what was found before stays. */
static enum check_outcome ask_anew(struct exchange *exchange)
{
	const struct evidence came = exchange->came;
	const struct reply reply = exchange->reply;
	int tries = check_datagrams(exchange->target) ? EXCHANGE_TRIES : 1;
	enum check_outcome outcome = CHECK_NOBODY;

	exchange->came = (struct evidence){ 0 };
	exchange->results = exchange->equal = false;
	exchange->expects = MESSAGE_RAW_NULL;
	exchange->doubles = 0;
	for (int64_t share = exchange->target->timeout / tries; tries > 0; tries--) {
		exchange->deadline = clock_now() + share;
		if (!exchange_connect(exchange) ||
		    exchange_send_aside(exchange, ++exchange->xid) < 0)
			break;
		exchange_receive(exchange, exchange->xid);
		outcome = exchange->reply.outcome;
		if (outcome != CHECK_SILENT)
			break;
	}
	exchange->anew = outcome;
	buffer_release(&exchange->came.bytes);
	exchange->came = came;
	exchange->reply = reply;
	return outcome;
}

bool exchange_serves(struct exchange *exchange)
{
	return ask_anew(exchange) == CHECK_SUCCESS;
}

void exchange_judge_others(struct exchange *exchange)
{
	exchange->reply.outcome = exchange_serves(exchange) ? CHECK_SUCCESS : exchange->anew;
	if (exchange->anew == CHECK_BAD_REPLY)
		reply_wrong(&exchange->reply, 0, 0, "the next client gets a wrong reply");
}

bool exchange_answers(struct exchange *exchange)
{
	return !(ask_anew(exchange) & (CHECK_CLOSED | CHECK_SILENT | CHECK_NOBODY | CHECK_ENDLESS));
}
