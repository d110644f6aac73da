/* Sockets for datagrams on the loopback addresses. */
#ifndef SIDECALL_TESTS_KIT_DATAGRAMS_H
#define SIDECALL_TESTS_KIT_DATAGRAMS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/endpoint.h"

/* A socket that is bound to any port of a loopback address, whose reads end in ten seconds. */
int datagram_bind(int family, struct sockaddr_storage *address);

/* The same, connected to an endpoint, whose host is in figures. */
int datagram_connect(const struct endpoint *endpoint);

/* The 32-bit word, big-endian, at an offset. */
uint32_t datagram_word(const uint8_t *bytes, size_t offset);

#endif
