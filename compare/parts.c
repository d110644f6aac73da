/* The parts of a comparison. */
#include "compare/parts.h"

#include <string.h>

#include "compare/bytes/bytes.h"
#include "compare/code/code.h"
#include "compare/evolution/evolution.h"
#include "compare/failures/failures.h"
#include "compare/time/time.h"

const struct part *const parts[] = { &part_code,     &part_bytes,     &part_time,
				     &part_failures, &part_evolution, NULL };

const struct part *part_find(const char *name)
{
	for (const struct part *const *part = parts; *part; part++)
		if (strcmp((*part)->figure->key, name) == 0)
			return *part;
	return NULL;
}
