/* The tcp transport, the client's end: a connection to the first address that takes it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/stream.h"

/* A connected, non-blocking socket, or -errno. */
static int connect_to(const struct addrinfo *address, int64_t deadline)
{
	const int on = 1;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = 0, error;
	socklen_t size = sizeof(error);

	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	if (errno != EINPROGRESS)
		r = -errno;
	if (r == 0)
		r = channel_wait(fd, POLLOUT, deadline);
	if (r == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		r = -errno;
	if (r == 0)
		r = -error;
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

/* Tries one address after the other; each gets its share of the time that is left. */
static int connect_to_any(const struct addrinfo *addresses, int64_t deadline)
{
	int left = 0, r = -EADDRNOTAVAIL;

	for (const struct addrinfo *a = addresses; a; a = a->ai_next)
		left++;
	for (const struct addrinfo *a = addresses; a; a = a->ai_next, left--) {
		int64_t now = channel_clock();

		r = connect_to(a, now + (deadline - now) / left);
		if (r >= 0)
			break;
	}
	return r;
}

static int explain(const struct endpoint *endpoint, int error, struct failure *failure)
{
	char text[ENDPOINT_MAX_TEXT], what[ENDPOINT_MAX_TEXT + 32];

	endpoint_format(endpoint, text);
	snprintf(what, sizeof(what), "cannot connect to %s", text);
	failure_system(failure, error, what);
	if (error == ECONNREFUSED)
		failure_advise(failure, "Nothing listens there: start sidecalld, "
					"or name its address with --via");
	else if (error == ETIMEDOUT)
		failure_advise(failure, "The call was not sent");
	return failure->code;
}

static int tcp_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		    struct failure *failure)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	const char *host = endpoint->host[0] ? endpoint->host : "localhost";
	struct addrinfo *addresses;
	char port[16];
	int r;

	snprintf(port, sizeof(port), "%d",
		 endpoint->port >= 0 ? endpoint->port : ENDPOINT_RAW_PORT);
	r = getaddrinfo(host, port, &hints, &addresses);
	if (r != 0) {
		failure_set(failure, r == EAI_SYSTEM ? FAILURE_SYSTEM : FAILURE_HOST,
			    "the host %s is not known: %s", host, gai_strerror(r));
		return failure->code;
	}
	r = connect_to_any(addresses, deadline);
	freeaddrinfo(addresses);
	if (r < 0)
		return explain(endpoint, -r, failure);
	*channel = stream_channel(r, r, channel_framing(endpoint));
	return *channel ? 0 : failure_system(failure, ENOMEM, "cannot connect");
}

const struct channel_transport channel_tcp = { .transport = ENDPOINT_TCP, .open = tcp_open };
