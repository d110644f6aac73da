/*
 * The udp transport, the client's end: one message a datagram.  The socket is connected, so the
 * kernel drops what comes from elsewhere and reports when nobody listens.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/transports/hosts.h"

#define MAX_DATAGRAM 65507 /* bytes that a datagram carries over IPv4 */

struct udp {
	struct channel channel; /* first: all that its users see */
	int fd;
	uint8_t bytes[MAX_DATAGRAM + 1];
};

static int udp_send(struct channel *channel, const void *message, size_t length, int64_t deadline)
{
	struct udp *udp = (struct udp *)channel;

	while (send(udp->fd, message, length, MSG_NOSIGNAL) < 0) {
		int r = errno == EINTR    ? 0
			: errno == EAGAIN ? channel_wait(udp->fd, POLLOUT, deadline)
					  : -errno;

		if (r < 0)
			return r;
	}
	channel->sent += length;
	return 0;
}

static int udp_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	struct udp *udp = (struct udp *)channel;

	for (;;) {
		int r = channel_wait(udp->fd, POLLIN, deadline);
		ssize_t n;

		if (r < 0)
			return r;
		n = recv(udp->fd, udp->bytes, sizeof(udp->bytes), 0);
		if (n >= 0) {
			channel->received += (uint64_t)n;
			*message = (struct message){ udp->bytes, (size_t)n };
			return 1;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
}

static void udp_close(struct channel *channel)
{
	struct udp *udp = (struct udp *)channel;

	close(udp->fd);
	free(udp);
}

static const struct channel_operations udp_operations = {
	.send = udp_send,
	.receive = udp_receive,
	.close = udp_close,
};

static int udp_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		    struct failure *failure)
{
	int fd, code = connect_to_host(endpoint, SOCK_DGRAM, deadline, &fd, failure);
	struct udp *udp;

	if (code)
		return code;
	udp = calloc(1, sizeof(*udp));
	if (!udp) {
		close(fd);
		return failure_system(failure, ENOMEM, "cannot connect");
	}
	udp->channel = (struct channel){ .operations = &udp_operations,
					 .datagrams = true,
					 .max_message = MAX_DATAGRAM };
	udp->fd = fd;
	name_peers(fd, udp->channel.peers);
	*channel = &udp->channel;
	return 0;
}

const struct channel_transport channel_udp = { .transport = ENDPOINT_UDP, .open = udp_open };
