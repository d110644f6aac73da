/* The header that a proxy puts in front of a stream: it is whole at one length alone, however the
 * bytes arrive, and then it says whose the stream is, or that it is the proxy's own. */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "fuzz/fuzz.h"
#include "server/runtime/proxy_header.h"

/* A copy that ends where it ends. */
static int read_first(const uint8_t *data, size_t length, struct proxy_header *header,
		      size_t *whole)
{
	uint8_t *bytes = malloc(length ? length : 1);
	int r;

	MUST(bytes != NULL);
	if (length)
		memcpy(bytes, data, length);
	r = proxy_header_read(bytes, length, header, whole);
	free(bytes);
	return r;
}

static void check_whole(const struct proxy_header *header, const uint8_t *data)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&header->source;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&header->source;

	MUST(header->local == !header->length);
	if (header->length == sizeof(*in)) {
		MUST(in->sin_family == AF_INET);
		MUST(memcmp(&in->sin_addr, data + PROXY_HEADER_LEAST, 4) == 0);
	} else if (!header->local) {
		MUST(header->length == sizeof(*in6) && in6->sin6_family == AF_INET6);
		MUST(memcmp(&in6->sin6_addr, data + PROXY_HEADER_LEAST, 16) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t most = size < PROXY_HEADER_MOST + 1 ? size : PROXY_HEADER_MOST + 1, whole,
	       wanted = 0;
	int r, before = 0;

	for (size_t length = 0; length <= most; length++) {
		struct proxy_header header;

		r = read_first(data, length, &header, &whole);
		MUST(r == -EPROTO || r == 0 || r == 1);
		/* What is none does not become one, and behind a whole one there is no byte. */
		MUST(before == 0 || r == -EPROTO);
		MUST(r != 0 || (whole > length && whole <= PROXY_HEADER_MOST));
		MUST(r != 1 || whole == length);
		MUST(!wanted || r < 0 || whole == wanted);
		wanted = r == 0 && length >= PROXY_HEADER_LEAST ? whole : wanted;
		if (r == 1)
			check_whole(&header, data);
		before = r;
	}
	return 0;
}
