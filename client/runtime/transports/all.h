/* The table of the client's transports, and opening a channel by it. */
#ifndef SIDECALL_CLIENT_RUNTIME_TRANSPORTS_ALL_H
#define SIDECALL_CLIENT_RUNTIME_TRANSPORTS_ALL_H

#include "client/runtime/channel.h"

/*
 * Opens the channel to an endpoint whose address is complete but for what has a default.
 * 0 and the channel, to be closed with channel_close(); or the failure's code.
 */
int channel_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		 struct failure *failure);

/* The same to a server that is run as a child, by a command as execvp() takes it; the endpoint says
 * in which protocol. */
int channel_spawn(struct channel **channel, const char *const *command,
		  const struct endpoint *endpoint, struct failure *failure);

#endif
