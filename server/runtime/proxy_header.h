/*
 * What a proxy says in front of a stream: whose it is (the PROXY protocol, version 2;
 * haproxy.org/download/2.6/doc/proxy-protocol.txt, section 2.2).
 */
#ifndef SIDECALL_SERVER_RUNTIME_PROXY_HEADER_H
#define SIDECALL_SERVER_RUNTIME_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define PROXY_HEADER_LEAST 16  /* bytes */
#define PROXY_HEADER_MOST  536 /* bytes: what the smallest segment of TCP carries at once */

struct proxy_header {
	bool local; /* the proxy's own, as to see whether we live; or it cannot say whose */
	struct sockaddr_storage source;
	socklen_t length; /* of the source; 0 where it is local */
};

/*
 * Reads a header of which so many bytes have come.  1: it is whole, and no byte is behind it; 0:
 * more has to come, up to *whole bytes at first; -EPROTO: it is none, of another version, longer
 * than the most, or shorter than its addresses.
 */
int proxy_header_read(const uint8_t *bytes, size_t length, struct proxy_header *header,
		      size_t *whole);

#endif
