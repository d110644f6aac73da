/* The parts of a comparison, and what they share while they run. */
#include "client/compare/part.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct part *const parts[] = { &part_code, &part_bytes, NULL };

const struct part *part_find(const char *name)
{
	for (const struct part *const *part = parts; *part; part++)
		if (strcmp((*part)->name, name) == 0)
			return *part;
	return NULL;
}

void comparison_progress(struct comparison *comparison, const char *format, ...)
{
	char what[160];
	va_list arguments;

	if (!comparison->progress)
		return;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	comparison->progress(comparison, what);
}

json_t *comparison_interrupted(struct failure *failure)
{
	failure_set(failure, FAILURE_SYSTEM, "interrupted");
	return NULL;
}
