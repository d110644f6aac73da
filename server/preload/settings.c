/* The limits that a program runs with. */
#include "server/preload/settings.h"

#include <stdlib.h>

#include "common/number.h"
#include "common/run_settings.h"

#define LONGEST_REPLY ((size_t)256 << 20) /* bytes: libtirpc has no limit */

/* The number that the environment has for this; what is none, or out of range, is not heeded. */
static bool find_number(const char *name, int64_t least, int64_t most, int64_t *number)
{
	char variable[RUN_VARIABLE];
	const char *text;

	run_variable(name, variable);
	text = getenv(variable);
	return text && number_read(text, least, most, number) == 0;
}

void settings_read(struct sidecall_svc_options *options)
{
	int64_t number;

	sidecall_svc_defaults(options);
	options->max_reply = LONGEST_REPLY;
#define ROW(NAME, FIELD, VALUE, HELP, NUMBER, USUAL, LEAST, MOST)                                  \
	options->FIELD = (__typeof__(options->FIELD))(find_number(NAME, LEAST, MOST, &number)      \
							      ? number                             \
							      : NUMBER);
	RUN_SETTINGS(ROW)
#undef ROW
}
