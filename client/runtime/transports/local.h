/* What the client's transports with a socket in the filesystem share: connecting to it. */
#ifndef SIDECALL_CLIENT_RUNTIME_TRANSPORTS_LOCAL_H
#define SIDECALL_CLIENT_RUNTIME_TRANSPORTS_LOCAL_H

#include "client/runtime/channel.h"

/*
 * A connected, non-blocking Unix socket to the endpoint's path, or to the default one.
 * 0 and the descriptor, or the failure's code.
 */
int connect_to_path(const struct endpoint *endpoint, int64_t deadline, int *fd,
		    struct failure *failure);

/* Writes which two sockets make a connection; the client's has no name. */
void name_local_peers(int fd, char peers[CHANNEL_PEERS]);

/* The runtime directory is not to be had (-errno), so no path is known.  The failure's code. */
int local_no_directory(int error, struct failure *failure);

#endif
