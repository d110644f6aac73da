/* A connection of a case: what is sent and what comes, kept as evidence; with an end to each wait.
 */
#ifndef SIDECALL_CHECK_EXCHANGE_H
#define SIDECALL_CHECK_EXCHANGE_H

#include "check/call.h"
#include "check/link.h"
#include "check/message.h"
#include "check/reply.h"
#include "client/runtime/channel.h"
#include "common/endpoint.h"

#define EVIDENCE_MOST  4096 /* bytes that are kept */
#define EXCHANGE_TRIES 3    /* of a datagram, which may get lost */
#define EXCHANGE_OVERTAKEN                                                                         \
	INT64_C(200000000) /* nanoseconds that a reply may come after a later one */

/* Bytes on the transport, or of a reply without its mark; and those of them that decide. */
struct evidence {
	struct buffer bytes;
	size_t total; /* there were so many; they may be more */
	size_t at, length;
	unsigned int
		times; /* that a message was sent, where it may be more often than once; or 0 */
};

struct exchange {
	const struct check_target *target;
	int64_t deadline;
	struct link link;
	bool used;        /* a call on it was answered */
	uint64_t settled; /* bytes that came on the stream before the reply that is waited for */
	uint32_t xid;     /* of the last call */
	struct evidence sent, came;
	bool results;        /* by rpc: the procedure may return something */
	const char *expects; /* by raw: the reply behind its id, in hexadecimal */
	struct buffer
		right; /* has that, where it is the reference's; by rpc, behind the verifier */
	bool equal;    /* the reply has to be that */
	unsigned int doubles; /* that end it */
	struct reply reply;
	char note[CHECK_TEXT];   /* what is to be said beside the reply */
	const char *why;         /* what is known of the reason; NULL: what the case says */
	enum check_outcome anew; /* that exchange_serves() and exchange_answers() found last */
};

void exchange_init(struct exchange *exchange, const struct check_target *target);
void exchange_release(struct exchange *exchange);

/* Connects, anew where it is connected.  False, and the outcome is CHECK_NOBODY. */
bool exchange_connect(struct exchange *exchange);

/* No connection can be made, as the failure says. */
void exchange_fail(struct exchange *exchange, const struct failure *failure);

/* A null call with an xid of its own. */
struct check_call exchange_null(struct exchange *exchange);

/* Writes bytes, in as few segments as it takes.  0 or -errno. */
int exchange_write(struct exchange *exchange, const void *bytes, size_t length);

/* Sends a message whole, behind its mark on a stream.  `at` and `length` are the bytes of it that
 * decide.  0 or -errno. */
int exchange_send(struct exchange *exchange, const struct buffer *message, size_t at,
		  size_t length);

/* The same for a null call that is no evidence. */
int exchange_send_aside(struct exchange *exchange, uint32_t xid);

/* Takes a message for the reply to the call named `xid`. */
void exchange_take(struct exchange *exchange, const struct message *message, uint32_t xid);

/* The same for what a send or a receive that gave no message returned: the connection's end, an
 * error, or silence. */
void exchange_take_end(struct exchange *exchange, int r);

/* What came on a stream and is no whole message becomes the evidence. */
void exchange_keep_rest(struct exchange *exchange);

/* What is expected is what the reference says to this call.  False: it cannot be asked. */
bool exchange_expect_equal(struct exchange *exchange, const struct buffer *call);

/* Whether the connection ended, or fell silent, behind calls that were answered on it. */
bool exchange_broke_off(const struct exchange *exchange);

/* Whether a message has this name. */
bool exchange_is_reply(const struct message *message, uint32_t xid);

/* Receives a reply to either call: 1, or as channel_receive().  What else comes in a datagram may
 * answer an earlier one: it is wrong only when nothing comes behind it. */
int exchange_receive_either(struct exchange *exchange, struct message *message, uint32_t xid,
			    uint32_t follower);

/* Receives the reply to the call named `xid`; the outcome is in the exchange. */
void exchange_receive(struct exchange *exchange, uint32_t xid);

#endif
