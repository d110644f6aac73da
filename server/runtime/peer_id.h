/* Who a peer is, and what to call it. */
#ifndef SIDECALL_SERVER_RUNTIME_PEER_ID_H
#define SIDECALL_SERVER_RUNTIME_PEER_ID_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define PEER_NAME 80 /* bytes, for a peer's name and a zero */

/* Who a peer is.  Two are the same when all bytes are. */
struct peer_id {
	uint8_t family;    /* AF_INET, AF_INET6, AF_UNIX: a user; AF_UNSPEC: nobody knows */
	uint8_t datagrams; /* 1: who sends datagrams from there, which may be forged */
	uint8_t bytes[16]; /* an address of IPv4, the first 8 of IPv6, a user's id; then zeroes */
};

/* Who connects from an address: that one by IPv4, also in its IPv6 form (common/internet.h); by
 * IPv6 all of its /64; else nobody. */
struct peer_id peer_of_address(const struct sockaddr_storage *address);

/* Who sends datagrams from there: another one than who connects. */
struct peer_id peer_of_datagram(const struct sockaddr_storage *address);

struct peer_id peer_of_user(uid_t user);

/* Who is at the other end: of a Unix socket the user who connected, for whom the kernel vouches
 * (SO_PEERCRED, unix(7)); of an Internet one its address.  Nobody is at a pipe, or at a connection
 * of the Internet that was reset. */
struct peer_id peer_of_socket(int fd);

/* Whether it is a user of this machine for whom the kernel vouches: then what is sent is in his
 * hands at once.  Who calls from a loopback address is not one. */
static inline bool peer_is_here(const struct peer_id *id)
{
	return id->family == AF_UNIX;
}

/* "127.0.0.2", "2001:db8::/64", "user 1000"; of nobody "a client". */
void peer_name(const struct peer_id *id, char name[PEER_NAME]);

#endif
