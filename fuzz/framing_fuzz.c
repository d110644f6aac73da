/*
 * Framing: a stream that arrives in pieces has the messages, and the end, that it has as a whole.
 *
 * The input is a byte of options, one that the pieces' sizes follow from, and the stream.
 */
#include "common/framing.h"

#include <errno.h>

#include "fuzz/fuzz.h"

#define RAW       1 /* the options: the length prefix, else record marking */
#define SMALL     2 /* a limit that a short stream can exceed */
#define FEW_BYTES 64
#define MAX_PIECE 17

/* What came out of a stream: each message behind its marks, and how it ended. */
struct outcome {
	struct buffer messages;
	unsigned int count;
	int end; /* 0, or why it ended before its time */
};

static void take_message(struct outcome *outcome, const struct framing_reader *reader,
			 const struct framing_message *message)
{
	size_t overhead = reader->marks->length;

	MUST(message->length >= reader->framing->minimum && message->length <= reader->limit);
	MUST(overhead > 0 && overhead % FRAMING_HEADER == 0);
	MUST(reader->framing->fragments || overhead == FRAMING_HEADER);
	MUST(buffer_append(&outcome->messages, reader->marks->data, overhead) == 0);
	MUST(buffer_append(&outcome->messages, message->bytes, message->length) == 0);
	outcome->count++;
}

/* Takes what messages there are off the stream's front.  How many bytes are left. */
static size_t take_messages(struct outcome *outcome, struct framing_reader *reader, uint8_t *bytes,
			    size_t length)
{
	struct framing_message message;

	while ((outcome->end = framing_next(reader, bytes, &length, &message)) == 1) {
		take_message(outcome, reader, &message);
		MUST(message.consumed <= length);
		length -= message.consumed;
		memmove(bytes, bytes + message.consumed, length);
	}
	return length;
}

/* Feeds a stream in pieces, or with a seed of 0 whole, in memory that ends where they end. */
static struct outcome feed(struct framing_reader reader, const uint8_t *stream, size_t size,
			   uint8_t seed)
{
	struct outcome outcome = { 0 };
	struct buffer marks = { 0 };
	uint8_t *bytes = NULL;
	size_t length = 0;

	reader.marks = &marks;
	while (size && outcome.end == 0) {
		size_t piece = seed ? 1 + (size_t)seed % MAX_PIECE : size;

		piece = piece < size ? piece : size;
		seed = (uint8_t)(seed * 3); /* an odd one stays odd */
		bytes = realloc(bytes, length + piece);
		MUST(bytes != NULL);
		memcpy(bytes + length, stream, piece);
		stream += piece;
		size -= piece;
		length = take_messages(&outcome, &reader, bytes, length + piece);
	}
	free(bytes);
	buffer_release(&marks);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct framing_reader reader = { 0 };
	struct outcome whole, pieces;

	if (size < 2)
		return 0;
	reader.framing = data[0] & RAW ? &framing_length_prefix : &framing_record_marking;
	reader.limit = data[0] & SMALL ? FEW_BYTES : FRAMING_MAX_MESSAGE;
	whole = feed(reader, data + 2, size - 2, 0);
	pieces = feed(reader, data + 2, size - 2, data[1] | 1);
	MUST(whole.end == 0 || whole.end == -EMSGSIZE || whole.end == -EPROTO);
	MUST(whole.end == pieces.end);
	MUST(whole.count == pieces.count);
	MUST(whole.messages.length == pieces.messages.length);
	MUST(whole.count == 0 ||
	     memcmp(whole.messages.data, pieces.messages.data, whole.messages.length) == 0);
	buffer_release(&whole.messages);
	buffer_release(&pieces.messages);
	return 0;
}
