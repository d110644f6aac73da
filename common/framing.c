/* Where a message ends on a byte stream: record marking and the length prefix. */
#include "common/framing.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define LAST_FRAGMENT UINT32_C(0x80000000)

const struct framing framing_record_marking = { .fragments = true, .minimum = 0 };
const struct framing framing_length_prefix = { .fragments = false, .minimum = 8 };

void framing_mark(const struct framing *framing, uint8_t header[FRAMING_HEADER], size_t length)
{
	uint32_t mark = htobe32((uint32_t)length | (framing->fragments ? LAST_FRAGMENT : 0));

	memcpy(header, &mark, sizeof(mark));
}

/* What the four bytes before a fragment say.  0, -EMSGSIZE or -EPROTO. */
static inline int read_mark(const struct framing_reader *reader, const uint8_t *header,
			    size_t *size, bool *last)
{
	uint32_t mark;

	memcpy(&mark, header, sizeof(mark));
	mark = be32toh(mark);
	*last = !reader->framing->fragments || (mark & LAST_FRAGMENT);
	*size = reader->framing->fragments ? mark & ~LAST_FRAGMENT : mark;
	if (*size > reader->limit - reader->gathered)
		return -EMSGSIZE;
	if (*last && reader->gathered + *size < reader->framing->minimum)
		return -EPROTO;
	return 0;
}

/* For those who want to see them, keeps the marks of one message.  0 or -ENOMEM. */
static int keep_mark(const struct framing_reader *reader, const uint8_t *header)
{
	if (!reader->marks)
		return 0;
	if (!reader->parsed)
		reader->marks->length = 0;
	return buffer_append(reader->marks, header, FRAMING_HEADER);
}

/* Closes the gap that marks left between the gathered bytes and those not yet parsed. */
static void close_gap(struct framing_reader *reader, uint8_t *bytes, size_t *length)
{
	size_t end = reader->parsed ? FRAMING_HEADER + reader->gathered : 0;

	if (end == reader->parsed)
		return;
	memmove(bytes + end, bytes + reader->parsed, *length - reader->parsed);
	*length -= reader->parsed - end;
	reader->parsed = end;
}

/*
 * A message under way stands at bytes + FRAMING_HEADER, where its first fragment already was; each
 * later fragment is moved down behind it.
 */
int framing_next(struct framing_reader *reader, uint8_t *bytes, size_t *length,
		 struct framing_message *message)
{
	for (;;) {
		size_t left = *length - reader->parsed, size;
		bool last;
		int r;

		if (left < FRAMING_HEADER)
			break;
		r = read_mark(reader, bytes + reader->parsed, &size, &last);
		if (r < 0)
			return r;
		if (left - FRAMING_HEADER < size)
			break;
		r = keep_mark(reader, bytes + reader->parsed);
		if (r < 0)
			return r;
		if (reader->parsed) /* the first stands where it is to stand */
			memmove(bytes + FRAMING_HEADER + reader->gathered,
				bytes + reader->parsed + FRAMING_HEADER, size);
		reader->gathered += size;
		reader->parsed += FRAMING_HEADER + size;
		if (last) {
			*message = (struct framing_message){ bytes + FRAMING_HEADER,
							     reader->gathered, reader->parsed };
			reader->gathered = reader->parsed = 0;
			return 1;
		}
	}
	close_gap(reader, bytes, length);
	return 0;
}
