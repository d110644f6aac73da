/*
 * Evaluates an arithmetic expression by recursive descent.
 *
 *	expression = term { ( "+" | "-" ) term }
 *	term       = factor { ( "*" | "/" | "%" ) factor }
 *	factor     = { "-" } primary [ "^" factor ]
 *	primary    = number | "pi" | "e" | "(" expression ")"
 *	           | one "(" expression ")"
 *	           | two "(" expression "," expression { "," expression } ")"
 *	one        = "sqrt" | "abs" | "floor" | "ceil" | "round" | "exp" | "ln" | "log10"
 *	           | "sin" | "cos" | "tan"
 *	two        = "min" | "max"
 *	number     = ( digits [ "." [ digits ] ] | "." digits ) [ exponent ]
 *	exponent   = ( "e" | "E" ) [ "+" | "-" ] digits
 *
 * Spaces and tabs may stand around a token, not inside one.  As in C, 1. and .5 are numbers; there
 * is no unary plus, no hexadecimal, no inf or nan.  % is fmod(), ^ is pow(), round() rounds halves
 * away from zero, angles are in radians.  Names are lower case.
 *
 * Only "(" nests, to CALC_MAX_DEPTH; chains of "-" and of "^" are loops.  That bounds the C stack
 * whatever the expression is.  A syntax error anywhere comes before a value that is not finite.
 */
#include "server/service/calc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS  " \t"
#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* With at most CALC_MAX_EXPRESSION digits before it, a larger exponent changes nothing. */
#define MAX_EXPONENT 100000

struct parser {
	const char *text;
	const char *next;
	unsigned int depth;
	unsigned int position; /* of the first syntax error */
	bool failed;
	bool not_finite;
	/* The operands of ^ that wait for those to their right; each took two bytes, "2^". */
	unsigned int waiting;
	struct operand {
		double sign;
		double value;
	} operands[CALC_MAX_EXPRESSION / 2 + 1];
};

/* One of the two: a function of one argument, or one that is folded over two or more. */
static const struct function {
	const char *name;
	double (*one)(double);
	double (*two)(double, double);
} functions[] = {
	{ "sqrt", sqrt, NULL }, { "abs", fabs, NULL },    { "floor", floor, NULL },
	{ "ceil", ceil, NULL }, { "round", round, NULL }, { "exp", exp, NULL },
	{ "ln", log, NULL },    { "log10", log10, NULL }, { "sin", sin, NULL },
	{ "cos", cos, NULL },   { "tan", tan, NULL },     { "min", NULL, fmin },
	{ "max", NULL, fmax },
};

static double parse_expression(struct parser *p);

/* The first failure is the one that counts; from the end, nothing more is read. */
static void fail_at(struct parser *p, const char *where)
{
	if (!p->failed)
		p->position = (unsigned int)(where - p->text);
	p->failed = true;
	p->next += strlen(p->next);
}

/* Values on the way count too: 1/(1/0) and min(1, sqrt(-1)) have no value. */
static double finite_value(struct parser *p, double value)
{
	if (!isfinite(value))
		p->not_finite = true;
	return value;
}

static void skip_blanks(struct parser *p)
{
	p->next += strspn(p->next, BLANKS);
}

static bool accept_char(struct parser *p, char c)
{
	skip_blanks(p);
	if (*p->next != c)
		return false;
	p->next++;
	return true;
}

static void expect_char(struct parser *p, char c)
{
	if (!accept_char(p, c))
		fail_at(p, p->next);
}

/* False when there is no level to go into: the caller must not descend. */
static bool open_level(struct parser *p)
{
	if (!accept_char(p, '(')) {
		fail_at(p, p->next);
		return false;
	}
	if (++p->depth > CALC_MAX_DEPTH) {
		fail_at(p, p->next - 1);
		return false;
	}
	return true;
}

static void close_level(struct parser *p)
{
	expect_char(p, ')');
	p->depth--;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Copies digits, and says how many. */
static size_t take_digits(struct parser *p, char *digits)
{
	size_t length = strspn(p->next, DIGITS);

	memcpy(digits, p->next, length);
	p->next += length;
	return length;
}

static long parse_exponent(struct parser *p)
{
	bool negative;
	long value = 0;

	p->next++;
	negative = *p->next == '-';
	if (negative || *p->next == '+')
		p->next++;
	if (!is_digit(*p->next))
		fail_at(p, p->next);
	for (; is_digit(*p->next); p->next++)
		if (value < MAX_EXPONENT)
			value = value * 10 + (*p->next - '0');
	return negative ? -value : value;
}

/*
 * strtod() wants the decimal point of the process's locale, so it is given a number without one:
 * 12.5e3 as 125e2, which it converts just as exactly.
 */
static double parse_number(struct parser *p)
{
	char digits[CALC_MAX_EXPRESSION + sizeof("e-1000000")];
	size_t length = take_digits(p, digits), fraction = 0;
	long scale = 0;

	if (*p->next == '.') {
		p->next++;
		fraction = take_digits(p, digits + length);
		length += fraction;
	}
	if (length == 0)
		fail_at(p, p->next);
	if (*p->next == 'e' || *p->next == 'E')
		scale = parse_exponent(p);
	snprintf(digits + length, sizeof(digits) - length, "e%ld", scale - (long)fraction);
	return finite_value(p, strtod(digits, NULL));
}

static double parse_call(struct parser *p, const struct function *function)
{
	double value;

	if (!open_level(p))
		return 0;
	value = parse_expression(p);
	if (function->one) {
		value = function->one(value);
	} else {
		expect_char(p, ',');
		do
			value = function->two(value, parse_expression(p));
		while (accept_char(p, ','));
	}
	close_level(p);
	return finite_value(p, value);
}

static bool is_name(const char *name, const char *text, size_t length)
{
	return strlen(name) == length && memcmp(name, text, length) == 0;
}

static double parse_name(struct parser *p)
{
	const char *name = p->next;
	size_t length = strspn(name, LETTERS DIGITS);

	p->next += length;
	if (is_name("pi", name, length))
		return M_PI;
	if (is_name("e", name, length))
		return M_E;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (is_name(functions[i].name, name, length))
			return parse_call(p, &functions[i]);
	fail_at(p, name);
	return 0;
}

static double parse_primary(struct parser *p)
{
	double value;

	skip_blanks(p);
	if (is_digit(*p->next) || *p->next == '.')
		return parse_number(p);
	if (strspn(p->next, LETTERS) > 0)
		return parse_name(p);
	if (!open_level(p))
		return 0;
	value = parse_expression(p);
	close_level(p);
	return value;
}

static double parse_sign(struct parser *p)
{
	double value = 1;

	while (accept_char(p, '-'))
		value = -value;
	return value;
}

/* ^ groups from the right: its operands wait until the last is known.  -2^2 is -(2^2). */
static double parse_factor(struct parser *p)
{
	const unsigned int first = p->waiting;
	struct operand operand;
	double value;

	do {
		operand.sign = parse_sign(p);
		operand.value = parse_primary(p);
		p->operands[p->waiting++] = operand;
	} while (accept_char(p, '^'));
	operand = p->operands[--p->waiting];
	value = operand.sign * operand.value;
	while (p->waiting > first) {
		operand = p->operands[--p->waiting];
		value = operand.sign * finite_value(p, pow(operand.value, value));
	}
	return value;
}

static double parse_term(struct parser *p)
{
	double value = parse_factor(p);

	for (;;) {
		if (accept_char(p, '*'))
			value *= parse_factor(p);
		else if (accept_char(p, '/'))
			value /= parse_factor(p);
		else if (accept_char(p, '%'))
			value = fmod(value, parse_factor(p));
		else
			return value;
		finite_value(p, value);
	}
}

static double parse_expression(struct parser *p)
{
	double value = parse_term(p);

	for (;;) {
		if (accept_char(p, '+'))
			value += parse_term(p);
		else if (accept_char(p, '-'))
			value -= parse_term(p);
		else
			return value;
		finite_value(p, value);
	}
}

/* The whole text is one expression; what follows it does not fit. */
static double whole(struct parser *p)
{
	double value = parse_expression(p);

	if (*p->next)
		fail_at(p, p->next);
	return value;
}

void calc_evaluate(const calc_expression *text, calc_evaluation *evaluation)
{
	struct parser p = { .text = *text, .next = *text };
	double value;

	memset(evaluation, 0, sizeof(*evaluation));
	/* The decoders bound the text; this is for callers that hand it over directly. */
	if (strnlen(*text, CALC_MAX_EXPRESSION + 1) > CALC_MAX_EXPRESSION) {
		evaluation->status = CALC_SYNTAX;
		evaluation->calc_evaluation_u.position = CALC_MAX_EXPRESSION;
		return;
	}
	value = whole(&p);
	if (p.failed) {
		evaluation->status = CALC_SYNTAX;
		evaluation->calc_evaluation_u.position = p.position;
	} else if (p.not_finite) {
		evaluation->status = CALC_DOMAIN;
	} else {
		evaluation->status = CALC_OK;
		evaluation->calc_evaluation_u.value = value;
	}
}
