/* The raw protocol, the client's end: our stubs, on a channel. */
#ifndef SIDECALL_CLIENT_PROTOCOLS_RAW_H
#define SIDECALL_CLIENT_PROTOCOLS_RAW_H

#include "client/client.h"

/* What a refusal (docs/protocol.md), or what else a stub returned, means.  The failure's code. */
int raw_failure(const struct client *client, int result, struct failure *failure);

#endif
