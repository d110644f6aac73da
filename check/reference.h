/* The right answers to calls: what sidecalld says to the same bytes. */
#ifndef SIDECALL_CHECK_REFERENCE_H
#define SIDECALL_CHECK_REFERENCE_H

#include "client/runtime/channel.h"

struct reference {
	struct channel *channel; /* to a sidecalld of our own, by pipes */
	size_t before;           /* bytes of a reply in front of its answer */
};

/* Starts it, to serve this directory by this protocol; NULL: files are not asked for.  0, or the
 * failure's code. */
int reference_open(struct reference *reference, enum endpoint_protocol protocol, const char *root,
		   struct failure *failure);
void reference_close(struct reference *reference);

/* Writes into `call` a raw call of this name, from the words of sidecall's command for it.  0 or
 * -errno: -EINVAL for words that it does not take. */
int reference_call(const char *const words[], uint32_t id, struct buffer *call);

/* Appends what is the right reply, behind its id, and by rpc behind its verifier, in hexadecimal
 * and with a zero byte behind it.  0 or -errno. */
int reference_answer(const struct reference *reference, const struct buffer *call,
		     struct buffer *hex);

#endif
