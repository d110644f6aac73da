/* Names that a program under `sidecall run` is told, for its metrics. */
#include "programs/sidecall/run_names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/run_settings.h"

#define MOST_BYTES (96 << 10) /* of one variable: Linux takes 128 KiB (execve(2)) */

static void write_version(FILE *text, uint32_t program, const struct contract_version *version)
{
	for (size_t i = 0; i < version->procedure_count; i++)
		fprintf(text, "%" PRIu32 ".%" PRIu32 ".%" PRIu32 " %.63s\n", program,
			version->number, version->procedures[i].number,
			version->procedures[i].name);
}

static void write_names(FILE *text, const struct contract *contract)
{
	for (size_t p = 0; p < contract->program_count; p++) {
		const struct contract_program *program = &contract->programs[p];

		fprintf(text, "%" PRIu32 " %.63s\n", program->number, program->name);
		for (size_t v = 0; v < program->version_count; v++)
			write_version(text, program->number, &program->versions[v]);
	}
}

int run_names_leave(const struct contract *contract)
{
	char variable[RUN_VARIABLE], *names = NULL;
	size_t size = 0;
	FILE *text = open_memstream(&names, &size);
	int r = 0;

	if (!text)
		return -ENOMEM;
	write_names(text, contract);
	run_variable(RUN_NAMES, variable);
	if (fclose(text) != 0)
		r = -ENOMEM;
	else if (size > MOST_BYTES)
		r = -E2BIG;
	else if (setenv(variable, names, 1) < 0)
		r = -ENOMEM;
	free(names);
	return r;
}
