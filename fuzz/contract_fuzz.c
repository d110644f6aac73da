/*
 * Contracts: whatever a text says, what is wrong has a place in it, and what is right is whole.
 *
 * The input is the text; its own bytes are explained as each of its types, too.
 */
#include "contract/contract.h"

#include <errno.h>

#include "fuzz/fuzz.h"
#include "trace/walker.h"

#define MOST_TYPES 16 /* that bytes are explained as */
#define MOST_BYTES 512

/* ---- what is wrong ---- */

static void check_complaint(const struct complaint *complaint)
{
	MUST(complaint->line >= 1 && complaint->column >= 1);
	MUST(complaint->column - 1 <= complaint->source_length + 2); /* a comment may end beyond */
	MUST(complaint->text[0]);
}

static void check_complaints(const struct contract *contract)
{
	char *text;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	MUST(to != NULL);
	for (size_t i = 0; i < contract->complaint_count; i++) {
		check_complaint(&contract->complaints[i]);
		contract_complain(to, &contract->complaints[i]);
	}
	fclose(to);
	for (size_t i = 0; i < length; i++)
		MUST((text[i] >= ' ' && text[i] != 0x7f) || (unsigned char)text[i] >= 0x80 ||
		     text[i] == '\n' || text[i] == '\t');
	free(text);
}

/* ---- what is right ---- */

static void check_union(const struct type *type)
{
	MUST(type->discriminant.name && type->discriminant.type);
	for (size_t i = 0; i < type->label_count; i++) {
		MUST(type->labels[i].arm < type->member_count);
		MUST(contract_arm(type, type->labels[i].value) ==
		     &type->members[type->labels[i].arm]);
	}
}

/* As deep as what is within it whatever its values are. */
static unsigned int check_type(const struct type *type, unsigned int above)
{
	bool holds = type->kind == TYPE_VECTOR || type->kind == TYPE_ARRAY ||
		     type->kind == TYPE_OPTIONAL;
	unsigned int deepest = 0, depth;

	MUST(above <= CONTRACT_MAX_NESTED);
	MUST(holds == (type->item != NULL));
	if (type->kind == TYPE_UNION)
		check_union(type);
	if (above)
		return 1;
	for (size_t i = 0; i < type->member_count; i++) {
		MUST(type->members[i].type);
		depth = check_type(type->members[i].type, above + 1);
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

struct counter {
	struct field_sink sink; /* first */
	size_t next;
};

static void count_field(struct field_sink *sink, const struct field *field)
{
	struct counter *counter = (struct counter *)sink;

	MUST(field->offset == counter->next);
	counter->next += field->length;
}

static void explain_as(const struct type *type, const uint8_t *data, size_t size, bool xdr)
{
	struct counter counter = { .sink.take = count_field };
	struct walker walker;

	walker_begin(&walker, xdr, data, size, &counter.sink);
	walker_type(&walker, type, "");
	walker_end(&walker);
	MUST(counter.next == size);
}

static void check_programs(const struct contract *contract)
{
	for (size_t i = 0; i < contract->program_count; i++) {
		const struct contract_program *program = &contract->programs[i];

		MUST(contract_program(contract, program->number) == program);
		MUST(contract_latest(program, contract_beyond(program)) == NULL ||
		     contract_beyond(program) == 0);
		for (size_t v = 0; v < program->version_count; v++) {
			const struct contract_version *version = &program->versions[v];

			MUST(contract_version(program, version->number) == version);
			MUST(contract_version_procedure(version, 0) != NULL);
			for (size_t p = 0; p < version->procedure_count; p++) {
				check_type(version->procedures[p].arguments, 0);
				check_type(version->procedures[p].result, 0);
			}
		}
	}
}

static void check_contract(const struct contract *contract, const uint8_t *data, size_t size)
{
	size = size < MOST_BYTES ? size : MOST_BYTES;
	for (size_t i = 0; i < contract->type_count; i++) {
		const struct type *type = contract->types[i];

		MUST(contract_type(contract, type->name) == type);
		check_type(type, 0);
		if (i < MOST_TYPES) {
			explain_as(type, data, size, true);
			explain_as(type, data, size, false);
		}
	}
	check_programs(contract);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct contract *contract = contract_open();
	int added, resolved;

	MUST(contract != NULL);
	added = contract_add(contract, "fuzz.x", (const char *)data, size);
	MUST(added == 0 || added == -EFBIG);
	resolved = contract_resolve(contract);
	MUST(resolved == (contract->error_count ? -EBADMSG : 0));
	check_complaints(contract);
	if (resolved == 0)
		check_contract(contract, data, size);
	contract_close(contract);
	return 0;
}
