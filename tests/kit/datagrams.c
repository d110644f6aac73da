/* Sockets for datagrams on the loopback addresses. */
#include "tests/kit/datagrams.h"

#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#include "tests/kit/harness.h"

int datagram_bind(int family, struct sockaddr_storage *address)
{
	const struct timeval limit = { .tv_sec = HARNESS_PATIENCE };
	socklen_t length = sizeof(*address);
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memset(address, 0, sizeof(*address));
	address->ss_family = (sa_family_t)family;
	if (family == AF_INET)
		((struct sockaddr_in *)address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)address)->sin6_addr = in6addr_loopback;
	CU_ASSERT_FATAL(bind(fd, (struct sockaddr *)address, sizeof(*address)) == 0);
	getsockname(fd, (struct sockaddr *)address, &length);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

int datagram_connect(const struct endpoint *endpoint)
{
	bool ipv6 = strchr(endpoint->host, ':') != NULL;
	struct sockaddr_storage address;
	int fd = datagram_bind(ipv6 ? AF_INET6 : AF_INET, &address);

	if (ipv6)
		((struct sockaddr_in6 *)&address)->sin6_port = htons((uint16_t)endpoint->port);
	else
		((struct sockaddr_in *)&address)->sin_port = htons((uint16_t)endpoint->port);
	CU_ASSERT_FATAL(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

uint32_t datagram_word(const uint8_t *bytes, size_t offset)
{
	uint32_t word;

	memcpy(&word, bytes + offset, sizeof(word));
	return be32toh(word);
}
