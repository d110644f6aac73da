/* What breaks the callers of an older contract. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "contract/lint/fits.h"
#include "contract/lint/lint.h"

struct comparison {
	const struct contract *old, *new;
	lint_listener *listener;
	void *context;
	bool full; /* there was no memory */

	/* What is being compared. */
	char where[200];
	bool breaks;
	const char *otherwise; /* where it does not: the way on which the two differ */
};

__attribute__((format(printf, 3, 4))) static void tell(struct comparison *comparison, bool breaks,
						       const char *format, ...)
{
	char what[300];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	comparison->listener(comparison->context, breaks, comparison->where, what);
}

/* ---- types ---- */

static void take_difference(void *context, const char *place, const char *what)
{
	struct comparison *comparison = context;

	tell(comparison, comparison->breaks, "%s: %s%s", place,
	     comparison->breaks ? "" : comparison->otherwise, what);
}

static void count_difference(void *context, const char *place, const char *what)
{
	(void)place;
	(void)what;
	++*(size_t *)context;
}

static bool fits(struct comparison *comparison, const struct type *taken, const struct type *sent)
{
	size_t differences = 0;

	if (fits_check(taken, sent, "", count_difference, &differences) < 0)
		comparison->full = true;
	return differences == 0;
}

/* What is sent must be taken; where only the other way round is wrong, callers of the old one see
 * nothing of it. */
static void compare_way(struct comparison *comparison, const struct type *taken,
			const struct type *sent, const char *place, const char *otherwise)
{
	comparison->otherwise = otherwise;
	comparison->breaks = !fits(comparison, taken, sent);
	if (!comparison->breaks) { /* it may be wider than before */
		const struct type *other = taken;

		taken = sent;
		sent = other;
	}
	if (fits_check(taken, sent, place, take_difference, comparison) < 0)
		comparison->full = true;
}

/* ---- procedures ---- */

static void compare_procedure(struct comparison *comparison, const struct contract_procedure *old,
			      const struct contract_procedure *new)
{
	if (strcmp(old->name, new->name) != 0)
		tell(comparison, false, "it is called %s now", new->name);
	compare_way(comparison, new->arguments, old->arguments, "arguments",
		    "from a new caller to an old server: ");
	compare_way(comparison, old->result, new->result, "result",
		    "from an old server to a new caller: ");
}

/* Of the numbers of the versions that are there, not of the null procedure that each has. */
static const struct contract_procedure *find_procedure(const struct contract_version *version,
						       uint32_t number)
{
	for (size_t i = 0; i < version->procedure_count; i++)
		if (version->procedures[i].number == number)
			return &version->procedures[i];
	return NULL;
}

static void compare_version(struct comparison *comparison, const struct contract_program *program,
			    const struct contract_version *old, const struct contract_version *new)
{
	for (size_t i = 0; i < old->procedure_count; i++) {
		const struct contract_procedure *procedure = &old->procedures[i];
		const struct contract_procedure *now = contract_version_procedure(
			new, procedure->number);

		snprintf(comparison->where, sizeof(comparison->where), "%s.%s.%s", program->name,
			 old->name, procedure->name);
		if (now)
			compare_procedure(comparison, procedure, now);
		else
			tell(comparison, true, "procedure %" PRIu32 " is gone", procedure->number);
	}
	for (size_t i = 0; i < new->procedure_count; i++) {
		const struct contract_procedure *procedure = &new->procedures[i];

		snprintf(comparison->where, sizeof(comparison->where), "%s.%s.%s", program->name,
			 new->name, procedure->name);
		if (procedure->number && !find_procedure(old, procedure->number))
			tell(comparison, false, "procedure %" PRIu32 " is new", procedure->number);
	}
}

static void compare_program(struct comparison *comparison, const struct contract_program *old,
			    const struct contract_program *new)
{
	for (size_t i = 0; i < old->version_count; i++) {
		const struct contract_version *version = &old->versions[i];
		const struct contract_version *now = contract_version(new, version->number);

		snprintf(comparison->where, sizeof(comparison->where), "%s.%s", old->name,
			 version->name);
		if (now)
			compare_version(comparison, old, version, now);
		else
			tell(comparison, true, "version %" PRIu32 " is gone", version->number);
	}
	for (size_t i = 0; i < new->version_count; i++) {
		const struct contract_version *version = &new->versions[i];

		snprintf(comparison->where, sizeof(comparison->where), "%s.%s", old->name,
			 version->name);
		if (!contract_version(old, version->number))
			tell(comparison, false, "version %" PRIu32 " is new", version->number);
	}
}

static void compare_programs(struct comparison *comparison)
{
	const struct contract *old = comparison->old, *new = comparison->new;

	for (size_t i = 0; i < old->program_count; i++) {
		const struct contract_program *program = &old->programs[i];
		const struct contract_program *now = contract_program(new, program->number);

		snprintf(comparison->where, sizeof(comparison->where), "%s", program->name);
		if (now)
			compare_program(comparison, program, now);
		else
			tell(comparison, true, "program %" PRIu32 " is gone", program->number);
	}
	for (size_t i = 0; i < new->program_count; i++) {
		snprintf(comparison->where, sizeof(comparison->where), "%s", new->programs[i].name);
		if (!contract_program(old, new->programs[i].number))
			tell(comparison, false, "program %" PRIu32 " is new",
			     new->programs[i].number);
	}
}

/* ---- contracts that have types alone ---- */

static void compare_types(struct comparison *comparison)
{
	const struct contract *old = comparison->old;

	for (size_t i = 0; i < old->type_count; i++) {
		const struct type *type = old->types[i];
		const struct type *now = contract_type(comparison->new, type->name);

		snprintf(comparison->where, sizeof(comparison->where), "%s", type->name);
		if (now)
			compare_way(comparison, now, type, type->name, "from new to old: ");
		else
			tell(comparison, true, "the type is gone");
	}
}

int lint_against(const struct contract *old, const struct contract *new, lint_listener *listener,
		 void *context)
{
	struct comparison comparison = {
		.old = old, .new = new, .listener = listener, .context = context
	};

	if (old->program_count)
		compare_programs(&comparison);
	else
		compare_types(&comparison);
	return comparison.full ? -ENOMEM : 0;
}
