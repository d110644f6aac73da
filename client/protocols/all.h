/* The table of the client's protocols. */
#ifndef SIDECALL_CLIENT_PROTOCOLS_ALL_H
#define SIDECALL_CLIENT_PROTOCOLS_ALL_H

#include "client/protocols/protocol.h"

/* The protocol that an endpoint is spoken to in. */
const struct client_protocol *client_protocol(const struct endpoint *endpoint);

#endif
