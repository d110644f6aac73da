/* Sockets that somebody else bound. */
#include "server/runtime/transports/given.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/rights.h"
#include "server/runtime/stream.h"

static int option_of(int fd, int name)
{
	int value = 0;
	socklen_t length = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &length) < 0 ? -errno : value;
}

/* It is not waited for: several processes may have the socket, and one gets who comes. */
static int unblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

/* A path is shown as far as there is room. */
static void set_path(struct endpoint *endpoint, int fd)
{
	struct sockaddr_un address = { 0 };
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length) == 0)
		snprintf(endpoint->path, sizeof(endpoint->path), "%.*s",
			 (int)sizeof(address.sun_path) - 1, address.sun_path);
}

/* A borrowed one is served by a copy: its owner closes his when we are done. */
static int serve_connection(struct listeners *listeners, int fd, enum endpoint_protocol protocol,
			    bool borrowed)
{
	int own = borrowed ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : fd;
	struct sessions *sessions = listeners->sessions;
	struct entrance entrance = { .protocol = sessions->served->protocols[protocol] };
	const struct connection connection = { .in = own,
					       .out = own,
					       .lent = borrowed ? fd + 1 : 0 };
	const struct peer_id peer = peer_of_socket(fd);

	if (own < 0)
		return -errno;
	entrance.guarded = peer_is_here(&peer) && !rights_refuse(fd);
	return stream_open(sessions, &entrance, &connection, &peer);
}

int given_serve(struct listeners *listeners, int fd, enum endpoint_protocol protocol, bool borrowed)
{
	int type = option_of(fd, SO_TYPE), family = option_of(fd, SO_DOMAIN);
	struct endpoint endpoint = { .protocol = protocol };
	bool packets = type == SOCK_DGRAM && family != AF_UNIX;
	int r;

	if (type < 0)
		return type;
	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
		return -EPROTOTYPE;
	if (type != SOCK_STREAM && !packets)
		return -EPROTOTYPE;
	r = unblock(fd);
	if (r < 0)
		return r;
	if (packets) {
		endpoint.transport = ENDPOINT_UDP;
		return udp_serve(listeners, fd, &endpoint, borrowed);
	}
	if (option_of(fd, SO_ACCEPTCONN) <= 0)
		return serve_connection(listeners, fd, protocol, borrowed);
	endpoint.transport = family == AF_UNIX ? ENDPOINT_UNIX : ENDPOINT_TCP;
	if (family == AF_UNIX)
		set_path(&endpoint, fd);
	return listeners_add_socket(listeners, fd, &endpoint, borrowed, NULL, NULL,
				    family == AF_UNIX ? unix_accepted : tcp_accepted);
}
