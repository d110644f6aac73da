/* The tcp transport, the server's end: listening sockets on IPv4 and IPv6. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/listener.h"

/* A reply leaves as it is written: waiting for more (Nagle) only delays it. */
static void tcp_accepted(int fd)
{
	const int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* A listening socket on one address, or -errno. */
static int listen_on(const struct addrinfo *address)
{
	const int on = 1;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* [::] shall not take IPv4's place: each family has a socket of its own. */
	if (address->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

/* Without a host, getaddrinfo() gives the loopback addresses: nothing goes beyond them unless an
 * address says so. */
static int resolve(const struct endpoint *endpoint, struct addrinfo **addresses)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	int number = endpoint->port;
	char port[16];

	if (number < 0)
		number = endpoint->protocol == ENDPOINT_RAW ? ENDPOINT_RAW_PORT : 0;
	snprintf(port, sizeof(port), "%d", number);
	return getaddrinfo(endpoint->host[0] ? endpoint->host : NULL, port, &hints, addresses);
}

static bool is_missing_family(int error)
{
	return error == -EADDRNOTAVAIL || error == -EAFNOSUPPORT;
}

static const char *tcp_listen(struct listeners *listeners, const struct endpoint *endpoint,
			      char why[256])
{
	struct addrinfo *addresses;
	bool failed = false;
	int opened = 0, r = resolve(endpoint, &addresses);

	*why = '\0';
	if (r != 0) {
		snprintf(why, 256, "%s", gai_strerror(r));
		return why;
	}
	for (struct addrinfo *a = addresses; a; a = a->ai_next) {
		int fd = listen_on(a);

		r = fd < 0 ? fd : listeners_add(listeners, fd, endpoint, NULL, tcp_accepted);
		if (r == 0)
			opened++;
		else if (!*why || !is_missing_family(r))
			snprintf(why, 256, "%s", strerror(-r));
		/* A machine without IPv6 is served by IPv4; any other failure is one. */
		failed = failed || (r < 0 && !is_missing_family(r));
	}
	freeaddrinfo(addresses);
	return opened && !failed ? NULL : why;
}

const struct transport transport_tcp = { .transport = ENDPOINT_TCP, .listen = tcp_listen };
