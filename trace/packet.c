/* Takes captured packets apart: link, IPv4 or IPv6, TCP or UDP. */
#include "trace/packet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <string.h>

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_VLAN 0x8100
#define MAX_EXTENSIONS 8 /* of an IPv6 header */

/* What is left of a packet; reading beyond it gives zeroes. */
struct rest {
	const uint8_t *bytes;
	size_t length;
	bool truncated;
};

static uint32_t number_at(struct rest *rest, size_t offset, size_t size)
{
	uint32_t number = 0;

	if (offset + size > rest->length) {
		rest->truncated = true;
		return 0;
	}
	for (size_t i = 0; i < size; i++)
		number = number << 8 | rest->bytes[offset + i];
	return number;
}

static bool skip_header(struct rest *rest, size_t length)
{
	if (rest->truncated || length > rest->length)
		return false;
	rest->bytes += length;
	rest->length -= length;
	return true;
}

/* ---- the link: to the network header ---- */

static bool skip_ethernet(struct rest *rest, size_t type_offset, size_t header)
{
	uint32_t type = number_at(rest, type_offset, 2);

	if (!skip_header(rest, header))
		return false;
	for (int i = 0; i < 2 && type == ETHERTYPE_VLAN; i++) {
		type = number_at(rest, 2, 2);
		if (!skip_header(rest, 4))
			return false;
	}
	return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6;
}

bool packet_link_known(int link)
{
	return link == DLT_EN10MB || link == DLT_LINUX_SLL || link == DLT_LINUX_SLL2 ||
	       link == DLT_NULL || link == DLT_LOOP || link == DLT_RAW || link == DLT_IPV4 ||
	       link == DLT_IPV6;
}

static bool skip_link(struct rest *rest, int link)
{
	switch (link) {
	case DLT_EN10MB:
		return skip_ethernet(rest, 12, 14);
	case DLT_LINUX_SLL:
		return skip_ethernet(rest, 14, 16);
	case DLT_LINUX_SLL2:
		return skip_ethernet(rest, 0, 20);
	case DLT_NULL: /* an address family, in the order of whoever captured it */
	case DLT_LOOP:
		return skip_header(rest, 4);
	default:
		return true;
	}
}

/* ---- IP: to the transport header ---- */

/* Cuts what the link added behind the packet.  A length of 0 stands for one that did not fit. */
static void limit(struct rest *rest, size_t length)
{
	if (length && length < rest->length)
		rest->length = length;
}

static bool skip_ipv4(struct rest *rest, struct packet *packet, int *protocol)
{
	size_t header = (number_at(rest, 0, 1) & 15) * 4;
	uint32_t fragment = number_at(rest, 6, 2);

	*protocol = (int)number_at(rest, 9, 1);
	limit(rest, number_at(rest, 2, 2));
	if (header < 20 || header > rest->length || fragment & 0x3fff)
		return false;
	inet_ntop(AF_INET, rest->bytes + 12, packet->from, sizeof(packet->from));
	inet_ntop(AF_INET, rest->bytes + 16, packet->to, sizeof(packet->to));
	return skip_header(rest, header);
}

static bool is_extension(int protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_DSTOPTS;
}

static void name_ipv6(const uint8_t *bytes, char text[PACKET_ADDRESS])
{
	char address[INET6_ADDRSTRLEN] = "";

	inet_ntop(AF_INET6, bytes, address, sizeof(address));
	snprintf(text, PACKET_ADDRESS, "[%s]", address);
}

static bool skip_ipv6(struct rest *rest, struct packet *packet, int *protocol)
{
	uint32_t payload = number_at(rest, 4, 2);

	*protocol = (int)number_at(rest, 6, 1);
	limit(rest, payload ? payload + 40 : 0);
	if (rest->length < 40)
		return false;
	name_ipv6(rest->bytes + 8, packet->from);
	name_ipv6(rest->bytes + 24, packet->to);
	if (!skip_header(rest, 40))
		return false;
	for (int i = 0; i < MAX_EXTENSIONS && is_extension(*protocol); i++) {
		*protocol = (int)number_at(rest, 0, 1);
		if (!skip_header(rest, (number_at(rest, 1, 1) + 1) * 8))
			return false;
	}
	return true;
}

static bool skip_ip(struct rest *rest, struct packet *packet, int *protocol)
{
	switch (number_at(rest, 0, 1) >> 4) {
	case 4:
		return skip_ipv4(rest, packet, protocol);
	case 6:
		return skip_ipv6(rest, packet, protocol);
	default:
		return false;
	}
}

/* ---- TCP and UDP ---- */

static void add_port(char text[PACKET_ADDRESS], uint32_t port)
{
	size_t length = strlen(text);

	snprintf(text + length, PACKET_ADDRESS - length, ":%u", port);
}

static bool skip_tcp(struct rest *rest, struct packet *packet)
{
	size_t header = (number_at(rest, 12, 1) >> 4) * 4;

	packet->tcp = true;
	packet->sequence = number_at(rest, 4, 4);
	packet->syn = number_at(rest, 13, 1) & 2;
	packet->sequence += packet->syn; /* which takes a number itself */
	return header >= 20 && skip_header(rest, header);
}

static bool skip_udp(struct rest *rest)
{
	size_t length = number_at(rest, 4, 2);

	if (length >= 8)
		limit(rest, length);
	return skip_header(rest, 8);
}

bool packet_parse(int link, const uint8_t *bytes, size_t length, struct packet *packet)
{
	struct rest rest = { .bytes = bytes, .length = length };
	int protocol = 0;

	memset(packet, 0, sizeof(*packet));
	if (!skip_link(&rest, link) || !skip_ip(&rest, packet, &protocol) ||
	    (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP))
		return false;
	add_port(packet->from, number_at(&rest, 0, 2));
	add_port(packet->to, number_at(&rest, 2, 2));
	if (protocol == IPPROTO_TCP ? !skip_tcp(&rest, packet) : !skip_udp(&rest))
		return false;
	packet->payload = rest.bytes;
	packet->length = rest.length;
	return true;
}
