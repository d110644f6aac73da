/* What a server has counted of its calls, for people. */
#include "programs/sidecall/calls_table.h"

#include <inttypes.h>
#include <stdio.h>

#include "programs/sidecall/program_name.h"

static void number_text(const u_int *number, char text[CALLS_NAME])
{
	if (number)
		snprintf(text, CALLS_NAME, "%u", *number);
	else
		snprintf(text, CALLS_NAME, "other");
}

void calls_program(const struct contracts *contracts, const status_calls *calls,
		   char text[CALLS_NAME])
{
	const char *name = calls->prog ? program_called(contracts, *calls->prog) : NULL;
	int length;

	number_text(calls->prog, text);
	if (name)
		snprintf(text, CALLS_NAME, "%.48s", name);
	length = (int)strnlen(text, CALLS_NAME);
	if (calls->prog && calls->vers)
		snprintf(text + length, CALLS_NAME - (size_t)length, ".%u", *calls->vers);
}

/* Raw messages name no version: the procedure of the latest that has it is meant. */
static const struct contract_procedure *find_in(const struct contract *contract,
						const status_calls *calls)
{
	if (calls->vers)
		return contract_procedure(contract, *calls->prog, *calls->vers, *calls->proc);
	return contract_latest(contract_program(contract, *calls->prog), *calls->proc);
}

void calls_procedure(const struct contracts *contracts, const status_calls *calls,
		     char text[CALLS_NAME])
{
	const struct contract_procedure *known = NULL;

	number_text(calls->proc, text);
	if (calls->prog && calls->proc) {
		known = find_in(contracts->contract, calls);
		known = known ? known : find_in(contract_built_in(), calls);
	}
	if (known)
		snprintf(text, CALLS_NAME, "%.60s", known->name);
	else if (calls->proc && *calls->proc == 0)
		snprintf(text, CALLS_NAME, "null");
}

void calls_word(const char *word, char text[CALLS_NAME])
{
	snprintf(text, CALLS_NAME, "%s", word);
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

void calls_endpoint(const char *protocol, const char *transport, char text[CALLS_NAME])
{
	char both[CALLS_NAME];

	snprintf(both, sizeof(both), "%.30s+%.30s", protocol, transport);
	calls_word(both, text);
}

/* A number with a figure behind the point where there is one before it. */
static void scale(double value, double step, const char *const *units, char text[CALLS_NAME])
{
	while (units[1] && value >= step) {
		value /= step;
		units++;
	}
	snprintf(text, CALLS_NAME,
		 value < 10 && value != (double)(int)value ? "%.1f %s" : "%.0f %s", value, *units);
}

void calls_duration(double nanoseconds, char text[CALLS_NAME])
{
	static const char *const units[] = { "ns", "us", "ms", "s", NULL };

	scale(nanoseconds, 1000, units, text);
}

void calls_bytes(uint64_t bytes, char text[CALLS_NAME])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", NULL };

	scale((double)bytes, 1024, units, text);
}
