/* The answer in a reply by rpc, held against the one that is right. */
#include <string.h>

#include <rpc/rpc.h>

#include "check/message.h"
#include "check/reply.h"
#include "idl/calc.h"

#define WORD sizeof(uint32_t)

#define REFUSED                                                                                    \
	"It takes the arguments for wrong ones. Most likely it was built from another contract, "  \
	"or unpacks by hand: in XDR a string is filled up to a multiple of four bytes, and a "     \
	"hyper has eight."
#define FAILED "Something in the server failed: see what it says on standard error."
#define EXCHANGED                                                                                  \
	"The value is little-endian: XDR has the highest byte first. What rpcgen writes does "     \
	"that; by hand it is htobe64(), or struct.pack('>q') in Python."
#define NOTHING_BEHIND                                                                             \
	"Nothing stands behind a failure: the union has no arm for it. Encode by the status."
#define NO_STATUS                                                                                  \
	"The result's status is missing: a union begins with its discriminant, which is four "     \
	"bytes in front of the value."

/* All of the message from `at` on is what is right from `right_at` on. */
static bool same_rest(const struct message *answer, size_t at, const struct buffer *right,
		      size_t right_at)
{
	return answer->length >= at && right->length >= right_at &&
	       answer->length - at == right->length - right_at &&
	       memcmp(answer->bytes + at, right->data + right_at, answer->length - at) == 0;
}

/* A value of eight bytes behind both statuses. */
static bool is_exchanged(const struct message *answer, const struct buffer *right)
{
	uint64_t is, has_to_be;

	if (answer->length != 2 * WORD + sizeof(is) || right->length != answer->length)
		return false;
	memcpy(&is, answer->bytes + 2 * WORD, sizeof(is));
	memcpy(&has_to_be, right->data + 2 * WORD, sizeof(has_to_be));
	return is == __builtin_bswap64(has_to_be);
}

static const char *reason_of_answer(const struct message *answer, const struct buffer *right)
{
	if (same_rest(answer, WORD, right, 2 * WORD))
		return NO_STATUS;
	if (is_exchanged(answer, right))
		return EXCHANGED;
	if (right->length == 2 * WORD && answer->length > right->length &&
	    memcmp(answer->bytes, right->data, right->length) == 0)
		return NOTHING_BEHIND;
	return NULL;
}

/* What stands there in an answer. */
static const char *part_of(size_t at)
{
	return at < WORD       ? "the accept_stat"
	       : at < 2 * WORD ? "the status in the result"
			       : "the result";
}

/* `begins` is where in the reply the answer does. */
static void compare_bytes(struct reply *reply, const struct message *answer, size_t begins,
			  const struct buffer *right, unsigned int doubles)
{
	const size_t at = reply_differs_at(answer, right, doubles);

	if (at < answer->length && at < right->length)
		reply_wrong(reply, begins + at, 1,
			    "byte %zu of the reply is %02x, and has to be %02x: %s", begins + at,
			    answer->bytes[at], right->data[at], part_of(at));
	else if (answer->length != right->length)
		reply_wrong(reply, begins + at, answer->length - at,
			    "the reply has %zu bytes, and has to have %zu", begins + answer->length,
			    begins + right->length);
	if (reply->outcome == CHECK_BAD_REPLY)
		reply->why = reason_of_answer(answer, right);
}

/* All is right but that it is a syntax error, at a position. */
static bool is_syntax(const struct message *answer, const struct buffer *right)
{
	static const uint8_t syntax[] = { 0, 0, 0, SUCCESS, 0, 0, 0, CALC_SYNTAX };

	return answer->length == sizeof(syntax) + WORD && right->length >= sizeof(syntax) &&
	       memcmp(answer->bytes, syntax, sizeof(syntax)) == 0 &&
	       memcmp(right->data, syntax, WORD) == 0 &&
	       memcmp(right->data, syntax, sizeof(syntax)) != 0;
}

/* A refusal is what it is: the case says which of them is right. */
static void judge_answer(struct reply *reply, const struct message *answer, size_t begins,
			 const struct buffer *right, unsigned int doubles)
{
	if (reply->outcome == CHECK_GARBAGE_ARGS)
		reply->why = REFUSED;
	else if (reply->outcome == CHECK_SYSTEM_ERR)
		reply->why = FAILED;
	if (reply->outcome != CHECK_SUCCESS)
		return;
	if (is_syntax(answer, right)) {
		reply->outcome = CHECK_SYNTAX;
		reply->why = "The server takes this for no expression.";
		return;
	}
	compare_bytes(reply, answer, begins, right, doubles);
}

void reply_compare_answer(struct reply *reply, const struct message *message, uint32_t version,
			  const char *expected, unsigned int doubles)
{
	struct buffer right = { 0 };
	struct message answer;

	reply_read(reply, message->bytes, message->length, version, true);
	if (reply->outcome == CHECK_BAD_REPLY)
		return;
	answer.bytes = message->bytes + reply->at;
	answer.length = message->length - reply->at;
	if (message_hex(expected, &right))
		reply->outcome = CHECK_SILENT; /* out of memory */
	else
		judge_answer(reply, &answer, reply->at, &right, doubles);
	buffer_release(&right);
}
