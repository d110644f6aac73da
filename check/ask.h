/* A question to the server, and what it answers: once, again where messages get lost, or anew. */
#ifndef SIDECALL_CHECK_ASK_H
#define SIDECALL_CHECK_ASK_H

#include "check/exchange.h"

/* A message that is sent: the xid by which it is answered, the bytes that decide (up to its end at
 * most), and whether a null call goes behind it, for it may stay unanswered. */
struct question {
	const struct buffer *message;
	uint32_t xid;
	size_t at, length;
	bool followed;
	/* It has to be answered, and may be executed twice: so it is sent again where a later
	 * datagram is answered, and where a connection ends that has carried other calls. */
	bool again;
	/* How it gets across a stream; NULL: whole, behind one mark.  0 or -errno. */
	int (*send)(struct exchange *exchange, const struct buffer *message);
};

/* Sends a message and receives its reply; a datagram, which may get lost, again and again. */
void exchange_ask(struct exchange *exchange, const struct question *question);

/* Whether a null call on a new connection is answered rightly; and whether it is answered at all.
 * What was found before stays. */
bool exchange_serves(struct exchange *exchange);
bool exchange_answers(struct exchange *exchange);

/* What the next client gets is the outcome of the case. */
void exchange_judge_others(struct exchange *exchange);

#endif
