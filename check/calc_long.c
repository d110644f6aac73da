/* Calls of the table that are too long for a row of it. */
#include "check/calc_long.h"

#include <string.h>

#include "check/message.h"
#include "common/raw.h"

static int put_short(struct buffer *out, size_t number)
{
	const uint8_t bytes[] = { (uint8_t)(number >> 8), (uint8_t)number };

	return buffer_append(out, bytes, sizeof(bytes));
}

static int put_repeated(struct buffer *out, const char *what, size_t times)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < times; i++)
		r = buffer_append(out, what, strlen(what));
	return r;
}

/* An expression of so many minuses and a number; and one within so many parentheses. */
static int build_minuses(struct buffer *out, size_t length)
{
	int r = message_hex("0001 0005", out);

	if (r == 0)
		r = put_short(out, length);
	if (r == 0)
		r = put_repeated(out, "-", length - 1);
	return r ? r : buffer_append(out, "1", 1);
}

int build_longest(struct buffer *out)
{
	return build_minuses(out, CALC_MAX_EXPRESSION);
}

int build_too_long(struct buffer *out)
{
	return build_minuses(out, CALC_MAX_EXPRESSION + 1);
}

static int build_nested(struct buffer *out, size_t depth)
{
	int r = message_hex("0001 0005", out);

	if (r == 0)
		r = put_short(out, 2 * depth + 1);
	if (r == 0)
		r = put_repeated(out, "(", depth);
	if (r == 0)
		r = buffer_append(out, "7", 1);
	return r ? r : put_repeated(out, ")", depth);
}

int build_deepest(struct buffer *out)
{
	return build_nested(out, 64);
}

int build_too_deep(struct buffer *out)
{
	return build_nested(out, 65);
}

static int build_values(struct buffer *out, uint32_t count)
{
	struct packer packer = { .out = out, .limit = FRAMING_MAX_MESSAGE };
	quad_t numbers[CALC_MAX_VALUES + 1];
	const calc_values values = { count, numbers };

	for (uint32_t i = 0; i < count; i++)
		numbers[i] = (quad_t)i + 1;
	raw_pack_values(&packer, &values);
	return packer.failed ? -1 : 0;
}

int build_most_values(struct buffer *out)
{
	int r = message_hex("0001 0006", out);

	return r ? r : build_values(out, CALC_MAX_VALUES);
}

/* raw_pack_values() packs no more than the contract has. */
int build_too_many_values(struct buffer *out)
{
	int r = message_hex("0001 0006 00001001", out);

	for (unsigned int i = 0; r == 0 && i <= CALC_MAX_VALUES; i++)
		r = message_hex("0000000000000001", out);
	return r;
}
