/* A contract as a person reads it. */
#include "contract/describe/describe.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "contract/describe/declaration.h"

#define COMMENTS 44 /* the column of comments beside something */

static void end_line(FILE *to, long began, const char *comment)
{
	int width = (int)(ftell(to) - began);

	if (comment)
		fprintf(to, "%*s/* %s */", width < COMMENTS ? COMMENTS - width : 1, "", comment);
	fputc('\n', to);
}

/* ---- programs ---- */

static void write_arguments(FILE *to, const struct type *type)
{
	if (!type->several) {
		declaration_write(to, type, NULL);
		return;
	}
	for (size_t i = 0; i < type->member_count; i++) {
		fputs(i ? ", " : "", to);
		declaration_write(to, type->members[i].type, type->members[i].name);
	}
}

static void write_procedure(FILE *to, const struct contract_procedure *procedure,
			    const char *indent)
{
	bool optional = procedure->result->kind == TYPE_OPTIONAL; /* the star stands at the name */
	long began = ftell(to);

	fprintf(to, "%s%3" PRIu32 "  ", indent, procedure->number);
	if (optional)
		declaration_write(to, procedure->result, procedure->name);
	else
		declaration_write(to, procedure->result, NULL);
	fprintf(to, "%s%s(", optional ? "" : " ", optional ? "" : procedure->name);
	write_arguments(to, procedure->arguments);
	fputc(')', to);
	end_line(to, began, procedure->comment);
}

void describe_program(FILE *to, const struct contract_program *program)
{
	if (program->comment)
		comment_write(to, program->comment);
	fprintf(to, "program %s = %#" PRIx32 " (%" PRIu32 ")\n", program->name, program->number,
		program->number);
	for (size_t v = 0; v < program->version_count; v++) {
		const struct contract_version *version = &program->versions[v];

		if (version->comment)
			comment_write(to, version->comment);
		fprintf(to, "  version %s = %" PRIu32 "\n", version->name, version->number);
		for (size_t p = 0; p < version->procedure_count; p++)
			write_procedure(to, &version->procedures[p], "  ");
	}
}

/* ---- types, and those that they are made of ---- */

/* Types to be looked at, each once. */
struct types {
	const struct type **all;
	size_t count, room;
	void *known;
	bool full; /* there was no memory: the rest is left out */
};

static int compare_places(const void *a, const void *b)
{
	return a < b ? -1 : a > b;
}

static bool grow_types(struct types *types)
{
	size_t room = types->room ? 2 * types->room : 64;
	const struct type **all = realloc(types->all, room * sizeof(const struct type *));

	types->full = !all;
	if (types->full)
		return false;
	types->all = all;
	types->room = room;
	return true;
}

static void add_type(struct types *types, const struct type *type)
{
	if (!type || types->full || tfind(type, &types->known, compare_places))
		return;
	types->full = !tsearch(type, &types->known, compare_places);
	if (!types->full && (types->count < types->room || grow_types(types)))
		types->all[types->count++] = type;
}

static void add_parts(struct types *types, const struct type *type)
{
	add_type(types, type->discriminant.type);
	add_type(types, type->item);
	for (size_t i = 0; i < type->member_count; i++)
		add_type(types, type->members[i].type);
}

static void leave_it(void *type)
{
	(void)type; /* it is the contract's */
}

static void release_types(struct types *types)
{
	tdestroy(types->known, leave_it);
	free(types->all);
}

static bool is_known(struct types *types, const struct type *type)
{
	return tfind(type, &types->known, compare_places) != NULL;
}

/* Those that the contract defines, in its order, of all that are known. */
static void write_known(FILE *to, const struct contract *contract, struct types *types)
{
	for (size_t i = 0; i < types->count; i++)
		add_parts(types, types->all[i]); /* which may add some more behind it */
	for (size_t i = 0; i < contract->type_count; i++)
		if (is_known(types, contract->types[i])) {
			fputs(ftell(to) ? "\n" : "", to);
			definition_write(to, contract->types[i]);
		}
}

void describe_type(FILE *to, const struct contract *contract, const struct type *type)
{
	struct types types = { 0 };

	add_type(&types, type);
	write_known(to, contract, &types);
	release_types(&types);
}

void describe_procedure(FILE *to, const struct contract *contract,
			const struct contract_found *found)
{
	struct types types = { 0 };

	fprintf(to, "program %s = %#" PRIx32 ", version %s = %" PRIu32 "\n", found->program->name,
		found->program->number, found->version->name, found->version->number);
	write_procedure(to, found->procedure, "");
	add_type(&types, found->procedure->arguments);
	add_type(&types, found->procedure->result);
	write_known(to, contract, &types);
	release_types(&types);
}

/* ---- all of it ---- */

void describe_constant(FILE *to, const struct contract_constant *constant)
{
	char figures[INTEGER_ROOM];
	long began = ftell(to);

	if (constant->text)
		fprintf(to, "const %s = \"%s\";", constant->name, constant->text);
	else
		fprintf(to, "const %s = %s;", constant->name,
			integer_text(constant->value, figures));
	end_line(to, began, constant->comment);
}

void describe_contract(FILE *to, const struct contract *contract)
{
	for (size_t i = 0; i < contract->program_count; i++) {
		fputs(i ? "\n" : "", to);
		describe_program(to, &contract->programs[i]);
	}
	if (contract->constant_count)
		fputc('\n', to);
	for (size_t i = 0; i < contract->constant_count; i++)
		describe_constant(to, &contract->constants[i]);
	for (size_t i = 0; i < contract->type_count; i++) {
		fputc('\n', to);
		definition_write(to, contract->types[i]);
	}
}
