/* What a proxy says in front of a stream: whose it is. */
#include "server/runtime/proxy_header.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define VERSION_2 0x20
#define TCP_IPV4  0x11 /* family and transport */
#define TCP_IPV6  0x21

enum { LOCAL, PROXY }; /* commands */

/* From its first byte on: who begins otherwise is not waited for. */
static bool begins_as_one(const uint8_t *bytes, size_t length)
{
	static const uint8_t signature[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0,   0x0d,
					       0x0a, 'Q',  'U',  'I',  'T', 0x0a };

	return memcmp(bytes, signature, length < sizeof(signature) ? length : sizeof(signature)) ==
	       0;
}

static void take_ipv4(const uint8_t *addresses, struct proxy_header *header)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&header->source;

	in->sin_family = AF_INET;
	memcpy(&in->sin_addr, addresses, 4);
	memcpy(&in->sin_port, addresses + 8, 2);
	header->length = sizeof(*in);
}

static void take_ipv6(const uint8_t *addresses, struct proxy_header *header)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&header->source;

	in6->sin6_family = AF_INET6;
	memcpy(&in6->sin6_addr, addresses, 16);
	memcpy(&in6->sin6_port, addresses + 32, 2);
	header->length = sizeof(*in6);
}

/* What goes by other transports than TCP has no address of ours: it is taken for the proxy's own,
 * as the specification has it for those that a receiver does not support. */
static int take_source(const uint8_t *bytes, size_t addresses, struct proxy_header *header)
{
	uint8_t family = bytes[13] >> 4, transport = bytes[13] & 0xf;

	if (family > 3 || transport > 2)
		return -EPROTO;
	header->local = bytes[12] == (VERSION_2 | LOCAL) ||
			(bytes[13] != TCP_IPV4 && bytes[13] != TCP_IPV6);
	if (header->local)
		return 1;
	if (addresses < (bytes[13] == TCP_IPV4 ? 12 : 36))
		return -EPROTO;
	if (bytes[13] == TCP_IPV4)
		take_ipv4(bytes + PROXY_HEADER_LEAST, header);
	else
		take_ipv6(bytes + PROXY_HEADER_LEAST, header);
	return 1;
}

int proxy_header_read(const uint8_t *bytes, size_t length, struct proxy_header *header,
		      size_t *whole)
{
	*header = (struct proxy_header){ 0 };
	*whole = PROXY_HEADER_LEAST;
	if (length && !begins_as_one(bytes, length))
		return -EPROTO;
	if (length < PROXY_HEADER_LEAST)
		return 0;
	if (bytes[12] != (VERSION_2 | LOCAL) && bytes[12] != (VERSION_2 | PROXY))
		return -EPROTO;
	*whole += (size_t)(bytes[14] << 8 | bytes[15]);
	if (*whole > PROXY_HEADER_MOST || length > *whole)
		return -EPROTO;
	return length < *whole ? 0 : take_source(bytes, *whole - PROXY_HEADER_LEAST, header);
}
