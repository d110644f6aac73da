/* A contract as a program reads it: JSON. */
#include <inttypes.h>

#include "contract/describe/describe.h"

/* Names are words of the contract, and comments have neither control characters nor what is no
 * UTF-8: of all that JSON would not take as it is, quotes and backslashes may be in them. */
static void write_string(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', to);
		fputc((unsigned char)*text < ' ' ? '?' : *text, to);
	}
	fputc('"', to);
}

static void write_named(FILE *to, const char *key, const char *text)
{
	if (!text)
		return;
	fprintf(to, ",\"%s\":", key);
	write_string(to, text);
}

static void open_named(FILE *to, const char *name, int64_t number)
{
	fputs("{\"name\":", to);
	write_string(to, name);
	fprintf(to, ",\"number\":%" PRId64, number);
}

/* ---- types ---- */

static const char *const kinds[] = {
	[TYPE_VOID] = "void",
	[TYPE_INT] = "int",
	[TYPE_UNSIGNED] = "unsigned int",
	[TYPE_HYPER] = "hyper",
	[TYPE_UNSIGNED_HYPER] = "unsigned hyper",
	[TYPE_FLOAT] = "float",
	[TYPE_DOUBLE] = "double",
	[TYPE_QUADRUPLE] = "quadruple",
	[TYPE_BOOL] = "bool",
	[TYPE_ENUM] = "enum",
	[TYPE_STRING] = "string",
	[TYPE_OPAQUE] = "fixed opaque",
	[TYPE_BYTES] = "opaque",
	[TYPE_VECTOR] = "fixed array",
	[TYPE_ARRAY] = "array",
	[TYPE_OPTIONAL] = "optional",
	[TYPE_STRUCT] = "struct",
	[TYPE_UNION] = "union",
};

static void write_body(FILE *to, const struct type *type);

/* Where a type is used: its name, or what it is. */
static void write_use(FILE *to, const struct type *type)
{
	if (type->name)
		return write_string(to, type->name);
	fputc('{', to);
	write_body(to, type);
	fputc('}', to);
}

static void write_members(FILE *to, const struct type *type)
{
	fputs(",\"members\":[", to);
	for (size_t i = 0; i < type->member_count; i++) {
		const struct member *member = &type->members[i];

		fputs(i ? ",{\"type\":" : "{\"type\":", to);
		write_use(to, member->type);
		write_named(to, "name", member->name);
		write_named(to, "comment", member->comment);
		fputc('}', to);
	}
	fputc(']', to);
}

static void write_cases(FILE *to, const struct type *type, size_t arm)
{
	const char *comma = "";

	fputs("{\"cases\":[", to);
	for (size_t i = 0; i < type->label_count; i++) {
		const char *name = contract_enumerator(type->discriminant.type,
						       type->labels[i].value);

		if (type->labels[i].arm != arm)
			continue;
		fputs(comma, to);
		comma = ",";
		if (name)
			write_string(to, name);
		else
			fprintf(to, "%" PRId64, type->labels[i].value);
	}
	fputs("]", to);
	if (type->otherwise == &type->members[arm])
		fputs(",\"default\":true", to);
}

static void write_union(FILE *to, const struct type *type)
{
	fputs(",\"discriminant\":{\"type\":", to);
	write_use(to, type->discriminant.type);
	write_named(to, "name", type->discriminant.name);
	fputs("},\"arms\":[", to);
	for (size_t i = 0; i < type->member_count; i++) {
		const struct member *member = &type->members[i];

		fputs(i ? "," : "", to);
		write_cases(to, type, i);
		fputs(",\"type\":", to);
		write_use(to, member->type);
		write_named(to, "name", member->name);
		write_named(to, "comment", member->comment);
		fputc('}', to);
	}
	fputc(']', to);
}

static void write_enumerators(FILE *to, const struct type *type)
{
	fputs(",\"values\":[", to);
	for (size_t i = 0; i < type->enumerator_count; i++) {
		fputs(i ? "," : "", to);
		open_named(to, type->enumerators[i].name, type->enumerators[i].value);
		write_named(to, "comment", type->enumerators[i].comment);
		fputc('}', to);
	}
	fputc(']', to);
}

static void write_bound(FILE *to, const struct type *type)
{
	bool fixed = type->kind == TYPE_OPAQUE || type->kind == TYPE_VECTOR;

	if (type->kind < TYPE_STRING || type->kind > TYPE_ARRAY)
		return;
	if (fixed || type->bound != UINT32_MAX)
		fprintf(to, ",\"%s\":%" PRIu32, fixed ? "length" : "most", type->bound);
}

static void write_body(FILE *to, const struct type *type)
{
	fprintf(to, "\"kind\":\"%s\"", kinds[type->kind]);
	if (type->bits && type->bits < 32)
		fprintf(to, ",\"bits\":%" PRIu32, type->bits);
	write_bound(to, type);
	if (type->item) {
		fputs(",\"of\":", to);
		write_use(to, type->item);
	}
	if (type->list)
		fputs(",\"list\":true", to);
	if (type->kind == TYPE_ENUM)
		write_enumerators(to, type);
	else if (type->kind == TYPE_UNION)
		write_union(to, type);
	else if (type->kind == TYPE_STRUCT)
		write_members(to, type);
}

void describe_type_as_json(FILE *to, const struct type *type)
{
	fputc('{', to);
	write_body(to, type);
	write_named(to, "name", type->name);
	write_named(to, "comment", type->comment);
	fputc('}', to);
}

/* ---- programs ---- */

void describe_procedure_as_json(FILE *to, const struct contract_procedure *procedure)
{
	open_named(to, procedure->name, procedure->number);
	fputs(",\"arguments\":", to);
	write_use(to, procedure->arguments);
	fputs(",\"result\":", to);
	write_use(to, procedure->result);
	write_named(to, "comment", procedure->comment);
	fputc('}', to);
}

static void write_version(FILE *to, const struct contract_version *version)
{
	open_named(to, version->name, version->number);
	write_named(to, "comment", version->comment);
	fputs(",\"procedures\":[", to);
	for (size_t i = 0; i < version->procedure_count; i++) {
		fputs(i ? "," : "", to);
		describe_procedure_as_json(to, &version->procedures[i]);
	}
	fputs("]}", to);
}

void describe_program_as_json(FILE *to, const struct contract_program *program)
{
	open_named(to, program->name, program->number);
	write_named(to, "comment", program->comment);
	fputs(",\"versions\":[", to);
	for (size_t i = 0; i < program->version_count; i++) {
		fputs(i ? "," : "", to);
		write_version(to, &program->versions[i]);
	}
	fputs("]}", to);
}

/* ---- all of it ---- */

void describe_constant_as_json(FILE *to, const struct contract_constant *constant)
{
	char figures[INTEGER_ROOM];

	fputs("{\"name\":", to);
	write_string(to, constant->name);
	if (constant->text)
		write_named(to, "value", constant->text);
	else
		fprintf(to, ",\"value\":%s", integer_text(constant->value, figures));
	write_named(to, "comment", constant->comment);
	fputc('}', to);
}

void describe_contract_as_json(FILE *to, const struct contract *contract)
{
	fputs("{\"programs\":[", to);
	for (size_t i = 0; i < contract->program_count; i++) {
		fputs(i ? "," : "", to);
		describe_program_as_json(to, &contract->programs[i]);
	}
	fputs("],\"types\":[", to);
	for (size_t i = 0; i < contract->type_count; i++) {
		fputs(i ? "," : "", to);
		describe_type_as_json(to, contract->types[i]);
	}
	fputs("],\"constants\":[", to);
	for (size_t i = 0; i < contract->constant_count; i++) {
		fputs(i ? "," : "", to);
		describe_constant_as_json(to, &contract->constants[i]);
	}
	fputs("]}", to);
}
