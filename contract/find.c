/* Procedures by the names that people give them. */
#include <stdlib.h>
#include <string.h>

#include "contract/contract.h"

#define PARTS 3 /* program, version, procedure */

/* A name's parts, the last one last; those in front may be missing.  Of two, the first is the
 * program's, or a version's name. */
struct parts {
	const char *text[PARTS];
	size_t length[PARTS];
};

/* False: there are too many. */
static bool split_name(const char *name, struct parts *parts)
{
	size_t count = 0;

	*parts = (struct parts){ 0 };
	for (;; name += parts->length[count - 1] + 1) {
		if (count == PARTS)
			return false;
		parts->text[count] = name;
		parts->length[count] = strcspn(name, ".");
		if (!name[parts->length[count++]])
			break;
	}
	if (count < PARTS) { /* a version is never without its program */
		parts->text[PARTS - 1] = parts->text[count - 1];
		parts->length[PARTS - 1] = parts->length[count - 1];
		parts->text[1] = NULL;
		if (count == 1)
			parts->text[0] = NULL;
	}
	return true;
}

/* Whether a part is this name, or number, or is not there. */
static bool is_meant(const struct parts *parts, size_t part, const char *name, uint32_t number)
{
	const char *text = parts->text[part];
	char *end;

	if (!text)
		return true;
	if (strlen(name) == parts->length[part] && memcmp(text, name, parts->length[part]) == 0)
		return true;
	return parts->length[part] && strtoull(text, &end, 0) == number &&
	       end == text + parts->length[part] && *text != '-';
}

struct finding {
	const struct parts *parts;
	struct contract_found *found;
	size_t room, count;
};

static void find_procedure(struct finding *finding, const struct contract_found *candidate)
{
	const struct contract_procedure *procedure = candidate->procedure;

	if (!is_meant(finding->parts, 2, procedure->name, procedure->number))
		return;
	if (finding->count < finding->room)
		finding->found[finding->count] = *candidate;
	finding->count++;
}

/* Whether the parts in front of the last one mean this version. */
static bool is_version_meant(const struct parts *parts, const struct contract_found *candidate)
{
	const struct contract_version *version = candidate->version;

	if (is_meant(parts, 0, candidate->program->name, candidate->program->number))
		return is_meant(parts, 1, version->name, version->number);
	return !parts->text[1] && parts->length[0] == strlen(version->name) &&
	       memcmp(parts->text[0], version->name, parts->length[0]) == 0;
}

static void find_in_version(struct finding *finding, struct contract_found candidate)
{
	const struct contract_version *version = candidate.version;

	if (!is_version_meant(finding->parts, &candidate))
		return;
	candidate.procedure = contract_version_procedure(version, 0);
	if (finding->parts->text[1])
		find_procedure(finding, &candidate);
	for (size_t i = 0; i < version->procedure_count; i++) {
		bool again = version->procedures[i].number == 0 && finding->parts->text[1];

		candidate.procedure = &version->procedures[i];
		if (!again)
			find_procedure(finding, &candidate);
	}
}

size_t contract_find(const struct contract *contract, const char *name,
		     struct contract_found *found, size_t room)
{
	struct parts parts;
	struct finding finding = { .parts = &parts, .found = found, .room = room };

	if (!split_name(name, &parts))
		return 0;
	for (size_t i = 0; i < contract->program_count; i++) {
		const struct contract_program *program = &contract->programs[i];

		for (size_t v = 0; v < program->version_count; v++)
			find_in_version(&finding, (struct contract_found){
							  program, &program->versions[v], NULL });
	}
	return finding.count;
}
