/* --as NAME: which type a value is of; and bytes of it, shown as JSON. */
#include "programs/sidecall/as.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the type ---- */

static int find_of_procedure(const struct contracts *contracts, const char *command,
			     const char *name, size_t length, bool arguments,
			     const struct type **type)
{
	struct contract_found found;
	char *procedure = strndup(name, length);
	int code = procedure ? contracts_find(contracts, command, procedure, &found)
			     : command_out_of_memory(command);

	free(procedure);
	if (code == 0)
		*type = arguments ? found.procedure->arguments : found.procedure->result;
	return code;
}

int as_find(const struct contracts *contracts, const char *command, const char *name,
	    const struct type **type)
{
	const char *colon = strchr(name, ':');
	size_t length = colon ? (size_t)(colon - name) : 0;

	if (colon && strcmp(colon, ":args") == 0)
		return find_of_procedure(contracts, command, name, length, true, type);
	if (colon && strcmp(colon, ":result") == 0)
		return find_of_procedure(contracts, command, name, length, false, type);
	*type = contract_type(contracts->contract, name);
	if (*type)
		return 0;
	return command_usage(command,
			     "--as takes a type, PROCEDURE:args or PROCEDURE:result, and \"%.80s\" "
			     "is none of the contract's",
			     name);
}

/* ---- the bytes ---- */

static int figure_of(uint8_t c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* Whether it is text of nothing but figures, two a byte, and white space: XDR is not, for it has
 * bytes that no text has, unless it is short and means to mislead. */
static bool is_hex(const struct buffer *input)
{
	size_t figures = 0;

	for (size_t i = 0; i < input->length; i++) {
		if (figure_of(input->data[i]) >= 0)
			figures++;
		else if (!isspace(input->data[i]))
			return false;
	}
	return figures % 2 == 0;
}

static size_t unhex(const struct buffer *input, uint8_t *bytes)
{
	size_t figures = 0;

	for (size_t i = 0; i < input->length; i++)
		if (!isspace(input->data[i])) {
			bytes[figures / 2] = (uint8_t)(bytes[figures / 2] << 4 |
						       figure_of(input->data[i]));
			figures++;
		}
	return figures / 2;
}

static int show_value(struct context *context, struct contracts *contracts, const struct type *type,
		      const uint8_t *bytes, size_t length)
{
	struct buffer json = { 0 };
	char wrong[VALUE_WRONG];
	struct failure failure = { 0 };
	size_t used;
	int r = value_to_json(type, bytes, length, &contracts->form, &json, &used, wrong);

	if (r == 0) {
		fwrite(json.data, 1, json.length, stdout);
		putchar('\n');
		if (used < length)
			failure_set(&failure, FAILURE_DATA,
				    "offset %zu: the value ends here, and %zu bytes are left over",
				    used, length - used);
	} else if (r == -ENOMEM) {
		failure_set(&failure, FAILURE_SYSTEM, "out of memory");
	} else {
		failure_set(&failure, FAILURE_DATA, "%s", wrong);
	}
	if (failure.code)
		command_failed_here(context, "decode", &failure);
	buffer_release(&json);
	return (int)failure.code;
}

int as_decode(struct context *context, struct contracts *contracts, const struct type *type,
	      const struct buffer *input)
{
	bool hex = is_hex(input);
	uint8_t *bytes = hex ? calloc(1, input->length + 1) : NULL;
	int code;

	if (hex && !bytes)
		return command_out_of_memory("decode");
	if (!context->json && isatty(STDOUT_FILENO))
		contracts->form.indent = 2;
	contracts_warn(contracts, "decode");
	code = show_value(context, contracts, type, hex ? bytes : input->data,
			  hex ? unhex(input, bytes) : input->length);
	free(bytes);
	return code;
}
