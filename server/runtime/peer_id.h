/* Who a peer is, and what to call it. */
#ifndef SIDECALL_SERVER_RUNTIME_PEER_ID_H
#define SIDECALL_SERVER_RUNTIME_PEER_ID_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define PEER_NAME 80 /* bytes, for a peer's name and a zero */

/* Who a peer is; all of it counts. */
struct peer_id {
	uint8_t family;    /* AF_INET, AF_INET6, AF_UNIX: a user; AF_UNSPEC: nobody knows */
	uint8_t datagrams; /* 1: who sends datagrams */
	uint8_t bytes[16]; /* of the address, or of the user's id */
};

/* Whose an address is; nobody's (AF_UNSPEC) unless it is of IPv4 or IPv6. */
struct peer_id peer_of_address(const struct sockaddr_storage *address);

/* Who is at the other end of a connected socket, or, for an AF_UNIX one, which user that is
 * (SO_PEERCRED, unix(7)), or nobody when it reset the connection; who sent a datagram from an
 * address; and a user. */
struct peer_id peer_of_socket(int fd);
struct peer_id peer_of_datagram(const struct sockaddr_storage *address);
struct peer_id peer_of_user(uid_t user);

/* Whether it is a user of this machine: what is sent to it is in its own hands at once. */
static inline bool peer_is_here(const struct peer_id *id)
{
	return id->family == AF_UNIX;
}

/* "127.0.0.2", "2001:db8::/64", "user 1000", "nobody known". */
void peer_name(const struct peer_id *id, char name[PEER_NAME]);

#endif
