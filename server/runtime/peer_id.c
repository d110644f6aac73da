/* Who a peer is, and what to call it. */
#include "server/runtime/peer_id.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/internet.h"

#define IPV6_NETWORK 8 /* bytes of an address that tell whose it is: a /64 */

struct peer_id peer_of_address(const struct sockaddr_storage *address)
{
	sa_family_t family;
	const uint8_t *bytes = internet_bytes(address, &family);
	struct peer_id id = { .family = (uint8_t)family };

	if (bytes)
		memcpy(id.bytes, bytes, family == AF_INET ? 4 : IPV6_NETWORK);
	return id;
}

struct peer_id peer_of_user(uid_t user)
{
	struct peer_id id = { .family = AF_UNIX };

	memcpy(id.bytes, &user, sizeof(user));
	return id;
}

struct peer_id peer_of_datagram(const struct sockaddr_storage *address)
{
	struct peer_id id = peer_of_address(address);

	id.datagrams = 1;
	return id;
}

/* The kernel says of an Internet socket, too, whose its other end is: of no user, 4294967295. */
static bool is_of_user(int fd, struct ucred *user)
{
	int family;
	socklen_t length = sizeof(family), size = sizeof(*user);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) == 0 && family == AF_UNIX &&
	       getsockopt(fd, SOL_SOCKET, SO_PEERCRED, user, &size) == 0;
}

struct peer_id peer_of_socket(int fd)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t length = sizeof(address);
	struct ucred user;

	if (is_of_user(fd, &user))
		return peer_of_user(user.uid);
	/* Nobody is at a pipe, of which there is but one, or at a connection that was reset. */
	if (getpeername(fd, (struct sockaddr *)&address, &length) < 0)
		address.ss_family = AF_UNSPEC;
	return peer_of_address(&address);
}

void peer_name(const struct peer_id *id, char name[PEER_NAME])
{
	uid_t user;

	switch (id->family) {
	case AF_INET:
		inet_ntop(AF_INET, id->bytes, name, PEER_NAME);
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, id->bytes, name, PEER_NAME - 3);
		strcat(name, "/64");
		break;
	case AF_UNIX:
		memcpy(&user, id->bytes, sizeof(user));
		snprintf(name, PEER_NAME, "user %u", (unsigned int)user);
		break;
	default:
		snprintf(name, PEER_NAME, "a client");
	}
}
