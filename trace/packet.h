/* Takes captured packets apart: link, IPv4 or IPv6, TCP or UDP. */
#ifndef SIDECALL_TRACE_PACKET_H
#define SIDECALL_TRACE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_ADDRESS 64 /* bytes; of "ADDRESS:PORT" */

struct packet {
	char from[PACKET_ADDRESS], to[PACKET_ADDRESS];
	bool tcp; /* else udp */
	bool syn;
	uint32_t sequence; /* of the payload's first byte */
	const uint8_t *payload;
	size_t length;
};

/* Whether packets of this pcap link type can be taken apart. */
bool packet_link_known(int link);

/* Takes a packet apart.  False when it is none of TCP or UDP, a fragment, or damaged. */
bool packet_parse(int link, const uint8_t *bytes, size_t length, struct packet *packet);

#endif
