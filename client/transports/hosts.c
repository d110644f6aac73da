/* What the client's transports with hosts share: connecting to the first address that takes it. */
#include "client/transports/hosts.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connected, non-blocking socket, or -errno. */
static int connect_to(const struct addrinfo *address, int64_t deadline)
{
	int type = address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int fd = socket(address->ai_family, type, 0);
	int r = 0, error;
	socklen_t size = sizeof(error);

	if (fd < 0)
		return -errno;
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

static int explain_connect(const struct endpoint *endpoint, int error, struct failure *failure)
{
	char text[ENDPOINT_MAX_TEXT], what[ENDPOINT_MAX_TEXT + 32];

	endpoint_format(endpoint, text);
	snprintf(what, sizeof(what), "cannot connect to %s", text);
	failure_system(failure, error, what);
	if (error == ECONNREFUSED || error == ENOENT)
		failure_advise(failure, "Nothing listens there: start sidecalld, "
					"or name its address with --via");
	else if (error == ETIMEDOUT)
		failure_advise(failure, "The call was not sent");
	return failure->code;
}

/* "HOST:PORT" or "[HOST]:PORT"; "?" for what is not known. */
static void name_address(int (*get)(int, struct sockaddr *, socklen_t *), int fd, char *text,
			 size_t size)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	char host[64], port[16];
	bool brackets;

	snprintf(text, size, "?");
	if (get(fd, (struct sockaddr *)&address, &length) < 0 ||
	    getnameinfo((struct sockaddr *)&address, length, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	brackets = address.ss_family == AF_INET6;
	snprintf(text, size, "%s%s%s:%s", brackets ? "[" : "", host, brackets ? "]" : "", port);
}

void name_peers(int fd, char peers[CHANNEL_PEERS])
{
	char own[CHANNEL_PEERS / 2 - 8], other[CHANNEL_PEERS / 2 - 8];

	name_address(getsockname, fd, own, sizeof(own));
	name_address(getpeername, fd, other, sizeof(other));
	snprintf(peers, CHANNEL_PEERS, "%s and %s", own, other);
}

int resolve_host(const struct endpoint *endpoint, int type, struct addrinfo **addresses,
		 struct failure *failure)
{
	const struct addrinfo hints = { .ai_socktype = type, .ai_flags = AI_NUMERICSERV };
	const char *host = endpoint->host[0] ? endpoint->host : "localhost";
	char port[16];
	int r;

	snprintf(port, sizeof(port), "%d",
		 endpoint->port >= 0 ? endpoint->port : ENDPOINT_RAW_PORT);
	r = getaddrinfo(host, port, &hints, addresses);
	if (r == 0)
		return 0;
	return failure_set(failure, r == EAI_SYSTEM ? FAILURE_SYSTEM : FAILURE_HOST,
			   "the host %s is not known: %s", host, gai_strerror(r));
}

int connect_to_host(const struct endpoint *endpoint, int type, int64_t deadline, int *fd,
		    struct failure *failure)
{
	struct addrinfo *addresses;
	int code = resolve_host(endpoint, type, &addresses, failure);

	if (code)
		return code;
	*fd = connect_to_any(addresses, deadline);
	freeaddrinfo(addresses);
	return *fd < 0 ? explain_connect(endpoint, -*fd, failure) : 0;
}
