/* Channels to a server that is run as a child, on pipes. */
#ifndef SIDECALL_CLIENT_RUNTIME_TRANSPORTS_PIPE_H
#define SIDECALL_CLIENT_RUNTIME_TRANSPORTS_PIPE_H

#include "client/runtime/channel.h"

/* A server that was started: our ends of its two pipes, non-blocking, and its process. */
struct pipe_server {
	int replies, calls;
	pid_t process;
};

/* Runs the command, as execvp() takes it, with pipes as its standard input and output.  `tied`: in
 * a process group of its own, which the caller ends, and killed when the caller is.  0 or -errno.
 */
int pipe_start(const char *const *command, bool tied, struct pipe_server *server);

/*
 * Runs the command, as execvp() takes it, with the session on its standard input and output, in the
 * endpoint's protocol.  When the channel is closed the child's input ends, and the child is waited
 * for, and killed when it does not end.  0, or the failure's code.
 */
int pipe_channel(struct channel **channel, const char *const *command,
		 const struct endpoint *endpoint, struct failure *failure);

#endif
