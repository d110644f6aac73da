/* The limits that a program runs with. */
#include "server/preload/settings.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/access.h"
#include "common/number.h"
#include "common/run_settings.h"

#define LONGEST_REPLY ((size_t)256 << 20) /* bytes: libtirpc has no limit */

/* What is logged of a limit names the option of `sidecall run`. */
static const char *const limit_names[SIDECALL_LIMITS] = {
	[SIDECALL_MAX_MESSAGE] = "--max-message",
	[SIDECALL_MAX_MEMORY] = "--max-memory",
	[SIDECALL_MAX_CONNECTIONS] = "--max-connections",
	[SIDECALL_MAX_PER_PEER] = "--max-per-address",
	[SIDECALL_MESSAGE_TIMEOUT] = "--message-timeout",
	[SIDECALL_IDLE_TIMEOUT] = "--idle-timeout",
};

/* The number that the environment has for this, or the usual one. */
static int64_t find_number(const char *name, int64_t usual, int64_t least, int64_t most,
			   settings_complaint *complain)
{
	char variable[RUN_VARIABLE], line[256];
	const char *text;
	int64_t number;

	run_variable(name, variable);
	text = getenv(variable);
	if (!text)
		return usual;
	if (number_read(text, least, most, &number) == 0)
		return number;
	snprintf(line, sizeof(line),
		 "%s takes a number from %lld to %lld, not \"%.80s\": it is not heeded", variable,
		 (long long)least, (long long)most, text);
	complain(NULL, line);
	return usual;
}

/* Nobody may call when it cannot be read: to let in everybody would be worse. */
static const char *find_allowed(settings_complaint *complain)
{
	const char *allowed, *rest;
	char variable[RUN_VARIABLE], item[ACCESS_ITEM], line[256];
	struct access_who who;

	run_variable(RUN_ALLOW, variable);
	rest = allowed = getenv(variable);
	while (access_next(&rest, item)) {
		const char *wrong = access_read_who(&who, item);

		if (!wrong)
			continue;
		snprintf(line, sizeof(line), "%s has \"%s\": %s. Nobody may call", variable, item,
			 wrong);
		complain(NULL, line);
		return "";
	}
	return allowed;
}

void settings_read(struct sidecall_svc_options *options, settings_complaint *complain)
{
	sidecall_svc_defaults(options);
	options->max_reply = LONGEST_REPLY;
	options->limit_names = limit_names;
#define ROW(NAME, FIELD, VALUE, HELP, NUMBER, USUAL, LEAST, MOST)                                  \
	options->FIELD = (__typeof__(options->FIELD))find_number(NAME, NUMBER, LEAST, MOST,        \
								 complain);
	RUN_SETTINGS(ROW)
#undef ROW
	options->allow = find_allowed(complain);
}
