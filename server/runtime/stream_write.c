/* Writing to a byte stream whose peer may be gone, or slow. */
#include "server/runtime/stream_write.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

ssize_t stream_write(int fd, bool socket, const void *bytes, size_t length)
{
	return socket ? send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT)
		      : write(fd, bytes, length);
}

static int write_all(int fd, const uint8_t *bytes, size_t length, int milliseconds)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	while (length) {
		ssize_t n = stream_write(fd, true, bytes, length);

		if (n < 0 && errno == EAGAIN && poll(&room, 1, milliseconds) == 0)
			return -ETIMEDOUT;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		bytes += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int write_marked(int fd, const uint8_t mark[FRAMING_HEADER], const uint8_t *bytes, size_t length,
		 int milliseconds)
{
	int r = write_all(fd, mark, FRAMING_HEADER, milliseconds);

	return r < 0 ? r : write_all(fd, bytes, length, milliseconds);
}
