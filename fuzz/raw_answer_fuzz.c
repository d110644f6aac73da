/* The server's end of raw: a call is replied to, and its arguments pack to the bytes they came in.
 */

#include "fuzz/answer.h"
#include "tests/kit/codecs.h"

/* Whether a call of the contract has arguments that decode; then they are these bytes. */
static bool has_arguments(const struct raw_call *call, const uint8_t *bytes, size_t length)
{
	struct buffer again = { 0 };
	bool decoded = codec_unpack(codec_of_arguments(call->operation), bytes, length, &again);

	if (decoded) {
		MUST(again.length == length);
		MUST(length == 0 || memcmp(again.data, bytes, length) == 0);
	}
	buffer_release(&again);
	return decoded;
}

/* What the reply to a call has to say of it, if there is room for a result. */
static enum raw_status expected(const uint8_t *bytes, size_t length)
{
	struct unpacker in = { .bytes = bytes, .left = length };
	struct raw_call call;

	raw_unpack_call(&in, &call);
	if (call.version != RAW_VERSION)
		return RAW_BAD_VERSION;
	if (!codec_of_arguments(call.operation))
		return RAW_BAD_OPERATION;
	return has_arguments(&call, in.bytes, in.left) ? RAW_OK : RAW_BAD_REQUEST;
}

static void check_reply(const uint8_t *call, size_t length, const struct buffer *reply, bool room)
{
	struct unpacker in = { .bytes = reply->data, .left = reply->length };
	enum raw_status status = expected(call, length);
	struct raw_reply header;

	raw_unpack_reply(&in, &header);
	MUST(!in.failed);
	MUST(reply->data[4] == (call[6] | 0x80) && reply->data[5] == call[7]); /* the operation */
	MUST(header.status == status ||
	     (!room && status == RAW_OK && header.status == RAW_TOO_LARGE));
	if (header.status == RAW_OK)
		MUST(codec_unpack(codec_of_result(header.operation), in.bytes, in.left, NULL));
	else
		MUST(in.left == 0);
}

static void check(const uint8_t *call, size_t length, size_t limit)
{
	struct buffer reply = { 0 };

	if (answer_try(&protocol_raw, call, length, limit, &reply))
		check_reply(call, length, &reply, limit > RAW_HEADER);
	else
		MUST(length < RAW_HEADER || call[4] & 0x80); /* no call, or a reply */
	buffer_release(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size, FRAMING_MAX_MESSAGE);
	check(data, size, RAW_HEADER);
	return 0;
}
