/*
 * The udp transport, the client's end: one message a datagram.  The socket is connected, so the
 * kernel drops what comes from elsewhere and reports when nobody listens.
 *
 * It reports so only once something was sent.  Where that was the first message, it has reached
 * nobody, and goes to the host's next address, as a connection of tcp's would.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/socket.h"
#include "client/runtime/transports/hosts.h"
#include "client/runtime/transports/udp.h"

#define MAX_DATAGRAM 65507 /* bytes that a datagram carries over IPv4 */

struct udp {
	struct channel channel; /* first: all that its users see */
	struct timed_socket socket;
	struct addrinfo *addresses;  /* of the host; NULL: the one at hand is the only one */
	const struct addrinfo *next; /* those that were not tried yet */
	size_t first;                /* bytes of the only message so far, which is in `bytes` */
	bool others;                 /* more than one was sent */
	uint8_t bytes[MAX_DATAGRAM + 1];
};

static int send_message(struct channel *channel, const void *message, size_t length,
			int64_t deadline)
{
	int fd = ((struct udp *)channel)->socket.fd;

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

static void forget_addresses(struct udp *udp)
{
	if (udp->addresses)
		freeaddrinfo(udp->addresses);
	udp->addresses = NULL;
	udp->next = NULL;
	udp->first = 0;
}

/* With a number that was not this channel's before: who waits for it sees that it is another one.
 */
static int take_socket(struct udp *udp, int fd)
{
	int higher = fcntl(fd, F_DUPFD_CLOEXEC, udp->socket.fd + 1);

	close(fd);
	if (higher < 0)
		return -errno;
	close(udp->socket.fd);
	socket_init(&udp->socket, higher);
	name_peers(higher, udp->channel.peers);
	return 0;
}

/* The first message goes to the next address, where nobody was at this one.  As udp_send(). */
static int move_on(struct udp *udp, int64_t deadline)
{
	int r = -ECONNREFUSED;

	while (r == -ECONNREFUSED && udp->next && udp->first) {
		int fd = connect_to_next(&udp->next, deadline);

		if (fd < 0 || take_socket(udp, fd) < 0)
			return r;
		r = send_message(&udp->channel, udp->bytes, udp->first, deadline);
	}
	return r;
}

static int udp_send(struct channel *channel, const void *message, size_t length, int64_t deadline)
{
	struct udp *udp = (struct udp *)channel;
	const uint64_t before = channel->sent;
	int r = send_message(channel, message, length, deadline);

	while (r == -ECONNREFUSED && move_on(udp, deadline) == 0)
		r = send_message(channel, message, length, deadline);
	udp->others = before > 0;
	if (r < 0 || !udp->addresses)
		return r;
	if (udp->first || length > sizeof(udp->bytes)) {
		forget_addresses(udp);
		return 0;
	}
	memcpy(udp->bytes, message, length);
	udp->first = length;
	return 0;
}

static int udp_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	struct udp *udp = (struct udp *)channel;
	ssize_t n;

	do {
		n = socket_receive(&udp->socket, udp->bytes, sizeof(udp->bytes), deadline);
		if (n == -ECONNREFUSED && move_on(udp, deadline) == 0)
			n = -EINTR;
	} while (n == -EINTR);
	channel->unreached = n == -ECONNREFUSED && !udp->others;
	if (n < 0)
		return (int)n;
	forget_addresses(udp);
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

	forget_addresses(udp);
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
	struct addrinfo *addresses;
	const struct addrinfo *next;
	int fd, code = resolve_host(endpoint, SOCK_DGRAM, deadline, &addresses, failure);
	struct udp *udp;

	if (code)
		return code;
	next = addresses;
	fd = connect_to_next(&next, deadline);
	*channel = fd < 0 ? NULL : udp_channel(fd);
	if (!*channel) {
		freeaddrinfo(addresses);
		return fd < 0 ? explain_connect(endpoint, -fd, failure)
			      : failure_system(failure, ENOMEM, "cannot connect");
	}
	udp = (struct udp *)*channel;
	udp->addresses = addresses;
	udp->next = next;
	if (!next)
		forget_addresses(udp);
	name_peers(fd, (*channel)->peers);
	return 0;
}

const struct channel_transport channel_udp = { .open = udp_open };
