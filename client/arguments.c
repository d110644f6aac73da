/* A command's operands, as the procedures' arguments. */
#include "client/arguments.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xdr.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"

#define WHITE_SPACE " \t\r\n\v\f"

static const char *parse_integer(const char *text, quad_t *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 10);
	if (end == text || *end || isspace((unsigned char)*text))
		return "a whole number is needed, as in 42 or -7";
	return errno == ERANGE ? "the number does not fit 64 bits" : NULL;
}

static const char *copy(const char *text, size_t maximum, const char *too_long, char **string)
{
	if (strlen(text) > maximum)
		return too_long;
	*string = strdup(text);
	return *string ? NULL : "out of memory";
}

static const char *parse_nothing(int count, char **operands, void *arguments)
{
	(void)operands;
	(void)arguments;
	return count ? "no operands are taken" : NULL;
}

static const char *parse_operands(int count, char **operands, void *arguments)
{
	calc_operands *numbers = arguments;
	const char *wrong;

	if (count != 2)
		return "two whole numbers are needed, as in 84 2";
	wrong = parse_integer(operands[0], &numbers->a);
	return wrong ? wrong : parse_integer(operands[1], &numbers->b);
}

static const char *parse_expression(int count, char **operands, void *arguments)
{
	if (count != 1)
		return "one expression is needed, in quotes, as in '2*(3+4)'";
	return copy(operands[0], CALC_MAX_EXPRESSION, "an expression has at most 1024 bytes",
		    arguments);
}

static const char *append_value(calc_values *values, const char *text)
{
	if (values->calc_values_len == CALC_MAX_VALUES)
		return "at most 4096 numbers are summarized at a time";
	return parse_integer(text, &values->calc_values_val[values->calc_values_len++]);
}

static const char *read_values(calc_values *values, FILE *file)
{
	char *line = NULL, *rest;
	const char *wrong = NULL;
	size_t size = 0;

	while (!wrong && getline(&line, &size, file) >= 0)
		for (char *word = strtok_r(line, WHITE_SPACE, &rest); word && !wrong;
		     word = strtok_r(NULL, WHITE_SPACE, &rest))
			wrong = append_value(values, word);
	if (!wrong && ferror(file))
		wrong = "standard input cannot be read";
	free(line);
	return wrong;
}

static const char *parse_values(int count, char **operands, void *arguments)
{
	calc_values *values = arguments;
	const char *wrong = NULL;

	values->calc_values_len = 0;
	values->calc_values_val = calloc(CALC_MAX_VALUES, sizeof(*values->calc_values_val));
	if (!values->calc_values_val)
		return "out of memory";
	if (count == 1 && strcmp(operands[0], "-") == 0)
		return read_values(values, stdin);
	for (int i = 0; i < count && !wrong; i++)
		wrong = append_value(values, operands[i]);
	return wrong;
}

static const char *parse_accumulation(int count, char **operands, void *arguments)
{
	calc_accumulation *accumulation = arguments;
	const char *wrong;

	if (count != 2)
		return "a register's name and a whole number are needed, as in sales 12";
	wrong = copy(operands[0], CALC_MAX_REGISTER, "a register's name has at most 32 bytes",
		     &accumulation->name);
	return wrong ? wrong : parse_integer(operands[1], &accumulation->amount);
}

static const char *parse_path(int count, char **operands, void *arguments)
{
	if (count > 1)
		return "one path is needed";
	return copy(count ? operands[0] : ".", FILEINFO_MAX_PATH, "a path has at most 4095 bytes",
		    arguments);
}

static const char *parse_list(int count, char **operands, void *arguments)
{
	fileinfo_list_args *list = arguments;

	list->cookie = 0;
	list->max_bytes = LIST_PAGE_BYTES;
	return parse_path(count, operands, &list->directory);
}

/* ---- the kinds ---- */

const struct argument_kind arguments_none = { parse_nothing, xdr_nothing };
const struct argument_kind arguments_operands = { parse_operands, (xdrproc_t)xdr_calc_operands };
const struct argument_kind arguments_expression = { parse_expression,
						    (xdrproc_t)xdr_calc_expression };
const struct argument_kind arguments_values = { parse_values, (xdrproc_t)xdr_calc_values };
const struct argument_kind arguments_accumulation = { parse_accumulation,
						      (xdrproc_t)xdr_calc_accumulation };
const struct argument_kind arguments_path = { parse_path, (xdrproc_t)xdr_fileinfo_path };
const struct argument_kind arguments_list = { parse_list, (xdrproc_t)xdr_fileinfo_list_args };
