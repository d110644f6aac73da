/* Channels to a server that is run as a child, on pipes. */
#ifndef SIDECALL_CLIENT_RUNTIME_TRANSPORTS_PIPE_H
#define SIDECALL_CLIENT_RUNTIME_TRANSPORTS_PIPE_H

#include "client/runtime/channel.h"

/*
 * Runs the command, as execvp() takes it, with the session on its standard input and output, in the
 * endpoint's protocol.  When the channel is closed the child's input ends, and the child is waited
 * for, and killed when it does not end.  0, or the failure's code.
 */
int pipe_channel(struct channel **channel, const char *const *command,
		 const struct endpoint *endpoint, struct failure *failure);

#endif
