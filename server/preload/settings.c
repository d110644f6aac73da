/* The limits that a program runs with. */
#include "server/preload/settings.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/access.h"
#include "common/number.h"
#include "common/run_settings.h"
#include "server/runtime/log.h"

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

static const char *check_who(const char *item)
{
	struct access_who who;

	return access_read_who(&who, item);
}

static const char *check_network(const char *item)
{
	struct access_who who;

	return access_read_network(&who, item);
}

static const char *check_rule(const char *item)
{
	struct access_rule rule;

	return access_read_rule(&rule, item);
}

/* The list that the environment has for this; NULL: none.  One that cannot be read is bad. */
static const char *find_list(const char *name, const char *(*check)(const char *item),
			     settings_complaint *complain, bool *bad)
{
	char variable[RUN_VARIABLE], item[ACCESS_ITEM], line[512];
	const char *list, *rest;

	run_variable(name, variable);
	rest = list = getenv(variable);
	while (access_next(&rest, item)) {
		const char *wrong = check(item);

		if (!wrong)
			continue;
		snprintf(line, sizeof(line), "%s has \"%s\": %s. Nobody may call", variable, item,
			 wrong);
		complain(NULL, line);
		*bad = true;
		return NULL;
	}
	return list;
}

/* Nobody may call when something cannot be read: to let in everybody would be worse. */
static void find_access(struct sidecall_svc_options *options, settings_complaint *complain)
{
	bool bad = false;

	options->allow = find_list(RUN_ALLOW, check_who, complain, &bad);
	options->require = find_list(RUN_REQUIRE, check_rule, complain, &bad);
	options->proxy_from = find_list(RUN_PROXY, check_network, complain, &bad);
	if (bad)
		options->allow = "";
}

static void find_log_level(struct sidecall_svc_options *options)
{
	char variable[RUN_VARIABLE];
	const char *word;

	run_variable(RUN_LOG_LEVEL, variable);
	word = getenv(variable);
	if (word)
		options->log_level = log_level_named(word);
}

bool settings_restrict(void)
{
	char allow[RUN_VARIABLE], require[RUN_VARIABLE];

	run_variable(RUN_ALLOW, allow);
	run_variable(RUN_REQUIRE, require);
	return getenv(allow) || getenv(require);
}

bool settings_replace(void)
{
	char variable[RUN_VARIABLE];

	run_variable(RUN_REPLACE, variable);
	return getenv(variable);
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
	find_access(options, complain);
	find_log_level(options);
}
