/* Sockets and named pipes that somebody else bound. */
#include "server/runtime/transports/given.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* ---- what a descriptor tells ---- */

/* DIRECTORY/PROTOCOL.fifo, as rendezvous_fifo() has it. */
static int fifo_endpoint(int fd, struct endpoint *endpoint)
{
	char name[32], path[RENDEZVOUS_MAX_FIFO], wanted[RENDEZVOUS_MAX_FIFO];
	char *slash;
	ssize_t length;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	length = readlink(name, path, sizeof(path) - 1);
	if (length < 0)
		return -errno;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (*path != '/')
		return -ENOTSOCK; /* a pipe without a name */
	if (slash - path >= (ptrdiff_t)sizeof(endpoint->path))
		return -EPROTOTYPE;
	endpoint->transport = ENDPOINT_FIFO;
	snprintf(endpoint->path, sizeof(endpoint->path), "%.*s",
		 slash == path ? 1 : (int)(slash - path), path);
	for (int protocol = ENDPOINT_RPC; protocol <= ENDPOINT_RAW; protocol++) {
		endpoint->protocol = protocol;
		rendezvous_fifo(endpoint, wanted);
		if (strcmp(path, wanted) == 0)
			return 0;
	}
	return -EPROTOTYPE;
}

static int socket_endpoint(int fd, struct endpoint *endpoint)
{
	int type = option_of(fd, SO_TYPE), family = option_of(fd, SO_DOMAIN);
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);
	bool local = family == AF_UNIX;

	if (type < 0)
		return type;
	if (family != AF_INET && family != AF_INET6 && !local)
		return -EPROTOTYPE;
	if (type != SOCK_STREAM && (type != SOCK_DGRAM || local))
		return -EPROTOTYPE;
	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return -errno;
	endpoint->transport = local                ? ENDPOINT_UNIX
			      : type == SOCK_DGRAM ? ENDPOINT_UDP
						   : ENDPOINT_TCP;
	endpoint_set_address(endpoint, (struct sockaddr *)&address, length);
	/* No datagram ever comes to a socket that nobody bound. */
	return endpoint->transport == ENDPOINT_UDP && !endpoint->port ? -EADDRNOTAVAIL : 0;
}

int given_endpoint(int fd, struct endpoint *endpoint)
{
	struct stat st;

	*endpoint = (struct endpoint){ .protocol = ENDPOINT_RPC };
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISFIFO(st.st_mode) ? fifo_endpoint(fd, endpoint) : socket_endpoint(fd, endpoint);
}

/* ---- serving it ---- */

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
	entrance.transport = option_of(fd, SO_DOMAIN) == AF_UNIX ? ENDPOINT_UNIX : ENDPOINT_TCP;
	entrance.guarded = peer_is_here(&peer) && !rights_refuse(fd);
	return stream_open(sessions, &entrance, &connection, &peer);
}

static accept_function *accept_by(enum endpoint_transport transport)
{
	return transport == ENDPOINT_SHM    ? shm_accepted
	       : transport == ENDPOINT_UNIX ? unix_accepted
					    : tcp_accepted;
}

int given_serve(struct listeners *listeners, int fd, const struct endpoint *endpoint,
		enum custody custody)
{
	int r = unblock(fd);

	if (r < 0)
		return r;
	if (endpoint->transport == ENDPOINT_FIFO)
		return fifo_serve(listeners, fd, endpoint, custody);
	/* At a socket of somebody else's there is no room for another worker's. */
	if (endpoint->transport == ENDPOINT_UDP)
		return udp_serve(listeners, fd, endpoint, custody, NULL);
	if (option_of(fd, SO_ACCEPTCONN) <= 0)
		return serve_connection(listeners, fd, endpoint->protocol,
					custody == CUSTODY_BORROWED);
	return listeners_add_socket(listeners, fd, endpoint, custody, NULL, NULL,
				    accept_by(endpoint->transport));
}
