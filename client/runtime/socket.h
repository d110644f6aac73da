/* Receiving from a socket by a deadline, with one system call. */
#ifndef SIDECALL_CLIENT_RUNTIME_SOCKET_H
#define SIDECALL_CLIENT_RUNTIME_SOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct timed_socket {
	int fd;          /* the caller's; blocking, once socket_init() has seen it */
	int64_t longest; /* that the kernel lets a receive wait, as it was told last; nanoseconds */
};

/* Takes a connected socket, whose owner stays the caller. */
void socket_init(struct timed_socket *timed, int fd);

/*
 * Receives what is there, waiting for it until the deadline (CHANNEL_NOW: not at all), which it
 * may overstep by some milliseconds.  The bytes; 0 at the end of a stream; -ETIMEDOUT past the
 * deadline; -EINTR, also when it is worth another try; or another -errno.
 */
ssize_t socket_receive(struct timed_socket *timed, void *bytes, size_t room, int64_t deadline);

#endif
