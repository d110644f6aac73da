/* The pipe transport, the server's end: one session on our standard input and output. */
#ifndef SIDECALL_SERVER_RUNTIME_TRANSPORTS_PIPE_H
#define SIDECALL_SERVER_RUNTIME_TRANSPORTS_PIPE_H

#include "server/runtime/session.h"

/*
 * Serves what the parent left us as standard input and output, and stops the loop when that ends.
 * 0 or -errno: -EPERM when they are neither pipes nor sockets, -ENOTCONN when one is a socket that
 * listens, or of datagrams.
 */
int pipe_serve(struct sessions *sessions, const struct protocol *protocol);

#endif
