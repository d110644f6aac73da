/* A command's operands, as the procedures' arguments. */
#include "client/arguments.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "common/xdr.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"

#define MAX_WORD 64 /* bytes of a number on standard input; no number that fits needs as many */

#define FIGURES(bound)    FIGURES_OF(bound) /* of one of the contract's constants */
#define FIGURES_OF(bound) #bound

static int wrong_operands(struct failure *failure, const char *wrong)
{
	return failure_set(failure, FAILURE_USAGE, "%s", wrong);
}

static int out_of_memory(struct failure *failure)
{
	return failure_set(failure, FAILURE_SYSTEM, "out of memory");
}

/* NULL, or what is wrong with the text. */
static const char *read_integer(const char *text, quad_t *value)
{
	int r = number_read(text, INT64_MIN, INT64_MAX, value);

	return r == -EINVAL ? "a whole number is needed, as in 42 or -7"
	       : r < 0      ? "the number does not fit 64 bits"
			    : NULL;
}

static int parse_integer(const char *text, quad_t *value, struct failure *failure)
{
	const char *wrong = read_integer(text, value);

	return wrong ? wrong_operands(failure, wrong) : 0;
}

static int copy_text(const char *text, size_t maximum, const char *too_long, char **string,
		     struct failure *failure)
{
	if (strlen(text) > maximum)
		return wrong_operands(failure, too_long);
	*string = strdup(text);
	return *string ? 0 : out_of_memory(failure);
}

static int parse_none(int count, char **operands, void *arguments, struct failure *failure)
{
	(void)operands;
	(void)arguments;
	return count ? wrong_operands(failure, "no operands are taken") : 0;
}

static int parse_operands(int count, char **operands, void *arguments, struct failure *failure)
{
	calc_operands *numbers = arguments;
	int code;

	if (count != 2)
		return wrong_operands(failure, "two whole numbers are needed, as in 84 2");
	code = parse_integer(operands[0], &numbers->a, failure);
	return code ? code : parse_integer(operands[1], &numbers->b, failure);
}

static int parse_expression(int count, char **operands, void *arguments, struct failure *failure)
{
	if (count != 1)
		return wrong_operands(failure,
				      "one expression is needed, in quotes, as in '2*(3+4)'");
	return copy_text(operands[0], CALC_MAX_EXPRESSION,
			 "an expression has at most " FIGURES(CALC_MAX_EXPRESSION) " bytes",
			 arguments, failure);
}

/* ---- numbers, from operands or from standard input ---- */

/* NULL, or what is wrong with the text. */
static const char *append_value(calc_values *values, const char *text)
{
	if (values->calc_values_len == CALC_MAX_VALUES)
		return "at most " FIGURES(CALC_MAX_VALUES) " numbers are summarized at a time";
	return read_integer(text, &values->calc_values_val[values->calc_values_len++]);
}

/* Reads the next word, which white space ends.  1, 0 when there is none; or what it had instead of
 * one: -EILSEQ a zero byte, which would end a string unseen, -E2BIG more bytes than a number has.
 */
static int read_word(FILE *file, char word[MAX_WORD])
{
	size_t length = 0;
	int c;

	do
		c = getc(file);
	while (isspace(c));
	for (; c != EOF && !isspace(c); c = getc(file)) {
		if (c == 0)
			return -EILSEQ;
		if (length == MAX_WORD - 1)
			return -E2BIG;
		word[length++] = (char)c;
	}
	word[length] = '\0';
	return length > 0;
}

static int read_values(calc_values *values, FILE *file, struct failure *failure)
{
	const char *wrong = NULL;
	unsigned int good = 0;
	char word[MAX_WORD];
	int r;

	while (!wrong && (r = read_word(file, word)) != 0) {
		wrong = r == -EILSEQ ? "there is a zero byte in it"
			: r == -E2BIG
				? "a whole number is needed, and this word is too long for one"
				: append_value(values, word);
		good += !wrong;
	}
	if (wrong)
		return failure_set(failure, FAILURE_DATA, "standard input, behind %u numbers: %s",
				   good, wrong);
	return ferror(file) ? failure_system(failure, errno, "cannot read standard input") : 0;
}

static int parse_values(int count, char **operands, void *arguments, struct failure *failure)
{
	calc_values *values = arguments;
	const char *wrong = NULL;

	values->calc_values_len = 0;
	values->calc_values_val = calloc(CALC_MAX_VALUES, sizeof(*values->calc_values_val));
	if (!values->calc_values_val)
		return out_of_memory(failure);
	if (count == 1 && strcmp(operands[0], "-") == 0)
		return read_values(values, stdin, failure);
	for (int i = 0; i < count && !wrong; i++)
		wrong = append_value(values, operands[i]);
	return wrong ? wrong_operands(failure, wrong) : 0;
}

/* ---- the others ---- */

static int parse_accumulation(int count, char **operands, void *arguments, struct failure *failure)
{
	calc_accumulation *accumulation = arguments;
	int code;

	if (count != 2)
		return wrong_operands(
			failure, "a register's name and a whole number are needed, as in sales 12");
	code = copy_text(operands[0], CALC_MAX_REGISTER,
			 "a register's name has at most " FIGURES(CALC_MAX_REGISTER) " bytes",
			 &accumulation->name, failure);
	return code ? code : parse_integer(operands[1], &accumulation->amount, failure);
}

static int parse_path(int count, char **operands, void *arguments, struct failure *failure)
{
	if (count > 1)
		return wrong_operands(failure, "one path is needed");
	return copy_text(count ? operands[0] : ".", FILEINFO_MAX_PATH,
			 "a path has at most " FIGURES(FILEINFO_MAX_PATH) " bytes", arguments,
			 failure);
}

static int parse_list(int count, char **operands, void *arguments, struct failure *failure)
{
	fileinfo_list_args *list = arguments;

	list->cookie = 0;
	list->max_bytes = LIST_PAGE_BYTES;
	return parse_path(count, operands, &list->directory, failure);
}

/* ---- the kinds ---- */

#define KIND(kind, type, usage)                                                                    \
	const struct argument_kind arguments_##kind = { parse_##kind, (xdrproc_t)xdr_##type, usage }

KIND(none, nothing, "");
KIND(operands, calc_operands, "A B");
KIND(expression, calc_expression, "EXPRESSION");
KIND(values, calc_values, "N... | -");
KIND(accumulation, calc_accumulation, "REGISTER AMOUNT");
KIND(path, fileinfo_path, "PATH...");
KIND(list, fileinfo_list_args, "[PATH]");
const struct argument_kind arguments_root = { parse_path, (xdrproc_t)xdr_fileinfo_path, "[PATH]" };

uint32_t arguments_page_bytes(const struct client *client)
{
	const struct channel *channel = client->channel;

	if (client_loses(client))
		return LIST_DATAGRAM_BYTES;
	if (channel && channel->max_message / 2 < LIST_PAGE_BYTES)
		return (uint32_t)(channel->max_message / 2);
	return LIST_PAGE_BYTES;
}
