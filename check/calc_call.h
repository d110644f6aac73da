/* The calculator's calls by rpc: those of raw messages, with their arguments in XDR. */
#ifndef SIDECALL_CHECK_CALC_CALL_H
#define SIDECALL_CHECK_CALC_CALL_H

#include "check/message.h"

/* Whether a server's answers are known: of raw messages, and of the calculator's contract. */
bool check_knows_answers(const struct check_target *target);

/* Makes what a raw message asks of the calculator a call by the target's protocol, of the same
 * name.  0, -ENOMEM, or -EINVAL where it asks something else. */
int calc_call(const struct check_target *target, struct buffer *message);

/* Where the arguments of such a call begin; bytes. */
size_t calc_call_arguments(const struct check_target *target);

#endif
