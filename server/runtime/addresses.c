/* Who calls and where, as libtirpc tells a procedure. */
#include "server/runtime/addresses.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static const char *netid_of(sa_family_t family, bool datagrams)
{
	switch (family) {
	case AF_INET:
		return datagrams ? "udp" : "tcp";
	case AF_INET6:
		return datagrams ? "udp6" : "tcp6";
	default:
		return "local";
	}
}

static u_short port_of(const struct sockaddr_storage *address)
{
	switch (address->ss_family) {
	case AF_INET:
		return ntohs(((const struct sockaddr_in *)address)->sin_port);
	case AF_INET6:
		return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
	default:
		return 0;
	}
}

/* A pipe has the address of a Unix socket without a name. */
static void read_local(int fd, struct sockaddr_storage *bytes, struct netbuf *address)
{
	socklen_t length = sizeof(*bytes);

	if (getsockname(fd, (struct sockaddr *)bytes, &length) < 0) {
		bytes->ss_family = AF_UNIX;
		length = sizeof(sa_family_t);
	}
	*address = (struct netbuf){ length, length, bytes };
}

/* Who reset an Internet connection has no address any more.  He is not to be taken for somebody on
 * this machine, although what he sent before can still be read. */
static int read_remote(int fd, struct sockaddr_storage *bytes, socklen_t *length)
{
	struct netbuf local;

	*length = sizeof(*bytes);
	if (getpeername(fd, (struct sockaddr *)bytes, length) == 0)
		return 0;
	read_local(fd, bytes, &local);
	if (bytes->ss_family != AF_UNIX)
		return -ENOTCONN;
	memset(bytes, 0, sizeof(*bytes));
	bytes->ss_family = AF_UNIX;
	*length = sizeof(sa_family_t);
	return 0;
}

/* Bytes to keep an address in: programs read one as a sockaddr_in6 before they look at its family.
 */
static size_t room_for(const struct netbuf *address)
{
	size_t length = address->len > sizeof(struct sockaddr_in6) ? address->len
								   : sizeof(struct sockaddr_in6);

	return (length + 7) & ~(size_t)7;
}

/* Those of a socket which is called from there. */
static struct addresses *make_addresses(int fd, struct sockaddr_storage *remote, socklen_t length)
{
	struct addresses found = { .remote = { length, length, remote } }, *addresses;
	struct sockaddr_storage local = { 0 };
	char *bytes;

	read_local(fd, &local, &found.local);
	found.netid = netid_of(remote->ss_family, false);
	found.port = port_of(&local);
	addresses = malloc(sizeof(found) + room_for(&found.remote) + room_for(&found.local));
	if (!addresses)
		return NULL;
	*addresses = found;
	bytes = (char *)(addresses + 1);
	addresses->remote.buf = memcpy(bytes, remote, room_for(&found.remote));
	bytes += room_for(&found.remote);
	addresses->local.buf = memcpy(bytes, &local, room_for(&found.local));
	return addresses;
}

int addresses_of_socket(int fd, struct addresses **addresses)
{
	struct sockaddr_storage remote = { 0 };
	socklen_t length;
	int r = read_remote(fd, &remote, &length);

	if (r < 0)
		return r;
	*addresses = make_addresses(fd, &remote, length);
	return *addresses ? 0 : -ENOMEM;
}

struct addresses *addresses_of_proxied(int fd, const struct sockaddr_storage *source,
				       socklen_t length)
{
	struct sockaddr_storage remote = *source;

	return make_addresses(fd, &remote, length);
}

void addresses_of_datagrams(struct addresses *addresses, const struct sockaddr_storage *local,
			    socklen_t length)
{
	*addresses = (struct addresses){ .netid = netid_of(local->ss_family, true),
					 .port = port_of(local),
					 .local = { length, length, (void *)local } };
}
