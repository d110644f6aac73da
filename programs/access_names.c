/* Who may call, and what, as options say it: by names, too. */
#include "programs/access_names.h"

#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/number.h"

static bool append_item(char **list, const char *item)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *list ? *list : "", *list ? "," : "", item) < 0)
		return false;
	free(*list);
	*list = longer;
	return true;
}

/* The number of a user or a group; what is one stays. */
static void name_to_number(char item[ACCESS_ITEM])
{
	bool user = strncmp(item, "uid:", 4) == 0, group = strncmp(item, "gid:", 4) == 0;
	const struct passwd *passwd = user ? getpwnam(item + 4) : NULL;
	const struct group *entry = group ? getgrnam(item + 4) : NULL;

	if (passwd)
		snprintf(item + 4, ACCESS_ITEM - 4, "%u", (unsigned int)passwd->pw_uid);
	if (entry)
		snprintf(item + 4, ACCESS_ITEM - 4, "%u", (unsigned int)entry->gr_gid);
}

/* ---- procedures ---- */

static bool read_number(const char *text, uint32_t *number)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 0);

	*number = (uint32_t)value;
	return *text >= '0' && *text <= '9' && !*end && value <= UINT32_MAX;
}

bool access_names_find_number(const char *name, struct access_rule *rule)
{
	char program[ACCESS_ITEM], *procedure;
	const struct rpcent *entry;

	snprintf(program, sizeof(program), "%s", name);
	procedure = strchr(program, '.');
	if (!procedure)
		return false;
	*procedure++ = '\0';
	rule->all = strcmp(procedure, "*") == 0;
	if (!rule->all && !read_number(procedure, &rule->procedure))
		return false;
	if (read_number(program, &rule->program))
		return true;
	entry = getrpcbyname(program);
	rule->program = entry ? (uint32_t)entry->r_number : 0;
	return entry;
}

/* In numbers.  NULL, or what is wrong with it. */
static const char *rule_to_numbers(char item[ACCESS_ITEM], access_find *find)
{
	struct access_rule rule = { 0 };
	char need[ACCESS_ITEM], *end = strchr(item, '=');

	if (!end)
		return "it is not of the form PROGRAM.PROCEDURE=none|sys|local";
	snprintf(need, sizeof(need), "%s", end);
	*end = '\0';
	if (!find(item, &rule))
		return find == access_names_find_number
			       ? "there is no such procedure: PROGRAM by number or its name in "
				 "/etc/rpc, and PROCEDURE by number or *"
			       : "there is no such procedure: PROGRAM.PROCEDURE, both by name or "
				 "number, or PROGRAM.*";
	if (rule.all)
		snprintf(item, ACCESS_ITEM, "%u.*%.20s", (unsigned int)rule.program, need);
	else
		snprintf(item, ACCESS_ITEM, "%u.%u%.20s", (unsigned int)rule.program,
			 (unsigned int)rule.procedure, need);
	return access_read_rule(&rule, item);
}

/* ---- lists ---- */

/* An option, and what becomes of each item: as it was written, or in numbers. */
struct list_option {
	const char *name, *takes;
	const char *(*take)(char item[ACCESS_ITEM], access_find *find); /* NULL, or what is wrong */
};

static const char *append_all(const struct list_option *option, char **list, const char *text,
			      access_find *find, char wrong[OPTION_WRONG])
{
	char item[ACCESS_ITEM], as_written[ACCESS_ITEM];

	if (!*text) {
		snprintf(wrong, OPTION_WRONG, "--%s takes %s", option->name, option->takes);
		return wrong;
	}
	while (access_next(&text, item)) {
		const char *why;

		memcpy(as_written, item, sizeof(item));
		why = option->take(item, find);
		if (why) {
			snprintf(wrong, OPTION_WRONG, "--%s \"%s\": %s", option->name, as_written,
				 why);
			return wrong;
		}
		if (!append_item(list, item))
			return "out of memory";
	}
	return NULL;
}

static const char *take_who(char item[ACCESS_ITEM], access_find *find)
{
	struct access_who who;

	(void)find;
	name_to_number(item);
	return access_read_who(&who, item);
}

static const char *take_network(char item[ACCESS_ITEM], access_find *find)
{
	struct access_who who;

	(void)find;
	return access_read_network(&who, item);
}

const char *access_names_allow(char **list, const char *text, char wrong[OPTION_WRONG])
{
	static const struct list_option option = { "allow", "somebody, as in 192.0.2.0/24 or uid:0",
						   take_who };

	return append_all(&option, list, text, NULL, wrong);
}

const char *access_names_require(char **list, const char *text, access_find *find,
				 char wrong[OPTION_WRONG])
{
	static const struct list_option option = { "require", "a rule, as in 100011.*=local",
						   rule_to_numbers };

	return append_all(&option, list, text, find, wrong);
}

const char *access_names_proxy(char **list, const char *text, char wrong[OPTION_WRONG])
{
	static const struct list_option option = { "proxy-from", "an address, as in 192.0.2.1",
						   take_network };

	return append_all(&option, list, text, NULL, wrong);
}
