/* Expressions: values are finite, and a syntax error's position is where the text stops fitting. */
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "server/service/calc.h"

/* Bytes.  So short an expression has room, and levels of nesting, for all that it may lack. */
#define SHORT (CALC_MAX_DEPTH - 2)

static calc_evaluation evaluate(const uint8_t *data, size_t size)
{
	calc_expression text = exact_text(data, size);
	calc_evaluation evaluation;

	calc_evaluate(&text, &evaluation);
	free(text);
	return evaluation;
}

static unsigned int position_of(const calc_evaluation *evaluation)
{
	MUST(evaluation->status == CALC_SYNTAX);
	return evaluation->calc_evaluation_u.position;
}

/* Whether what lacks its end at most in brackets becomes an expression when they are closed: with a
 * second argument where one is missing too. */
static bool closes(char *text)
{
	for (unsigned int i = 0; i <= CALC_MAX_DEPTH; i++) {
		const size_t length = strlen(text);
		calc_evaluation closed, now = evaluate((const uint8_t *)text, length);

		if (now.status != CALC_SYNTAX)
			return true;
		strcpy(text + length, ")");
		closed = evaluate((const uint8_t *)text, length + 1);
		if (closed.status == CALC_SYNTAX && position_of(&closed) == length)
			strcpy(text + length, ",1)");
	}
	return false;
}

/* Whether it can be continued to an expression.  What may be missing first is nothing, an operand
 * or a figure, or a function's argument. */
static bool can_be_completed(const uint8_t *data, size_t size)
{
	static const char *const first[] = { "", "1", "(1" };
	char text[CALC_MAX_EXPRESSION + 1];
	bool can = false;

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]) && !can; i++) {
		snprintf(text, sizeof(text), "%.*s%s", (int)size, (const char *)data, first[i]);
		can = closes(text);
	}
	return can;
}

/*
 * Up to the position everything fits; at the end something is missing, and else what stands there
 * does not fit, whatever follows it.  An unknown name is unknown as a whole, so a part of it says
 * nothing.
 */
static void check_position(const uint8_t *data, size_t size, size_t position)
{
	calc_evaluation before = evaluate(data, position), with;

	if (before.status == CALC_SYNTAX)
		MUST(position_of(&before) == position);
	if (position == size) {
		MUST(size > SHORT || can_be_completed(data, size));
	} else if (!isalpha(data[position])) {
		with = evaluate(data, position + 1);
		MUST(position_of(&with) == position);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length = strnlen((const char *)data, size);
	calc_evaluation evaluation = evaluate(data, length);

	if (length > CALC_MAX_EXPRESSION)
		MUST(position_of(&evaluation) == CALC_MAX_EXPRESSION);
	else if (evaluation.status == CALC_OK)
		MUST(isfinite(evaluation.calc_evaluation_u.value));
	else if (evaluation.status == CALC_SYNTAX)
		MUST(position_of(&evaluation) <= length);
	else
		MUST(evaluation.status == CALC_DOMAIN);
	if (length <= CALC_MAX_EXPRESSION && evaluation.status == CALC_SYNTAX)
		check_position(data, length, position_of(&evaluation));
	return 0;
}
