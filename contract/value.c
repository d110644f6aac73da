/* Names for numbers, and what is computed of them. */
#include "contract/reading.h"

#define MOST_LEANING 1000 /* names and operations on each other, which bounds the stack */

bool number_fits(__int128 number)
{
	return number >= INT64_MIN && number <= UINT64_MAX;
}

/* ---- computing ---- */

static bool compute_shift(int sign, __int128 a, __int128 b, __int128 *result)
{
	if (b < 0 || b > 63 || a < 0)
		return false;
	*result = sign == SHIFT_LEFT ? a << b : a >> b;
	return true;
}

static bool compute_quotient(int sign, __int128 a, __int128 b, __int128 *result)
{
	if (b == 0)
		return false;
	*result = sign == '/' ? a / b : a % b;
	return true;
}

/* Both operands fit 64 bits, so nothing is lost on the way.  False when there is no such number. */
bool number_compute(int sign, __int128 a, __int128 b, __int128 *result)
{
	switch (sign) {
	case '*':
		return !__builtin_mul_overflow(a, b, result);
	case '+':
		*result = a + b;
		return true;
	case '-':
		*result = a - b;
		return true;
	case '<':
		*result = a < b;
		return true;
	case '>':
		*result = a > b;
		return true;
	case '&':
		*result = a & b;
		return true;
	case '^':
		*result = a ^ b;
		return true;
	case '|':
		*result = a | b;
		return true;
	case LESS_OR_EQUAL:
		*result = a <= b;
		return true;
	case GREATER_OR_EQUAL:
		*result = a >= b;
		return true;
	case EQUAL:
		*result = a == b;
		return true;
	case UNEQUAL:
		*result = a != b;
		return true;
	case AND:
		*result = a && b;
		return true;
	case OR:
		*result = a || b;
		return true;
	case '/':
	case '%':
		return compute_quotient(sign, a, b, result);
	default:
		return compute_shift(sign, a, b, result);
	}
}

__int128 number_compute_unary(int sign, __int128 a)
{
	return sign == '-' ? -a : sign == '~' ? ~a : sign == '!' ? !a : a;
}

/* ---- names ---- */

static struct value *new_value(struct reading *reading, const char *name, struct position at,
			       struct expression *expression)
{
	struct value *value = reading_take(reading, sizeof(*value));

	*value = (struct value){ .name = name, .at = at, .expression = expression };
	return value;
}

void value_offer(struct reading *reading, const char *name, struct position at,
		 struct expression *expression)
{
	struct value *value = new_value(reading, name, at, expression);
	struct value *known = reading_enter(reading, &reading->values[1], value);

	if (known->at.source->predefined)
		*known = *value;
}

struct value *value_add(struct reading *reading, const char *name, struct position at,
			struct expression *expression)
{
	struct value *value = new_value(reading, name, at, expression);

	if (reading_enter(reading, &reading->values[at.source->predefined], value) != value)
		reading_error(reading, at, "there is a constant '%.80s' already", name);
	*reading->last_value = value;
	reading->last_value = &value->next;
	return value;
}

/* ---- what it comes to ---- */

static bool value_of_name(struct reading *reading, const struct expression *expression,
			  bool lenient, __int128 *number)
{
	struct value *value = reading_find(&reading->values[0], expression->name);

	*number = 0;
	if (!value)
		value = reading_find(&reading->values[1], expression->name);
	if (!value && lenient)
		return true;
	if (!value) {
		reading_error(reading, expression->at, "no constant named '%.80s'",
			      expression->name);
		return false;
	}
	if (value->state == VALUE_BUSY) {
		reading_error(reading, expression->at, "'%.80s' is made of itself",
			      expression->name);
		return false;
	}
	*number = value_known(reading, value) ? value->number : 0;
	return value->state == VALUE_KNOWN;
}

bool expression_value(struct reading *reading, const struct expression *expression, bool lenient,
		      __int128 *number)
{
	__int128 a, b = 0;
	bool exists = true;

	if (expression->kind == EXPRESSION_NUMBER) {
		*number = expression->number;
	} else if (expression->kind == EXPRESSION_NAME) {
		if (!value_of_name(reading, expression, lenient, number))
			return false;
	} else if (!expression_value(reading, expression->left, lenient, &a) ||
		   (expression->right &&
		    !expression_value(reading, expression->right, lenient, &b))) {
		return false;
	} else if (expression->right) {
		exists = number_compute(expression->sign, a, b, number);
	} else {
		*number = number_compute_unary(expression->sign, a);
	}
	if (exists && number_fits(*number))
		return true;
	reading_error(reading, expression->at, "there is no such number, or not in 64 bits");
	return false;
}

/* Remembers what a value comes to, or that it comes to nothing. */
static void evaluate_value(struct reading *reading, struct value *value)
{
	unsigned int deeper = value->expression->depth + 1;

	if (reading->leaning + deeper > MOST_LEANING)
		return reading_error(reading, value->at, "too many constants lean on each other");
	reading->leaning += deeper;
	value->state = VALUE_BUSY;
	if (expression_value(reading, value->expression, false, &value->number))
		value->state = VALUE_KNOWN;
	reading->leaning -= deeper;
}

bool value_known(struct reading *reading, struct value *value)
{
	if (value->state == VALUE_UNKNOWN) {
		if (value->text)
			reading_error(reading, value->at, "'%.80s' is text, and no number",
				      value->name);
		else
			evaluate_value(reading, value);
		if (value->state != VALUE_KNOWN)
			value->state = VALUE_WRONG;
	}
	return value->state == VALUE_KNOWN;
}
