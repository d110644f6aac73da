/* Writes pcap files: packets of TCP and UDP made up around given bytes. */
#ifndef SIDECALL_TESTS_KIT_CAPTURE_H
#define SIDECALL_TESTS_KIT_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Each packet comes a millisecond after the last. */
struct capture_file {
	FILE *file;
	bool ipv6;
	unsigned int packets;
};

/* From one port of 127.0.0.1 (or ::1) to another. */
struct capture_packet {
	bool tcp;
	bool syn;
	uint16_t from, to;
	uint32_t sequence;
	const void *bytes;
	size_t length;
	uint32_t acknowledged; /* 0: 1.  tshark looks through all that is not, at each packet */
};

void capture_begin(struct capture_file *capture, FILE *file, bool ipv6);
void capture_add(struct capture_file *capture, const struct capture_packet *packet);

#endif
