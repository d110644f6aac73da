/* Numbers as they are written: figures, names, and operations on them. */
#include <string.h>

#include "contract/reading.h"

/* What binds most strongly has the highest number, as in C. */
static int strength_of(int sign)
{
	static const struct {
		int sign, strength;
	} all[] = {
		{ '*', 10 },          { '/', 10 },  { '%', 10 },
		{ '+', 9 },           { '-', 9 },   { SHIFT_LEFT, 8 },
		{ SHIFT_RIGHT, 8 },   { '<', 7 },   { '>', 7 },
		{ LESS_OR_EQUAL, 7 }, { EQUAL, 6 }, { GREATER_OR_EQUAL, 7 },
		{ UNEQUAL, 6 },       { '&', 5 },   { '^', 4 },
		{ '|', 3 },           { AND, 2 },   { OR, 1 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].sign == sign)
			return all[i].strength;
	return 0;
}

#define ABOVE_COMPARISONS 8

/* ---- reading ---- */

static struct expression *new_number(struct cursor *cursor, struct integer number,
				     struct position at)
{
	struct expression *new = reading_take(cursor->reading, sizeof(*new));

	*new = (struct expression){ .kind = EXPRESSION_NUMBER, .number = number, .at = at };
	return new;
}

struct expression *expression_named(struct reading *reading, const char *name, struct position at)
{
	struct expression *new = reading_take(reading, sizeof(*new));

	*new = (struct expression){ .kind = EXPRESSION_NAME, .name = name, .at = at };
	return new;
}

static struct expression *join_expressions(struct reading *reading, int sign,
					   struct expression *left, struct expression *right,
					   struct position at)
{
	struct expression *new = reading_take(reading, sizeof(*new));
	unsigned int deeper = right->depth > left->depth ? right->depth : left->depth;

	*new = (struct expression){ .kind = EXPRESSION_BINARY,
				    .sign = sign,
				    .left = left,
				    .right = right,
				    .depth = deeper + 1,
				    .at = at };
	if (left->kind == EXPRESSION_NUMBER && right->kind == EXPRESSION_NUMBER &&
	    number_compute(sign, left->number, right->number, &new->number)) {
		new->kind = EXPRESSION_NUMBER;
		new->depth = 0;
	}
	return new;
}

struct expression *expression_add(struct reading *reading, struct expression *left, int more)
{
	struct expression *right = reading_take(reading, sizeof(*right));

	right->number = integer_signed(more);
	right->at = left->at;
	return join_expressions(reading, '+', left, right, left->at);
}

static unsigned int figure_of(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : 99;
}

/* Decimal, 0x and octal; figures may be parted by 's, and followed by C's u and l.  False: none. */
static bool read_number(const struct token *token, struct integer *number)
{
	const char *text = token->text;
	size_t length = token->length, i = 0, figures = 0;
	unsigned int base = text[0] == '0' && length > 1 ? 8 : 10;

	if (base == 8 && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		i = 2;
	}
	while (length > 1 && strchr("uUlL", text[length - 1]))
		length--;
	for (*number = integer_unsigned(0); i < length; i++) {
		if (text[i] == '\'' && figures && i + 1 < length)
			continue;
		if (figure_of(text[i]) >= base || !integer_append(number, base, figure_of(text[i])))
			return false;
		figures++;
	}
	return figures > 0;
}

static struct expression *parse_strength(struct cursor *cursor, int least);

static struct expression *parse_number(struct cursor *cursor)
{
	const struct token token = cursor->token;
	struct integer number;

	if (!read_number(&token, &number))
		cursor_fail(cursor, token.at, "not a whole number of 64 bits: %.*s",
			    (int)(token.length < 40 ? token.length : 40), token.text);
	cursor_advance(cursor);
	return new_number(cursor, number, token.at);
}

static struct expression *parse_parenthesis(struct cursor *cursor)
{
	struct expression *within;

	cursor_advance(cursor);
	within = parse_strength(cursor, 1);
	cursor_expect(cursor, ')');
	return within;
}

static struct expression *parse_unary(struct cursor *cursor)
{
	int sign = cursor->token.sign;
	struct position at = cursor->token.at;
	struct expression *operand, *new;
	struct integer number;

	cursor_advance(cursor);
	operand = parse_strength(cursor, 11);
	if (operand->kind == EXPRESSION_NUMBER &&
	    number_compute_unary(sign, operand->number, &number))
		return new_number(cursor, number, at);
	new = reading_take(cursor->reading, sizeof(*new));
	*new = (struct expression){ .kind = EXPRESSION_UNARY,
				    .sign = sign,
				    .left = operand,
				    .depth = operand->depth + 1,
				    .at = at };
	return new;
}

static struct expression *parse_operand(struct cursor *cursor)
{
	struct reading *reading = cursor->reading;
	struct expression *operand;

	cursor_descend(cursor);
	if (cursor->token.kind == TOKEN_NUMBER) {
		operand = parse_number(cursor);
	} else if (cursor->token.kind == TOKEN_WORD) {
		const struct token *name = &cursor->token;

		operand = expression_named(reading, reading_copy(reading, name->text, name->length),
					   name->at);
		cursor_advance(cursor);
	} else if (cursor_at(cursor, '(')) {
		operand = parse_parenthesis(cursor);
	} else if (cursor->token.sign && strchr("-+~!", cursor->token.sign)) {
		operand = parse_unary(cursor);
	} else {
		cursor_fail_expected(cursor, "a number, or a name for one");
	}
	cursor_ascend(cursor);
	return operand;
}

static struct expression *parse_strength(struct cursor *cursor, int least)
{
	struct expression *left = parse_operand(cursor);

	for (;;) {
		struct token sign = cursor->token;
		int strength = sign.kind == TOKEN_SIGN ? strength_of(sign.sign) : 0;

		if (!strength || strength < least)
			return left;
		cursor_advance(cursor);
		left = join_expressions(cursor->reading, sign.sign, left,
					parse_strength(cursor, strength + 1), sign.at);
		if (left->depth > CONTRACT_MAX_DEPTH)
			cursor_fail(cursor, sign.at, "more than %d operations on each other",
				    CONTRACT_MAX_DEPTH);
	}
}

struct expression *expression_parse(struct cursor *cursor, bool within_angles)
{
	return parse_strength(cursor, within_angles ? ABOVE_COMPARISONS : 1);
}
