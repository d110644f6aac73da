/* Connections from a port that only root may use: some servers take calls from no others. */
#ifndef SIDECALL_CLIENT_RESERVED_H
#define SIDECALL_CLIENT_RESERVED_H

#include "client/runtime/channel.h"

/* Opens a channel by tcp or udp from a port below 1024 to an endpoint that has its own.  0, or the
 * failure's code. */
int reserved_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		  struct failure *failure);

#endif
