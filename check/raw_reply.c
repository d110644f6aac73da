/* A raw reply, held against the one that is right. */
#include <endian.h>
#include <math.h>
#include <string.h>

#include "check/message.h"
#include "check/reasons.h"
#include "check/reply.h"
#include "common/raw.h"

#define WORD   sizeof(uint32_t)
#define HALF   sizeof(uint16_t)
#define DOUBLE sizeof(double)

#define TOLERANCE 1e-14 /* of a double: some units in its last place */

/* Where the bytes from `at` on differ. */
static size_t differ_at(const struct message *message, const struct buffer *right, size_t at)
{
	while (at < message->length && at < right->length && message->bytes[at] == right->data[at])
		at++;
	return at;
}

static double double_at(const uint8_t *bytes)
{
	uint64_t bits;
	double value;

	memcpy(&bits, bytes, sizeof(bits));
	bits = be64toh(bits);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Skips doubles, of which so many end both, that differ in nothing but the last figures. */
static size_t skip_doubles(const struct message *message, const struct buffer *right, size_t at,
			   unsigned int doubles)
{
	const size_t bytes = DOUBLE * doubles, first = right->length - bytes;

	while (bytes <= right->length && at >= first && at < right->length &&
	       message->length == right->length) {
		const size_t begin = at - (at - first) % DOUBLE;
		const double is = double_at(message->bytes + begin),
			     has_to_be = double_at(right->data + begin);

		if (!(fabs(is - has_to_be) <= TOLERANCE * fabs(has_to_be)))
			break;
		at = differ_at(message, right, begin + DOUBLE);
	}
	return at;
}

size_t reply_differs_at(const struct message *message, const struct buffer *right,
			unsigned int doubles)
{
	return skip_doubles(message, right, differ_at(message, right, 0), doubles);
}

/* What stands there in a reply. */
static const char *part_of(size_t at)
{
	return at < WORD              ? "the id"
	       : at < WORD + HALF     ? "the operation, with the highest bit of a reply"
	       : at < WORD + 2 * HALF ? "the status"
	       : at < 2 * WORD + HALF ? "the status in the result"
				      : "the result";
}

static void compare_bytes(struct reply *reply, const struct message *message,
			  const struct buffer *right, unsigned int doubles)
{
	size_t at = reply_differs_at(message, right, doubles);

	if (at < message->length && at < right->length)
		reply_wrong(reply, at, 1, "byte %zu of the reply is %02x, and has to be %02x: %s",
			    at, message->bytes[at], right->data[at], part_of(at));
	else if (message->length != right->length)
		reply_wrong(reply, at, message->length - at,
			    "the reply has %zu bytes, and has to have %zu", message->length,
			    right->length);
	else
		reply->outcome = CHECK_SUCCESS;
	if (reply->outcome == CHECK_BAD_REPLY)
		reply->why = reason_of(message, right, at);
}

/* The id and the operation are right, and the operation is not there.  It is not asked for where
 * the version has to be refused. */
static bool is_absent(const struct message *message, const struct buffer *right)
{
	return message->length == 2 * WORD && right->length >= 2 * WORD &&
	       memcmp(message->bytes, right->data, WORD + HALF) == 0 &&
	       memcmp(message->bytes + WORD + HALF, right->data + WORD + HALF, HALF) != 0 &&
	       right->data[2 * WORD - 1] != RAW_BAD_VERSION && message->bytes[WORD + HALF] == 0 &&
	       message->bytes[2 * WORD - 1] == 2;
}

/* All is right but that it is a syntax error, at a position, by evaluate alone. */
static bool is_syntax(const struct message *message, const struct buffer *right)
{
	static const uint8_t syntax[] = { 0x80, RAW_EVALUATE, 0, RAW_OK, 0, CALC_SYNTAX };

	return message->length == WORD + sizeof(syntax) + WORD && right->length > WORD + HALF &&
	       memcmp(message->bytes + WORD, syntax, sizeof(syntax)) == 0 &&
	       memcmp(right->data + WORD, syntax, sizeof(syntax)) != 0;
}

static void take_less(struct reply *reply, enum check_outcome outcome, const char *why)
{
	reply->outcome = outcome;
	reply->why = why;
}

void reply_compare(struct reply *reply, const struct message *message, const char *expected,
		   unsigned int doubles)
{
	struct buffer right = { 0 };

	*reply = (struct reply){ .at = WORD, .length = WORD };
	if (!expected)
		reply_wrong(reply, 0, WORD, "it is answered");
	else if (buffer_append(&right, message->bytes, WORD) || message_hex(expected, &right))
		reply->outcome = CHECK_SILENT; /* out of memory */
	else if (is_absent(message, &right))
		take_less(reply, CHECK_ABSENT, "The server does not have this operation.");
	else if (is_syntax(message, &right))
		take_less(reply, CHECK_SYNTAX, "The server takes this for no expression.");
	else
		compare_bytes(reply, message, &right, doubles);
	buffer_release(&right);
}

void reply_begins(struct reply *reply, const struct message *message, const char *expected)
{
	struct message beginning = *message;

	if (beginning.length > 2 * WORD)
		beginning.length = 2 * WORD;
	reply_compare(reply, &beginning, expected, 0);
}

void reply_to_another(struct reply *reply, const struct message *message, uint32_t id,
		      bool datagrams)
{
	const uint32_t is = channel_id_of(message->bytes);

	reply_wrong(reply, 0, sizeof(id), "it answers id %08x, and was asked %08x", is, id);
	reply->why = reason_of_id(is, id, datagrams ? message->length : 0);
}
