/* Names for numbers, and what is computed of them. */
#include "contract/reading.h"

#define MOST_LEANING 1000 /* names and operations on each other, which bounds the stack */

/* ---- computing ---- */

/* What is shifted out is lost, and then it is another number. */
static bool compute_shift(int sign, struct integer a, struct integer b, struct integer *result)
{
	if (!integer_fits(b, 6, false) || a.negative)
		return false;
	*result = integer_unsigned(sign == SHIFT_LEFT ? a.low << b.low : a.low >> b.low);
	return sign == SHIFT_RIGHT || result->low >> b.low == a.low;
}

/* What is true, or false, of two numbers.  False: it is no comparison. */
static bool compare(int sign, struct integer a, struct integer b, struct integer *result)
{
	int order = integer_compare(a, b);
	bool holds;

	switch (sign) {
	case '<':
		holds = order < 0;
		break;
	case '>':
		holds = order > 0;
		break;
	case LESS_OR_EQUAL:
		holds = order <= 0;
		break;
	case GREATER_OR_EQUAL:
		holds = order >= 0;
		break;
	case EQUAL:
		holds = order == 0;
		break;
	case UNEQUAL:
		holds = order != 0;
		break;
	case AND:
		holds = a.low && b.low;
		break;
	case OR:
		holds = a.low || b.low;
		break;
	default:
		return false;
	}
	*result = integer_unsigned(holds);
	return true;
}

bool number_compute(int sign, struct integer a, struct integer b, struct integer *result)
{
	switch (sign) {
	case '*':
		return integer_multiply(a, b, result);
	case '/':
		return integer_divide(a, b, result);
	case '%':
		return integer_remainder(a, b, result);
	case '+':
		return integer_add(a, b, result);
	case '-':
		return integer_subtract(a, b, result);
	case '&':
		*result = (struct integer){ a.negative & b.negative, a.low & b.low };
		return integer_fits_any(*result);
	case '^':
		*result = (struct integer){ a.negative ^ b.negative, a.low ^ b.low };
		return integer_fits_any(*result);
	case '|':
		*result = (struct integer){ a.negative | b.negative, a.low | b.low };
		return integer_fits_any(*result);
	case SHIFT_LEFT:
	case SHIFT_RIGHT:
		return compute_shift(sign, a, b, result);
	default:
		return compare(sign, a, b, result);
	}
}

bool number_compute_unary(int sign, struct integer a, struct integer *result)
{
	*result = a;
	if (sign == '-')
		return integer_negate(a, result);
	if (sign == '~')
		*result = (struct integer){ !a.negative, ~a.low };
	else if (sign == '!')
		*result = integer_unsigned(!a.low);
	return integer_fits_any(*result);
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
			  bool lenient, struct integer *number)
{
	struct value *value = reading_find(&reading->values[0], expression->name);

	*number = integer_unsigned(0);
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
	if (!value_known(reading, value))
		return false;
	*number = value->number;
	return true;
}

bool expression_value(struct reading *reading, const struct expression *expression, bool lenient,
		      struct integer *number)
{
	struct integer a, b;
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
		exists = number_compute_unary(expression->sign, a, number);
	}
	if (exists)
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
