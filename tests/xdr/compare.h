/* The filters of every contract at hand, on ours and on libtirpc's functions, held against each
 * other. */
#ifndef SIDECALL_TESTS_XDR_COMPARE_H
#define SIDECALL_TESTS_XDR_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xdr/stream.h"

#define COMPARE_ROOM 8192 /* for a value, and for what it is encoded to */
#define COMPARE_SAID 256

#define FILTER(function) ((xdrproc_t)(void (*)(void))(function))

struct held {
	const char *name;
	size_t size;
	xdrproc_t own, libtirpc;
};

extern const struct held all_held[];
extern const size_t held_count;

struct bytes {
	uint8_t data[COMPARE_ROOM];
	size_t length;
};

/* A value, and how its decoding went. */
struct decoded {
	_Alignas(16) char value[COMPARE_ROOM];
	bool done;
	size_t length;
	struct xdr_reader reader;
};

/* On a stream of ours. */
void decode_by(struct decoded *decoded, xdrproc_t filter, const uint8_t *bytes, size_t length);

/* On a stream of ours, which grows up to a limit. */
bool encode_within(struct bytes *out, xdrproc_t filter, void *value, size_t limit);

enum compared { COMPARE_DIFFER = -1, COMPARE_REFUSED, COMPARE_DECODED };

/* Decodes the bytes by both filters and encodes what came of it by both, on streams of ours and of
 * libtirpc's.  At most COMPARE_ROOM bytes.  `said` is how they differ. */
enum compared compare_filters(const struct held *held, const uint8_t *bytes, size_t length,
			      char said[COMPARE_SAID]);

#endif
