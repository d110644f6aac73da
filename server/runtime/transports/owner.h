/* Which process has a port, for the one that cannot have it too. */
#ifndef SIDECALL_SERVER_RUNTIME_TRANSPORTS_OWNER_H
#define SIDECALL_SERVER_RUNTIME_TRANSPORTS_OWNER_H

#include <sys/types.h>

/*
 * The process that has a socket of this type (SOCK_STREAM, SOCK_DGRAM) bound to a port, as far as
 * /proc tells: 0 when it does not, for the process is another user's or there is no /proc.
 */
pid_t owner_of_port(int type, unsigned int port);

#endif
