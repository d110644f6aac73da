/* Receiving from a socket by a deadline, with one system call. */
#include "client/runtime/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "client/runtime/channel.h"
#include "common/duration.h"

#define SLACK INT64_C(5000000) /* nanoseconds that a receive may end late */

void socket_init(struct timed_socket *timed, int fd)
{
	*timed = (struct timed_socket){ .fd = fd };
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

/* Lets the kernel end a receive, which spares a poll() before it.  It is told anew only when what
 * it was told last is too long: a call that begins has the same time as the one before. */
static int limit_wait(struct timed_socket *timed, int64_t left)
{
	const struct timeval limit = duration_timeval(left); /* not 0, which is for ever */

	if (timed->longest && timed->longest <= left + SLACK && timed->longest >= left / 2)
		return 0;
	timed->longest = left;
	return setsockopt(timed->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ? -errno
											 : 0;
}

ssize_t socket_receive(struct timed_socket *timed, void *bytes, size_t room, int64_t deadline)
{
	int64_t left = deadline <= CHANNEL_NOW ? 0 : deadline - clock_now();
	ssize_t n;
	int r;

	if (left <= 0 && deadline != CHANNEL_NOW)
		return -ETIMEDOUT;
	r = left > 0 ? limit_wait(timed, left) : 0;
	if (r < 0)
		return r;
	n = recv(timed->fd, bytes, room, left > 0 ? 0 : MSG_DONTWAIT);
	if (n >= 0)
		return n;
	if (errno == EAGAIN)
		return deadline == CHANNEL_NOW ? -ETIMEDOUT : -EINTR;
	return -errno;
}
