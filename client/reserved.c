/* Connections from a port that only root may use. */
#include "client/reserved.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc/rpc.h>

#include "client/failures.h"
#include "client/runtime/stream.h"
#include "client/runtime/transports/hosts.h"
#include "client/runtime/transports/udp.h"

/* Waits for a connection that is on its way.  0 or -errno. */
static int await_connection(int fd, int64_t deadline)
{
	struct pollfd waiting = { .fd = fd, .events = POLLOUT };
	const struct timeval left = clock_left(deadline);
	int error = 0, r = poll(&waiting, 1, (int)(left.tv_sec * 1000 + left.tv_usec / 1000 + 1));
	socklen_t length = sizeof(error);

	if (r == 0)
		return -ETIMEDOUT;
	if (r < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		return -errno;
	return -error;
}

/* A connected socket, or -errno. */
static int connect_to(const struct addrinfo *address, int64_t deadline)
{
	int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_storage from = { .ss_family = (sa_family_t)address->ai_family };
	int r = fd < 0 ? -errno : 0;

	if (r == 0 && bindresvport_sa(fd, (struct sockaddr *)&from) < 0)
		r = -errno;
	if (r == 0 && connect(fd, address->ai_addr, address->ai_addrlen) < 0)
		r = errno == EINPROGRESS ? await_connection(fd, deadline) : -errno;
	if (r == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return r;
}

static int explain(int error, struct failure *failure)
{
	if (error == EACCES || error == EPERM) {
		failure_set(failure, FAILURE_PERMISSION, "a port below 1024 is not for this user");
		failure_advise(failure, "Call as root, or without --source-port");
		failure->error = error;
		return failure->code;
	}
	return failure_system(failure, error, "connecting from a port below 1024");
}

int reserved_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		  struct failure *failure)
{
	bool datagrams = endpoint->transport == ENDPOINT_UDP;
	const int64_t began = clock_now();
	struct addrinfo *addresses;
	int fd = -EADDRNOTAVAIL, code = resolve_host(endpoint, datagrams ? SOCK_DGRAM : SOCK_STREAM,
						     deadline, &addresses, failure);

	if (code)
		return code;
	for (const struct addrinfo *a = addresses; a && fd < 0; a = a->ai_next)
		fd = connect_to(a, deadline);
	freeaddrinfo(addresses);
	if (fd < 0)
		return explain(-fd, failure);
	*channel = datagrams ? udp_channel(fd) : stream_channel(fd, fd, channel_framing(endpoint));
	if (!*channel)
		return failure_system(failure, ENOMEM, "cannot connect");
	channel_begin(*channel, began);
	name_peers(fd, (*channel)->peers);
	return 0;
}
