/*
 * evaluate: numbers, + - * / and parentheses, a function for each kind of part.
 *
 * The real one (docs/contract.md) has names, % and ^ besides: to this one they are a syntax error.
 */
#include "calc.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 64 /* parentheses within each other: each takes some of the stack */

struct reader {
	const char *text, *next;
	int depth;
	bool failed; /* and the offset of what does not fit */
	uint32_t position;
};

static double expression(struct reader *in);

/* The first failure counts.  From there on nothing is read. */
static double fail(struct reader *in, const char *where)
{
	if (!in->failed)
		in->position = (uint32_t)(where - in->text);
	in->failed = true;
	in->next += strlen(in->next);
	return NAN;
}

/* What is infinite on the way stays no number, whatever is done with it. */
static double finite_value(double value)
{
	return isfinite(value) ? value : NAN;
}

/* The next character, and goes behind it, if it is one of these; or zero. */
static char accept_one(struct reader *in, const char *signs)
{
	in->next += strspn(in->next, " \t");
	return *in->next && strchr(signs, *in->next) ? *in->next++ : '\0';
}

static double parentheses(struct reader *in)
{
	double value;

	if (++in->depth > DEEPEST)
		return fail(in, in->next - 1);
	value = expression(in);
	in->depth--;
	return accept_one(in, ")") ? value : fail(in, in->next);
}

/* strtod() takes more than our numbers: hexadecimal, "inf", a sign. */
static double number(struct reader *in)
{
	const char *digit = in->next + (*in->next == '.');
	char *end;
	double value;

	if (!isdigit((unsigned char)*digit) || strncasecmp(in->next, "0x", 2) == 0)
		return fail(in, in->next);
	value = strtod(in->next, &end);
	in->next = end;
	return finite_value(value);
}

static double factor(struct reader *in)
{
	double sign = 1;

	while (accept_one(in, "-"))
		sign = -sign;
	return sign * (accept_one(in, "(") ? parentheses(in) : number(in));
}

static double term(struct reader *in)
{
	double value = factor(in);
	char sign;

	while ((sign = accept_one(in, "*/")))
		value = finite_value(sign == '*' ? value * factor(in) : value / factor(in));
	return value;
}

static double expression(struct reader *in)
{
	double value = term(in);
	char sign;

	while ((sign = accept_one(in, "+-")))
		value = finite_value(sign == '+' ? value + term(in) : value - term(in));
	return value;
}

enum calc_status calc_evaluate(const char *text, double *value, uint32_t *position)
{
	struct reader in = { .text = text, .next = text };

	*value = expression(&in);
	if (*in.next)
		fail(&in, in.next);
	*position = in.position;
	return in.failed ? CALC_SYNTAX : isfinite(*value) ? CALC_OK : CALC_DOMAIN;
}
