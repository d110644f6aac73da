/* The limits that a program runs with. */
#include "server/preload/settings.h"

#include <stdlib.h>

#include "common/number.h"
#include "common/run_settings.h"

#define LONGEST_REPLY ((size_t)256 << 20) /* bytes: libtirpc has no limit */
#define UDP_REPLY     8800                /* bytes: libtirpc's */

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
	options->max_memory = 2 * LONGEST_REPLY;
	options->max_udp_reply = UDP_REPLY;
	options->idle_timeout = 0;
#define ROW(NAME, FIELD, VALUE, HELP, USUAL, LEAST, MOST)                                          \
	if (find_number(NAME, LEAST, MOST, &number))                                               \
		options->FIELD = (__typeof__(options->FIELD))number;
	RUN_SETTINGS(ROW)
#undef ROW
}
