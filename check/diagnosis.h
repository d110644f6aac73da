/* What is known of the reason when no whole message came: bytes of a part of one, or how the server
 * ended. */
#ifndef SIDECALL_CHECK_DIAGNOSIS_H
#define SIDECALL_CHECK_DIAGNOSIS_H

#include "check/exchange.h"

/* Looks at what is kept of a stream that brought no whole message, as channel_receive() said by
 * `r`; says in the exchange what it is, and why a server sends that. */
void diagnose_part(struct exchange *exchange, int r);

/* Where a pipe was closed: how its server ended. */
void diagnose_end(struct exchange *exchange);

#endif
