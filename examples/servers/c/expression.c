/*
 * evaluate: an expression by recursive descent, a function for each kind of part.
 *
 *	expression = term { ( "+" | "-" ) term }
 *	term       = factor { ( "*" | "/" | "%" ) factor }
 *	factor     = { "-" } primary [ "^" factor ]
 *	primary    = number | "pi" | "e" | "(" expression ")"
 *	           | name "(" expression { "," expression } ")"
 */
#include "calc.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEEPEST 64 /* parentheses within each other: each takes some of the stack */

struct reader {
	const char *text, *next;
	int depth;
	bool failed; /* and the offset of what does not fit */
	uint32_t position;
	bool not_finite; /* some value, also on the way */
};

static const struct function {
	const char *name;
	double (*one)(double);
	double (*two)(double, double); /* folded over two or more */
} functions[] = {
	{ "sqrt", sqrt, NULL }, { "abs", fabs, NULL },    { "floor", floor, NULL },
	{ "ceil", ceil, NULL }, { "round", round, NULL }, { "exp", exp, NULL },
	{ "ln", log, NULL },    { "log10", log10, NULL }, { "sin", sin, NULL },
	{ "cos", cos, NULL },   { "tan", tan, NULL },     { "min", NULL, fmin },
	{ "max", NULL, fmax },
};

static double expression(struct reader *in);

/* The first failure counts.  From there on nothing is read. */
static double fail(struct reader *in, const char *where)
{
	if (!in->failed)
		in->position = (uint32_t)(where - in->text);
	in->failed = true;
	in->next += strlen(in->next);
	return 0;
}

static double finite_value(struct reader *in, double value)
{
	in->not_finite = in->not_finite || !isfinite(value);
	return value;
}

/* The next character, and goes behind it, if it is one of these; or zero. */
static char accept_one(struct reader *in, const char *signs)
{
	in->next += strspn(in->next, " \t");
	return *in->next && strchr(signs, *in->next) ? *in->next++ : '\0';
}

static void expect(struct reader *in, const char *sign)
{
	if (!accept_one(in, sign))
		fail(in, in->next);
}

/* Behind the parenthesis: what is in it, of a function or of none, and the one that closes it. */
static double parentheses(struct reader *in, const struct function *function)
{
	double value;

	if (++in->depth > DEEPEST)
		return fail(in, in->next - 1);
	value = expression(in);
	if (function && function->one)
		value = function->one(value);
	if (function && function->two) {
		expect(in, ",");
		do
			value = function->two(value, expression(in));
		while (accept_one(in, ","));
	}
	expect(in, ")");
	in->depth--;
	return finite_value(in, value);
}

/* strtod() takes more than our numbers: hexadecimal, for one; and it takes "1e" for 1. */
static double number(struct reader *in)
{
	const char *digit = in->next + (*in->next == '.');
	char *end;
	double value;

	if (!isdigit((unsigned char)*digit))
		return fail(in, digit);
	if (strncasecmp(in->next, "0x", 2) == 0)
		return fail(in, in->next + 1);
	value = strtod(in->next, &end);
	if (*end == 'e' || *end == 'E')
		return fail(in, end + 1 + (end[1] == '+' || end[1] == '-'));
	in->next = end;
	return finite_value(in, value);
}

static double named(struct reader *in)
{
	const char *name = in->next;
	size_t length = 0;

	while (isalnum((unsigned char)name[length]))
		length++;
	in->next += length;
	if (length == 2 && memcmp(name, "pi", length) == 0)
		return M_PI;
	if (length == 1 && *name == 'e')
		return M_E;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (strlen(functions[i].name) == length &&
		    memcmp(name, functions[i].name, length) == 0)
			return accept_one(in, "(") ? parentheses(in, &functions[i])
						   : fail(in, in->next);
	return fail(in, name);
}

static double primary(struct reader *in)
{
	if (accept_one(in, "("))
		return parentheses(in, NULL);
	return isalpha((unsigned char)*in->next) ? named(in) : number(in);
}

/* -2^2 is -(2^2), and 2^3^2 is 2^(3^2). */
static double factor(struct reader *in)
{
	double sign = 1, value;

	while (accept_one(in, "-"))
		sign = -sign;
	value = primary(in);
	if (accept_one(in, "^"))
		value = finite_value(in, pow(value, factor(in)));
	return sign * value;
}

static double term(struct reader *in)
{
	double value = factor(in);
	char sign;

	while ((sign = accept_one(in, "*/%"))) {
		double next = factor(in);

		value = finite_value(in, sign == '*'   ? value * next
					 : sign == '/' ? value / next
						       : fmod(value, next));
	}
	return value;
}

static double expression(struct reader *in)
{
	double value = term(in);
	char sign;

	while ((sign = accept_one(in, "+-"))) {
		double next = term(in);

		value = finite_value(in, sign == '+' ? value + next : value - next);
	}
	return value;
}

enum calc_status calc_evaluate(const char *text, double *value, uint32_t *position)
{
	struct reader in = { .text = text, .next = text };

	*value = expression(&in);
	if (*in.next)
		fail(&in, in.next);
	*position = in.position;
	return in.failed ? CALC_SYNTAX : in.not_finite ? CALC_DOMAIN : CALC_OK;
}
