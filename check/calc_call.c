/* The calculator's calls by rpc: those of raw messages, with their arguments in XDR. */
#include "check/calc_call.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "check/call.h"
#include "client/runtime/channel.h"
#include "common/raw.h"

#define OPERATION_AT 6 /* of a raw call */
#define HALF         sizeof(uint16_t)

bool check_knows_answers(const struct check_target *target)
{
	return check_raw(target) || (target->program == CALC_PROG &&
				     (target->version == CALC_V1 || target->version == CALC_V2));
}

size_t calc_call_arguments(const struct check_target *target)
{
	return check_raw(target) ? RAW_HEADER : CALL_HEADER;
}

static size_t half_at(const uint8_t *bytes)
{
	uint16_t half;

	memcpy(&half, bytes, sizeof(half));
	return be16toh(half);
}

/* A string has a length of four bytes, and zeroes behind it up to a multiple of four: the RFC's
 * 4.11.  What stands behind it is the same in both. */
static int append_string(struct buffer *out, const uint8_t *raw, size_t left)
{
	static const uint8_t zeroes[4];
	const size_t length = left < HALF ? SIZE_MAX : half_at(raw);
	const uint32_t word = htobe32((uint32_t)length);
	int r = left < HALF || length > left - HALF ? -EINVAL : 0;

	if (r == 0)
		r = buffer_append(out, &word, sizeof(word));
	if (r == 0)
		r = buffer_append(out, raw + HALF, length);
	if (r == 0)
		r = buffer_append(out, zeroes, -length % sizeof(word));
	return r ? r : buffer_append(out, raw + HALF + length, left - HALF - length);
}

/* Numbers, and counts of them, are packed alike. */
static int append_arguments(struct buffer *out, size_t operation, const uint8_t *raw, size_t left)
{
	switch (operation) {
	case RAW_EVALUATE:
	case RAW_ACCUMULATE:
		return append_string(out, raw, left);
	case RAW_SUMMARIZE:
	case RAW_ADD:
	case RAW_SUBTRACT:
	case RAW_MULTIPLY:
	case RAW_DIVIDE:
		return buffer_append(out, raw, left);
	default:
		return -EINVAL;
	}
}

/* Operations are the procedures' numbers. */
static int translate(const struct check_target *target, const struct buffer *raw,
		     struct buffer *out)
{
	const size_t operation = half_at(raw->data + OPERATION_AT);
	struct check_call call = check_call_null(target->program, target->version,
						 channel_id_of(raw->data));
	int r;

	call.procedure = (uint32_t)operation;
	r = check_call_encode(&call, out);
	return r ? r
		 : append_arguments(out, operation, raw->data + RAW_HEADER,
				    raw->length - RAW_HEADER);
}

int calc_call(const struct check_target *target, struct buffer *message)
{
	struct buffer raw = *message;
	int r;

	if (check_raw(target))
		return 0;
	*message = (struct buffer){ 0 };
	r = raw.length < RAW_HEADER ? -EINVAL : translate(target, &raw, message);
	buffer_release(&raw);
	return r;
}
