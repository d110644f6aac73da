/* Programs by name: as contracts, /etc/rpc, and what has a number call them. */
#include "programs/sidecall/program_name.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(const char *text, uint32_t *number)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 0);

	*number = (uint32_t)value;
	return *text >= '0' && *text <= '9' && !*end && value <= UINT32_MAX;
}

static const struct contract_program *find_known(const struct contracts *contracts,
						 uint32_t program)
{
	const struct contract_program *known = contract_program(contracts->contract, program);

	return known ? known : contract_program(contract_built_in(), program);
}

const char *program_called(const struct contracts *contracts, uint32_t program)
{
	const struct contract_program *known = find_known(contracts, program);
	const struct rpcent *entry = known ? NULL : getrpcbynumber((int)program);

	return known ? known->name : entry ? entry->r_name : NULL;
}

static bool find_program(const struct contracts *contracts, const char *name, uint32_t *program)
{
	const struct contract_program *known = contract_program_named(contracts->contract, name);
	const struct rpcent *entry;

	if (read_number(name, program))
		return true;
	if (!known)
		known = contract_program_named(contract_built_in(), name);
	entry = known ? NULL : getrpcbyname(name);
	*program = known ? known->number : entry ? (uint32_t)entry->r_number : 0;
	return known || entry;
}

static bool find_version(const struct contract_program *program, const char *name,
			 uint32_t *version)
{
	if (read_number(name, version))
		return true;
	for (size_t i = 0; program && i < program->version_count; i++)
		if (strcmp(program->versions[i].name, name) == 0) {
			*version = program->versions[i].number;
			return true;
		}
	return false;
}

int program_find(const struct contracts *contracts, const char *command, const char *text,
		 struct program_named *named)
{
	char *name = strdup(text), *version = name ? strchr(name, '.') : NULL;
	int code = 0;

	*named = (struct program_named){ .has_version = version != NULL };
	if (!name)
		return command_out_of_memory(command);
	if (version)
		*version++ = '\0';
	if (!find_program(contracts, name, &named->program))
		code = command_usage(command,
				     "neither a contract nor /etc/rpc has a program %.80s; "
				     "--idl FILE.x reads a contract",
				     name);
	named->known = find_known(contracts, named->program);
	if (code == 0 && version && !find_version(named->known, version, &named->version))
		code = command_usage(command, "%.80s has no version %.80s", name, version);
	free(name);
	return code;
}
