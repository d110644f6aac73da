/* Bytes behind a reply, which belong to no message: the case that causes them is told so. */
#include "check/behind.h"

#include "client/runtime/stream.h"

#define LONGER_THAN_SAID                                                                           \
	"Most likely more is written than the length in front says: sizeof(struct), which the "    \
	"compiler fills up, or the NUL behind a C string."
#define ANSWERS_AGAIN "Most likely a call is answered twice, or what is no call is answered."

static void judge_rest(struct exchange *exchange)
{
	struct message rest;

	stream_rest(exchange->link.channel, &rest);
	if (!rest.length)
		return;
	reply_wrong(&exchange->reply, 0, rest.length,
		    "%zu byte%s came behind the reply, which belong%s to no message", rest.length,
		    rest.length == 1 ? "" : "s", rest.length == 1 ? "s" : "");
	exchange->why = LONGER_THAN_SAID;
	exchange_keep_rest(exchange);
}

void exchange_look_behind(struct exchange *exchange)
{
	const enum check_outcome none = CHECK_BAD_REPLY | CHECK_CLOSED | CHECK_SILENT |
					CHECK_NOBODY | CHECK_ENDLESS;
	struct message second;

	if (check_datagrams(exchange->target) || !exchange->link.channel ||
	    exchange->reply.outcome & none)
		return;
	if (channel_receive(exchange->link.channel, &second, CHANNEL_NOW) != 1) {
		judge_rest(exchange);
		return;
	}
	reply_wrong(&exchange->reply, 0, second.length,
		    "a second message, of %zu bytes, came behind the reply", second.length);
	exchange->why = ANSWERS_AGAIN;
}
