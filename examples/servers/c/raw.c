/*
 * Raw messages: from the bytes of a call to the bytes of its reply.
 *
 * It knows nothing of sockets and pipes: they carry whole messages, and do not look into them.
 */
#include "raw.h"

#include "bytes.h"
#include "calc.h"

#define VERSION   1
#define REPLY_BIT 0x8000 /* in the operation of a reply: it says that it is one */

enum { NULL_OPERATION, ADD, SUBTRACT, MULTIPLY, DIVIDE, EVALUATE, SUMMARIZE, ACCUMULATE };
enum { OK, BAD_VERSION, BAD_OPERATION, BAD_REQUEST };

/* ---- each operation: its arguments, all of them and no more, and its result ---- */

static int arithmetic(unsigned int operation, struct reading *in, uint8_t **out)
{
	static enum calc_status (*const compute[])(int64_t, int64_t, int64_t *) = {
		[ADD] = calc_add,
		[SUBTRACT] = calc_subtract,
		[MULTIPLY] = calc_multiply,
		[DIVIDE] = calc_divide,
	};
	int64_t a = (int64_t)get(in, 8), b = (int64_t)get(in, 8), value;
	enum calc_status status;

	if (in->failed || in->left)
		return BAD_REQUEST;
	status = compute[operation](a, b, &value);
	put(out, status, 2);
	if (status == CALC_OK)
		put(out, (uint64_t)value, 8);
	return OK;
}

static int evaluate(struct reading *in, uint8_t **out)
{
	char text[CALC_LONGEST_TEXT + 1];
	enum calc_status status;
	uint32_t position;
	double value;

	get_string(in, text, CALC_LONGEST_TEXT);
	if (in->failed || in->left)
		return BAD_REQUEST;
	status = calc_evaluate(text, &value, &position);
	put(out, status, 2);
	if (status == CALC_OK)
		put_double(out, value);
	else if (status == CALC_SYNTAX)
		put(out, position, 4);
	return OK;
}

/* An array: its count in four bytes, and so many numbers. */
static int summarize(struct reading *in, uint8_t **out)
{
	int64_t values[CALC_MOST_VALUES];
	uint32_t count = (uint32_t)get(in, 4);
	struct calc_summary summary;
	enum calc_status status;

	if (in->failed || count > CALC_MOST_VALUES || in->left != 8 * count)
		return BAD_REQUEST;
	for (uint32_t i = 0; i < count; i++)
		values[i] = (int64_t)get(in, 8);
	status = calc_summarize(values, count, &summary);
	put(out, status, 2);
	if (status != CALC_OK)
		return OK;
	put(out, summary.count, 4);
	put(out, (uint64_t)summary.sum, 8);
	put(out, (uint64_t)summary.minimum, 8);
	put(out, (uint64_t)summary.maximum, 8);
	put_double(out, summary.mean);
	put_double(out, summary.deviation);
	return OK;
}

static int accumulate(struct reading *in, uint8_t **out)
{
	char name[CALC_LONGEST_NAME + 1];
	enum calc_status status;
	int64_t amount, total;

	get_string(in, name, CALC_LONGEST_NAME);
	amount = (int64_t)get(in, 8);
	if (in->failed || in->left)
		return BAD_REQUEST;
	status = calc_accumulate(name, amount, &total);
	put(out, status, 2);
	if (status == CALC_OK)
		put(out, (uint64_t)total, 8);
	return OK;
}

/* The status of the call; only where that is OK, the result is there. */
static int perform(unsigned int version, unsigned int operation, struct reading *in, uint8_t **out)
{
	if (version != VERSION)
		return BAD_VERSION;
	if (operation == NULL_OPERATION)
		return in->left ? BAD_REQUEST : OK;
	if (operation <= DIVIDE)
		return arithmetic(operation, in, out);
	if (operation == EVALUATE)
		return evaluate(in, out);
	if (operation == SUMMARIZE)
		return summarize(in, out);
	return operation == ACCUMULATE ? accumulate(in, out) : BAD_OPERATION;
}

size_t raw_answer(const uint8_t *message, size_t length, uint8_t reply[RAW_MOST_REPLY])
{
	struct reading in = { message, length, false };
	uint32_t id = (uint32_t)get(&in, 4);
	unsigned int version = (unsigned int)get(&in, 2), operation = (unsigned int)get(&in, 2);
	uint8_t *header = reply, *end = reply + RAW_HEADER;

	/* Two servers that answer replies answer each other for ever. */
	if (in.failed || version & REPLY_BIT)
		return 0;
	put(&header, id, 4);
	put(&header, operation | REPLY_BIT, 2);
	put(&header, (uint64_t)perform(version, operation, &in, &end), 2);
	return (size_t)(end - reply);
}

int raw_changes_something(const uint8_t *message, size_t length)
{
	struct reading in = { message, length, false };

	get(&in, 6);
	return get(&in, 2) == ACCUMULATE;
}
