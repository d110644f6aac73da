/* What must hold of every message that is explained, whatever its bytes are. */
#ifndef SIDECALL_FUZZ_EXPLAIN_H
#define SIDECALL_FUZZ_EXPLAIN_H

#include "trace/message.h"

struct explained {
	struct message_summary summary;
	bool header, payload; /* understood, all of it */
};

/* Has a message explained, as the reply to `call` or NULL, and sees that each byte is handed out
 * once and in its place. */
struct explained explain_check(struct message_form form, const uint8_t *bytes, size_t length,
			       const struct message_call *call);

#endif
