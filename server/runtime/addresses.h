/* Who calls and where, as libtirpc tells a procedure (SVCXPRT). */
#ifndef SIDECALL_SERVER_RUNTIME_ADDRESSES_H
#define SIDECALL_SERVER_RUNTIME_ADDRESSES_H

#include <sys/socket.h>

#include <rpc/rpc.h>

struct addresses {
	const char *netid; /* as in /etc/netconfig: tcp, tcp6, udp, udp6, local */
	u_short port;      /* the server's, 0 where there are none */
	struct netbuf remote, local;
};

/* Those of a socket, or of a pipe, which has none; to be freed by free().  0; -ENOTCONN: its client
 * reset the connection, and who that was cannot be told; or -ENOMEM. */
int addresses_of_socket(int fd, struct addresses **addresses);

/* The same of a socket whose client is at the other end of a proxy, there.  NULL: out of memory. */
struct addresses *addresses_of_proxied(int fd, const struct sockaddr_storage *source,
				       socklen_t length);

/* Fills in those of a socket of datagrams, but for the remote one, which each call has. */
void addresses_of_datagrams(struct addresses *addresses, const struct sockaddr_storage *local,
			    socklen_t length);

#endif
