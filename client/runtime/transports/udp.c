/*
 * The udp transport, the client's end: one message a datagram.  The socket is connected, so the
 * kernel drops what comes from elsewhere and reports when nobody listens.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/socket.h"
#include "client/runtime/transports/hosts.h"
#include "client/runtime/transports/udp.h"

#define MAX_DATAGRAM 65507 /* bytes that a datagram carries over IPv4 */

struct udp {
	struct channel channel; /* first: all that its users see */
	struct timed_socket socket;
	uint8_t bytes[MAX_DATAGRAM + 1];
};

static int udp_send(struct channel *channel, const void *message, size_t length, int64_t deadline)
{
	struct udp *udp = (struct udp *)channel;
	int fd = udp->socket.fd;

	while (send(fd, message, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		int r = errno == EINTR    ? 0
			: errno != EAGAIN ? -errno
			: channel->corked ? -EAGAIN
					  : clock_wait(fd, POLLOUT, deadline);

		if (r < 0)
			return r;
	}
	channel->sent += length;
	return 0;
}

static int udp_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	struct udp *udp = (struct udp *)channel;
	ssize_t n;

	do
		n = socket_receive(&udp->socket, udp->bytes, sizeof(udp->bytes), deadline);
	while (n == -EINTR);
	if (n < 0)
		return (int)n;
	channel->received += (uint64_t)n;
	*message = (struct message){ udp->bytes, (size_t)n };
	return 1;
}

static int udp_await(struct channel *channel, struct pollfd waiting[2])
{
	waiting[0] = (struct pollfd){ .fd = ((struct udp *)channel)->socket.fd, .events = POLLIN };
	waiting[1] = (struct pollfd){ .fd = -1 };
	return 0;
}

static void udp_close(struct channel *channel)
{
	struct udp *udp = (struct udp *)channel;

	close(udp->socket.fd);
	free(udp);
}

static const struct channel_operations udp_operations = {
	.send = udp_send,
	.receive = udp_receive,
	.await = udp_await,
	.close = udp_close,
};

struct channel *udp_channel(int fd)
{
	struct udp *udp = calloc(1, sizeof(*udp));

	if (!udp) {
		close(fd);
		return NULL;
	}
	udp->channel = (struct channel){ .operations = &udp_operations,
					 .datagrams = true,
					 .max_message = MAX_DATAGRAM };
	socket_init(&udp->socket, fd);
	return &udp->channel;
}

static int udp_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		    struct failure *failure)
{
	int fd, code = connect_to_host(endpoint, SOCK_DGRAM, deadline, &fd, failure);

	if (code)
		return code;
	*channel = udp_channel(fd);
	if (!*channel)
		return failure_system(failure, ENOMEM, "cannot connect");
	name_peers(fd, (*channel)->peers);
	return 0;
}

const struct channel_transport channel_udp = { .open = udp_open };
