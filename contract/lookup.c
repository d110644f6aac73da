/* Looking something up in a contract, by its name or number. */
#include <string.h>

#include "contract/reading.h"

const struct type *contract_type(const struct contract *contract, const char *name)
{
	const struct reading *reading = (const struct reading *)contract;
	const struct named_draft *found = reading_find(&reading->types[0], name);

	if (!found)
		found = reading_find(&reading->types[1], name);
	return found ? &found->draft->type : NULL;
}

const struct contract_program *contract_program(const struct contract *contract, uint32_t number)
{
	for (size_t i = 0; i < contract->program_count; i++)
		if (contract->programs[i].number == number)
			return &contract->programs[i];
	return NULL;
}

const struct contract_program *contract_program_named(const struct contract *contract,
						      const char *name)
{
	for (size_t i = 0; i < contract->program_count; i++)
		if (strcmp(contract->programs[i].name, name) == 0)
			return &contract->programs[i];
	return NULL;
}

const struct contract_version *contract_version(const struct contract_program *program,
						uint32_t number)
{
	for (size_t i = 0; program && i < program->version_count; i++)
		if (program->versions[i].number == number)
			return &program->versions[i];
	return NULL;
}

const struct contract_procedure *contract_version_procedure(const struct contract_version *version,
							    uint32_t number)
{
	static struct type nothing = { .kind = TYPE_VOID };
	static const struct contract_procedure null = { .name = "NULL",
							.arguments = &nothing,
							.result = &nothing };

	for (size_t i = 0; version && i < version->procedure_count; i++)
		if (version->procedures[i].number == number)
			return &version->procedures[i];
	return version && number == 0 ? &null : NULL;
}

const struct contract_procedure *contract_procedure(const struct contract *contract,
						    uint32_t program, uint32_t version,
						    uint32_t number)
{
	return contract_version_procedure(
		contract_version(contract_program(contract, program), version), number);
}

const struct contract_procedure *contract_latest(const struct contract_program *program,
						 uint32_t number)
{
	const struct contract_procedure *latest = NULL;
	uint32_t highest = 0;

	for (size_t i = 0; program && i < program->version_count; i++) {
		const struct contract_version *version = &program->versions[i];
		const struct contract_procedure *found = contract_version_procedure(version,
										    number);

		if (found && (!latest || version->number > highest)) {
			latest = found;
			highest = version->number;
		}
	}
	return latest;
}

uint32_t contract_lowest(const struct contract_program *program)
{
	uint32_t lowest = UINT32_MAX;

	for (size_t i = 0; program && i < program->version_count; i++)
		if (program->versions[i].number < lowest)
			lowest = program->versions[i].number;
	return program && program->version_count ? lowest : 0;
}

uint32_t contract_highest(const struct contract_program *program)
{
	uint32_t highest = 0;

	for (size_t i = 0; program && i < program->version_count; i++)
		if (program->versions[i].number > highest)
			highest = program->versions[i].number;
	return highest;
}

uint32_t contract_beyond(const struct contract_program *program)
{
	uint32_t highest = 0;

	for (size_t i = 0; program && i < program->version_count; i++)
		for (size_t p = 0; p < program->versions[i].procedure_count; p++)
			if (program->versions[i].procedures[p].number > highest)
				highest = program->versions[i].procedures[p].number;
	return program ? highest + 1 : 0;
}

const char *contract_enumerator(const struct type *type, int64_t value)
{
	for (size_t i = 0; type && i < type->enumerator_count; i++)
		if (type->enumerators[i].value == value)
			return type->enumerators[i].name;
	return NULL;
}

const struct member *contract_arm(const struct type *type, int64_t value)
{
	for (size_t i = 0; i < type->label_count; i++)
		if (type->labels[i].value == value)
			return &type->members[type->labels[i].arm];
	return type->otherwise;
}
