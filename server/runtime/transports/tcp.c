/* The tcp transport, the server's end: listening sockets on IPv4 and IPv6. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/runtime/stream.h"
#include "server/runtime/transports/address.h"
#include "server/runtime/transports/all.h"
#include "server/runtime/transports/given.h"

/* A reply leaves as it is written: waiting for more (Nagle) only delays it. */
void tcp_accepted(const struct entrance *entrance, struct sessions *owner,
		  const struct connection *connection)
{
	const struct peer_id peer = peer_of_socket(connection->in);
	const int on = 1;

	setsockopt(connection->in, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	stream_open(owner, entrance, connection, &peer);
}

static int tcp_share(struct listener *listener, struct listeners *others);

static int tcp_open(struct listeners *listeners, const struct endpoint *endpoint,
		    const struct addrinfo *address, bool reuse_port)
{
	int r, fd = bind_address(address, reuse_port);

	if (fd < 0)
		return fd;
	if (listen(fd, SOMAXCONN) == 0)
		return listeners_add_socket(listeners, fd, endpoint, CUSTODY_OURS, NULL, tcp_share,
					    tcp_accepted);
	r = -errno;
	close(fd);
	return r;
}

/* A worker's own queue of connections, which the kernel fills beside the others'. */
static int tcp_share(struct listener *listener, struct listeners *others)
{
	return share_host(&listener->endpoint, SOCK_STREAM, others, tcp_open);
}

static const char *tcp_listen(struct listeners *listeners, const struct endpoint *endpoint,
			      char why[SIDECALL_SVC_WHY])
{
	return listen_at_hosts(listeners, endpoint, SOCK_STREAM, tcp_open, why);
}

const struct transport transport_tcp = { .transport = ENDPOINT_TCP, .listen = tcp_listen };
