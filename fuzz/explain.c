/* What must hold of every message that is explained, whatever its bytes are. */
#include "fuzz/explain.h"

#include "fuzz/fuzz.h"

struct reader {
	struct field_sink sink; /* first */
	const uint8_t *bytes;
	size_t offset;
	bool understood[FIELD_LAYERS];
};

static void take(struct field_sink *sink, const struct field *field)
{
	struct reader *reader = (struct reader *)sink;

	MUST(field->offset == reader->offset);
	MUST(field->bytes == reader->bytes + field->offset);
	MUST(field->layer == FIELD_PROTOCOL || field->layer == FIELD_PAYLOAD);
	MUST(field->name[0] && (field->value[0] || field->kind == FIELD_PADDING));
	reader->offset += field->length;
	if (field->kind == FIELD_UNKNOWN)
		reader->understood[field->layer] = false;
}

struct explained explain_check(struct message_form form, const uint8_t *bytes, size_t length,
			       const struct message_call *call)
{
	struct reader reader = { { take }, bytes, 0, { true, true, true } };
	struct explained explained;

	message_explain(form, bytes, length, call, &reader.sink, &explained.summary);
	MUST(reader.offset == length);
	explained.header = reader.understood[FIELD_PROTOCOL];
	explained.payload = reader.understood[FIELD_PAYLOAD];
	return explained;
}
