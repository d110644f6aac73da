/* Puts the framing back between the fields of a message. */
#include "trace/framed.h"

#include <stdio.h>

#include "trace/message.h"
#include "common/framing.h"

#define LAST_FRAGMENT UINT32_C(0x80000000)

static void hand_out_mark(struct framed *framed)
{
	const uint8_t *bytes = framed->marks + framed->next;
	uint32_t mark = message_id(bytes, FRAMING_HEADER);
	uint32_t size = framed->rpc ? mark & ~LAST_FRAGMENT : mark;
	const char *last = mark & LAST_FRAGMENT ? "last fragment, " : "more to come, ";
	char value[64];
	const struct field field = { .offset = framed->until + framed->next,
				     .length = FRAMING_HEADER,
				     .bytes = bytes,
				     .layer = FIELD_FRAMING,
				     .name = framed->rpc ? "record mark" : "length",
				     .value = value };

	snprintf(value, sizeof(value), "%s%u bytes", framed->rpc ? last : "", size);
	framed->next += FRAMING_HEADER;
	framed->until += size;
	framed->out->take(framed->out, &field);
}

/* What a transport puts in front that is neither record mark nor length. */
static void hand_out_other(struct framed *framed)
{
	const struct field field = { .length = framed->length,
				     .bytes = framed->marks,
				     .layer = FIELD_FRAMING,
				     .name = "framing",
				     .value = "the transport's own" };

	framed->next = framed->length;
	framed->until = SIZE_MAX;
	framed->out->take(framed->out, &field);
}

static void take_field(struct field_sink *sink, const struct field *field)
{
	struct framed *framed = (struct framed *)sink;
	struct field piece = *field;
	size_t left = field->length;

	for (;;) {
		size_t at = field->offset + field->length - left;

		while (at == framed->until && framed->next < framed->length)
			hand_out_mark(framed);
		piece.offset = at + framed->next;
		piece.bytes = field->bytes + (field->length - left);
		piece.length = left;
		/* Past the last mark nothing interrupts any more. */
		if (framed->next < framed->length && left > framed->until - at)
			piece.length = framed->until - at;
		framed->out->take(framed->out, &piece);
		left -= piece.length;
		if (!left)
			return;
		piece.value = "(continued)";
	}
}

void framed_begin(struct framed *framed, bool rpc, const uint8_t *marks, size_t length,
		  struct field_sink *out)
{
	*framed = (struct framed){
		.sink.take = take_field, .out = out, .rpc = rpc, .marks = marks, .length = length
	};
	if (length % FRAMING_HEADER)
		hand_out_other(framed);
	else if (length)
		hand_out_mark(framed);
}

void framed_end(struct framed *framed)
{
	while (framed->next < framed->length)
		hand_out_mark(framed);
}
