/* Channels on datagram sockets, wherever these were connected. */
#ifndef SIDECALL_CLIENT_RUNTIME_TRANSPORTS_UDP_H
#define SIDECALL_CLIENT_RUNTIME_TRANSPORTS_UDP_H

#include "client/runtime/channel.h"

/* A channel on a connected datagram socket, which it owns, also when this fails.  NULL: out of
 * memory. */
struct channel *udp_channel(int fd);

#endif
