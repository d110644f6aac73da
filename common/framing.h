/*
 * Where a message ends on a byte stream.
 *
 * Record marking (RFC 5531, section 11) puts four bytes before each fragment of a record: the
 * fragment's length, and in the highest bit whether it is the last.  The length prefix of the raw
 * protocol is four bytes too, and there are no fragments.  So one reader serves both.
 */
#ifndef SIDECALL_COMMON_FRAMING_H
#define SIDECALL_COMMON_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

#define FRAMING_HEADER      4                 /* bytes before a message (or a fragment) */
#define FRAMING_MAX_MESSAGE ((size_t)1 << 20) /* bytes, unless --max-message says otherwise */

struct framing {
	bool fragments; /* the highest bit marks a record's last fragment */
	size_t minimum; /* bytes; a message announced shorter than this ends the stream */
};

extern const struct framing framing_record_marking; /* rpc */
extern const struct framing framing_length_prefix;  /* raw */

/* Writes the four bytes that go before a whole message of `length` bytes. */
void framing_mark(const struct framing *framing, uint8_t header[FRAMING_HEADER], size_t length);

/* Reads one direction of one stream.  Set framing and limit; the rest starts at zero. */
struct framing_reader {
	const struct framing *framing;
	size_t limit;         /* bytes in the longest message allowed, 1 to INT32_MAX */
	size_t gathered;      /* bytes of the message under way, from its fragments */
	size_t parsed;        /* bytes of the buffer that are accounted for in `gathered` */
	struct buffer *marks; /* gets the bytes before the message's fragments; NULL: not wanted */
};

/*
 * Looks for one whole message in bytes[0 .. *length), which must begin where the last message
 * ended.  The fragments of a record are moved together there, so bytes and *length may change.
 *
 * Returns 1 and the message (its bytes, inside `bytes`; and how many bytes of `bytes` it took),
 * 0 when it is not all there yet, -EMSGSIZE when it is longer than the limit, and -EPROTO when
 * it is announced shorter than a message can be; -ENOMEM only where marks are kept.  After an error
 * the stream is of no more use. Every byte is looked at and moved a bounded number of times,
 * however small the fragments are.
 */
struct framing_message {
	uint8_t *bytes;
	size_t length;
	size_t consumed;
};
int framing_next(struct framing_reader *reader, uint8_t *bytes, size_t *length,
		 struct framing_message *message);

#endif
