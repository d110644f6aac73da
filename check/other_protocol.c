/* Whether a server that does not answer speaks the other protocol. */
#include "check/other_protocol.h"

#include "check/ask.h"

/* What a null call gives, also where nobody serves that program. */
static enum check_outcome ask_null(const struct check_target *target)
{
	struct buffer message = { 0 };
	struct exchange exchange;
	struct question question = { .message = &message };
	enum check_outcome outcome;

	exchange_init(&exchange, target);
	question.xid = ++exchange.xid;
	if (exchange_connect(&exchange) && message_null(target, question.xid, &message) == 0)
		exchange_ask(&exchange, &question);
	outcome = exchange.reply.outcome;
	buffer_release(&message);
	exchange_release(&exchange);
	return outcome;
}

bool check_speaks_other(const struct check_target *target, struct endpoint *other)
{
	const unsigned int spoken = CHECK_SUCCESS | CHECK_PROG_UNAVAIL | CHECK_PROG_MISMATCH |
				    CHECK_SYSTEM_ERR | CHECK_AUTH_ERROR;
	struct check_target as_other = *target;

	if (target->endpoint.transport == ENDPOINT_PIPE ||
	    target->endpoint.transport == ENDPOINT_FIFO)
		return false;
	as_other.endpoint.protocol = check_raw(target) ? ENDPOINT_RPC : ENDPOINT_RAW;
	*other = as_other.endpoint;
	return ask_null(&as_other) & spoken;
}
