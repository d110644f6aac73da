/* What an address of the Internet says of whose it is. */
#include "common/internet.h"

#include <netinet/in.h>
#include <string.h>

#define MAPPED 12 /* bytes in front of an IPv4 address in its IPv6 form */

bool internet_is_mapped(const uint8_t bytes[16])
{
	static const uint8_t front[MAPPED] = { [10] = 0xff, [11] = 0xff };

	return memcmp(bytes, front, sizeof(front)) == 0;
}

const uint8_t *internet_bytes(const struct sockaddr_storage *address, sa_family_t *family)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;

	*family = address->ss_family;
	if (*family == AF_INET)
		return (const uint8_t *)&four->sin_addr;
	if (*family != AF_INET6) {
		*family = AF_UNSPEC;
		return NULL;
	}
	if (!internet_is_mapped(six->sin6_addr.s6_addr))
		return six->sin6_addr.s6_addr;
	*family = AF_INET;
	return six->sin6_addr.s6_addr + MAPPED;
}

bool internet_is_loopback(const struct sockaddr_storage *address)
{
	sa_family_t family;
	const uint8_t *bytes = internet_bytes(address, &family);

	if (family == AF_INET)
		return *bytes == IN_LOOPBACKNET;
	return bytes && memcmp(bytes, &in6addr_loopback, sizeof(in6addr_loopback)) == 0;
}
