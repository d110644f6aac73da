/* What the parts of a comparison share while they run. */
#include "compare/part/part.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"

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

/* As one word of a shell's. */
static char *quote_word(const char *word)
{
	char *text = malloc(4 * strlen(word) + 3), *to = text;

	if (!text)
		return NULL;
	*to++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			to = stpcpy(to, "'\\'");
		*to++ = *word;
	}
	strcpy(to, "'");
	return text;
}

json_t *comparison_command(const struct comparison *comparison, const struct part *part)
{
	const char *quick = comparison->quick ? " --quick" : "";
	char *root = comparison->root ? quote_word(comparison->root) : NULL;
	char timeout[48] = "";
	json_t *command;

	if (comparison->timeout != CLIENT_TIMEOUT)
		snprintf(timeout, sizeof(timeout), " --timeout %g",
			 (double)comparison->timeout / 1e9);
	command = json_sprintf("sidecall%s compare --only %s%s%s%s", timeout, part->figure->key,
			       quick, root ? " --root " : "", root ? root : "");
	free(root);
	/* A name that is no UTF-8 no document can hold. */
	return command ? command
		       : json_sprintf("sidecall%s compare --only %s%s --root DIRECTORY", timeout,
				      part->figure->key, quick);
}

json_t *comparison_interrupted(struct failure *failure)
{
	failure_set(failure, FAILURE_SYSTEM, "interrupted");
	return NULL;
}
