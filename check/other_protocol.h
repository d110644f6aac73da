/* Whether a server that does not answer speaks the other protocol. */
#ifndef SIDECALL_CHECK_OTHER_PROTOCOL_H
#define SIDECALL_CHECK_OTHER_PROTOCOL_H

#include "check/message.h"

/* Makes a null call of the other protocol on a new connection (tcp, udp, unix).  Whether it is
 * answered as that protocol demands, be it by a refusal; `other` is the target's endpoint then. */
bool check_speaks_other(const struct check_target *target, struct endpoint *other);

#endif
