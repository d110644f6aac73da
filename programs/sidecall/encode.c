/* sidecall encode and decode --as: values of any contract, between JSON and XDR. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contract/value/example.h"
#include "programs/sidecall/as.h"
#include "programs/sidecall/input.h"

enum { AS = 256, BINARY };

const struct option_row command_encode_options[] = {
	CONTRACTS_OPTIONS,
	OPTION_TEXT("as", AS, "NAME", "TYPE, PROCEDURE:args or PROCEDURE:result", NULL),
	OPTION_FLAG("binary", BINARY, "the bytes themselves, and no hexadecimal figures"),
	CONTRACTS_VALUE_OPTIONS,
	{ 0 },
};

struct encode_options {
	struct contracts contracts;
	const char *as;
	bool binary;
};

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct encode_options *options = what;

	switch (option) {
	case AS:
		options->as = value;
		return NULL;
	case BINARY:
		options->binary = true;
		return NULL;
	default:
		return contracts_take(&options->contracts, option, value, number);
	}
}

/* Hexadecimal figures, four bytes apart, on lines of 32. */
static void write_hex(const struct buffer *bytes)
{
	for (size_t i = 0; i < bytes->length; i++)
		printf("%02x%s", bytes->data[i],
		       i + 1 == bytes->length || i % 32 == 31 ? "\n"
		       : i % 4 == 3                           ? " "
							      : "");
}

static int encode_value(const struct context *context, const struct encode_options *options,
			const struct type *type, const char *operand)
{
	struct buffer json = { 0 }, bytes = { 0 };
	char wrong[VALUE_WRONG];
	struct failure failure;
	int code = input_operand(operand, &json, &failure), r = 0;

	if (code == 0)
		r = value_from_json(type, (char *)json.data, json.length, &options->contracts.form,
				    &bytes, wrong);
	if (r == -ENOMEM)
		code = failure_set(&failure, FAILURE_SYSTEM, "out of memory");
	else if (r < 0)
		code = failure_set(&failure, FAILURE_DATA, "%s", wrong);
	if (r < 0)
		input_advise(operand, &failure);
	if (code)
		command_failed_here(context, "encode", &failure);
	else if (options->binary)
		fwrite(bytes.data, 1, bytes.length, stdout);
	else
		write_hex(&bytes);
	buffer_release(&json);
	buffer_release(&bytes);
	return code;
}

static int run_encode(const struct context *context, const struct encode_options *options,
		      int count, char **words)
{
	const struct type *type;
	int code = as_find(&options->contracts, "encode", options->as, &type);
	char *example;

	if (code)
		return code;
	if (count == 1)
		return encode_value(context, options, type, words[0]);
	example = example_json(type);
	code = command_usage("encode", "one value is encoded%s%s", example ? ", as in " : "",
			     example ? example : "");
	free(example);
	return code;
}

int command_encode(struct context *context, int count, char **words)
{
	struct encode_options options = { 0 };
	int code = command_take_options("encode", count, words, command_encode_options, take_option,
					&options);

	if (code == 0)
		code = command_options_first("encode", count, words);
	if (code == 0 && !options.as)
		code = command_usage("encode", "--as NAME says what the value is");
	if (code == 0)
		code = contracts_open(&options.contracts, "encode");
	if (code == 0)
		code = run_encode(context, &options, count - optind, words + optind);
	contracts_close(&options.contracts);
	return code;
}
