/* sidecall describe: what a contract has, for people or as JSON. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/describe/describe.h"
#include "contract/value/example.h"
#include "programs/sidecall/contracts.h"
#include "programs/sidecall/words.h"

enum { JSON = 256 };

const struct option_row command_describe_options[] = {
	CONTRACTS_OPTIONS,
	OPTION_FLAG("json", JSON, "as before the command"),
	{ 0 },
};

struct describe_options {
	struct contracts contracts;
	bool json;
};

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct describe_options *options = what;

	if (option != JSON)
		return contracts_take(&options->contracts, option, value, number);
	options->json = true;
	return NULL;
}

/* ---- how it is called ---- */

static void write_call(FILE *to, const struct contracts *contracts,
		       const struct contract_found *found)
{
	const struct type *arguments = found->procedure->arguments;
	char *example = example_json(arguments), *name = contracts_name(found);

	fputs("\nCall it:  sidecall call", to);
	contracts_write_options(contracts, to);
	fprintf(to, " %s", name ? name : "");
	if (example && arguments->kind != TYPE_VOID) {
		fputc(' ', to);
		words_quote(to, example);
	}
	fputc('\n', to);
	free(example);
	free(name);
}

static void write_example(FILE *to, const struct type *type)
{
	char *example = example_json(type);

	if (example)
		fprintf(to, "\nAs JSON:  %s\n", example);
	free(example);
}

/* ---- what was asked for ---- */

static void show_procedure(FILE *to, const struct describe_options *options,
			   const struct contract_found *found)
{
	if (options->json) {
		describe_procedure_as_json(to, found->procedure);
		return;
	}
	describe_procedure(to, options->contracts.contract, found);
	write_call(to, &options->contracts, found);
}

static void show_type(FILE *to, const struct describe_options *options, const struct type *type)
{
	if (options->json) {
		describe_type_as_json(to, type);
		return;
	}
	describe_type(to, options->contracts.contract, type);
	write_example(to, type);
}

static void show_program(FILE *to, const struct describe_options *options,
			 const struct contract_program *program)
{
	if (options->json)
		describe_program_as_json(to, program);
	else
		describe_program(to, program);
}

static void show_constant(FILE *to, const struct describe_options *options,
			  const struct contract_constant *constant)
{
	if (options->json)
		describe_constant_as_json(to, constant);
	else
		describe_constant(to, constant);
}

static void show_all(FILE *to, const struct describe_options *options)
{
	if (options->json)
		describe_contract_as_json(to, options->contracts.contract);
	else
		describe_contract(to, options->contracts.contract);
}

/* The program that has a version of this name, or NULL. */
static const struct contract_program *program_of_version(const struct contract *contract,
							 const char *name)
{
	for (size_t i = 0; i < contract->program_count; i++)
		for (size_t v = 0; v < contract->programs[i].version_count; v++)
			if (strcmp(contract->programs[i].versions[v].name, name) == 0)
				return &contract->programs[i];
	return NULL;
}

/* The enum that has a number of this name, or NULL. */
static const struct type *enum_of(const struct contract *contract, const char *name)
{
	for (size_t i = 0; i < contract->type_count; i++)
		for (size_t e = 0; e < contract->types[i]->enumerator_count; e++)
			if (strcmp(contract->types[i]->enumerators[e].name, name) == 0)
				return contract->types[i];
	return NULL;
}

static const struct contract_constant *constant_named(const struct contract *contract,
						      const char *name)
{
	for (size_t i = 0; i < contract->constant_count; i++)
		if (strcmp(contract->constants[i].name, name) == 0)
			return &contract->constants[i];
	return NULL;
}

/* A program, also by a version's name, a type, an enum by one of its numbers, a constant, or a
 * procedure, in that order.  0 or FAILURE_USAGE. */
static int show_named(FILE *to, const struct describe_options *options, const char *name)
{
	const struct contract *contract = options->contracts.contract;
	const struct contract_program *program = contract_program_named(contract, name);
	const struct type *type = contract_type(contract, name);
	const struct contract_constant *constant = constant_named(contract, name);
	struct contract_found found;
	int code = 0;

	if (!program && !type)
		program = program_of_version(contract, name);
	if (!program && !type)
		type = enum_of(contract, name);
	if (program)
		show_program(to, options, program);
	else if (type)
		show_type(to, options, type);
	else if (constant)
		show_constant(to, options, constant);
	else if ((code = contracts_find(&options->contracts, "describe", name, &found)) == 0)
		show_procedure(to, options, &found);
	return code;
}

static int show(const struct describe_options *options, int count, char **words)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	int code = 0;

	if (!to)
		return command_out_of_memory("describe");
	if (count)
		code = show_named(to, options, words[0]);
	else
		show_all(to, options);
	if (code == 0 && options->json)
		fputc('\n', to);
	fclose(to);
	fwrite(text, 1, size, stdout);
	free(text);
	return code;
}

int command_describe(struct context *context, int count, char **words)
{
	struct describe_options options = { .json = context->json };
	int code = command_take_options("describe", count, words, command_describe_options,
					take_option, &options);

	if (code == 0)
		code = command_options_first("describe", count, words);
	if (code == 0 && count - optind > 1)
		code = command_usage("describe", "one name is described at a time");
	if (code == 0)
		code = contracts_open(&options.contracts, "describe");
	if (code == 0)
		code = show(&options, count - optind, words + optind);
	contracts_close(&options.contracts);
	return code;
}
