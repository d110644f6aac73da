/* Why a raw reply is wrong, where its bytes say it. */
#include "check/reasons.h"

#include <endian.h>
#include <string.h>

#include "common/raw.h"

/* Where fields stand in a reply; bytes. */
enum { OPERATION_AT = 4, STATUS_AT = 6, RESULT_AT = 8, VALUE_AT = 10 };

static uint16_t short_at(const uint8_t *bytes, size_t at)
{
	uint16_t number;

	memcpy(&number, bytes + at, sizeof(number));
	return be16toh(number);
}

/* All of the message from `at` on is what is right from `right_at` on. */
static bool same_rest(const struct message *message, size_t at, const struct buffer *right,
		      size_t right_at)
{
	return message->length >= at && right->length >= right_at &&
	       message->length - at == right->length - right_at &&
	       memcmp(message->bytes + at, right->data + right_at, message->length - at) == 0;
}

/* All that is right is there, and something behind it. */
static bool same_beginning(const struct message *message, const struct buffer *right)
{
	return message->length > right->length &&
	       memcmp(message->bytes, right->data, right->length) == 0;
}

static const char *reason_of_operation(const struct message *message, const struct buffer *right)
{
	if (short_at(message->bytes, OPERATION_AT) ==
	    (short_at(right->data, OPERATION_AT) & ~RAW_REPLY))
		return "The highest bit is missing: in a reply bytes 4 and 5 are 0x8000 + the "
		       "operation.";
	return "Most likely the call's version is sent back, or a number is little-endian: in a "
	       "reply bytes 4 and 5 are 0x8000 + the operation.";
}

static const char *reason_of_status(const struct message *message, const struct buffer *right)
{
	const unsigned int status = short_at(message->bytes, STATUS_AT);

	if (short_at(right->data, STATUS_AT) != RAW_OK)
		return NULL;
	if (right->length >= VALUE_AT && status == short_at(right->data, RESULT_AT))
		return "The two statuses are taken for one: a failure of the service is a result, "
		       "behind status 0 of the call.";
	if (status == RAW_BAD_REQUEST)
		return "It takes the arguments for wrong ones. Most likely it reads a field in "
		       "another width, or asks for a length that they do not have.";
	return status == RAW_SERVER_ERROR
		       ? "Something in the server failed: see what it says on standard error."
		       : NULL;
}

/* A value of eight bytes behind the result's status. */
static bool is_exchanged(const struct message *message, const struct buffer *right)
{
	uint64_t is, has_to_be;

	if (message->length != VALUE_AT + sizeof(is) || right->length != message->length)
		return false;
	memcpy(&is, message->bytes + VALUE_AT, sizeof(is));
	memcpy(&has_to_be, right->data + VALUE_AT, sizeof(has_to_be));
	return is == __builtin_bswap64(has_to_be);
}

static const char *reason_of_result(const struct message *message, const struct buffer *right)
{
	if (same_rest(message, RESULT_AT, right, VALUE_AT))
		return "The result's status is missing: two bytes in front of the value.";
	if (same_rest(message, VALUE_AT + 2, right, VALUE_AT))
		return "The result's status has four bytes, and has to have two.";
	if (same_rest(message, VALUE_AT + 6, right, VALUE_AT))
		return "A struct was sent as memory has it: six bytes fill it up behind the "
		       "status. "
		       "Pack field by field; in Python '>' leaves them out.";
	if (is_exchanged(message, right))
		return "The value is little-endian: htobe64(), or struct.pack('>q') in Python.";
	if (right->length == VALUE_AT && same_beginning(message, right))
		return "Nothing stands behind a failure: where a status is not 0 there is no "
		       "value.";
	return NULL;
}

const char *reason_of(const struct message *message, const struct buffer *right, size_t at)
{
	if (message->length < RAW_HEADER || right->length < RAW_HEADER)
		return "A reply has at least eight bytes: id, operation, status.";
	if (at < OPERATION_AT)
		return NULL;
	if (at < STATUS_AT)
		return reason_of_operation(message, right);
	return at < RESULT_AT ? reason_of_status(message, right) : reason_of_result(message, right);
}

const char *reason_of_id(uint32_t is, uint32_t has_to_be, size_t framed)
{
	if (framed && is == framed - sizeof(is))
		return "A datagram is a message: there is no length in front of it.";
	/* By datagrams it may be that of the call behind. */
	if (__builtin_bswap32(is) / 256 == has_to_be / 256)
		return "The id is little-endian: copy the four bytes, or read and write them as "
		       "big-endian.";
	return "Most likely the server counts by itself: copy the four bytes of the call.";
}
