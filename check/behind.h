/* Bytes behind a reply, which belong to no message: the case that causes them is told so. */
#ifndef SIDECALL_CHECK_BEHIND_H
#define SIDECALL_CHECK_BEHIND_H

#include "check/exchange.h"

/* Looks, without waiting, for what came on a stream behind the reply that was received last; more
 * than that is a wrong reply.  No other call may be waiting for its own. */
void exchange_look_behind(struct exchange *exchange);

#endif
