/* What an address of the Internet says of whose it is. */
#ifndef SIDECALL_COMMON_INTERNET_H
#define SIDECALL_COMMON_INTERNET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * The bytes of an address in network byte order, and its family: 4 bytes of AF_INET, or 16 of
 * AF_INET6.  An IPv4 address in its IPv6 form (::ffff:192.0.2.1; RFC 4291, section 2.5.5.2), which
 * callers by IPv4 have at a socket for both, is of IPv4.  NULL and AF_UNSPEC: it is none.
 */
const uint8_t *internet_bytes(const struct sockaddr_storage *address, sa_family_t *family);

/* Whether 16 bytes of IPv6 are an IPv4 address, which is the last four of them. */
bool internet_is_mapped(const uint8_t bytes[16]);

/* Whether it is one that a machine has for itself: in 127.0.0.0/8, or ::1. */
bool internet_is_loopback(const struct sockaddr_storage *address);

#endif
