/* Who may call, and what, as options say it: by names, too. */
#include "programs/access_names.h"

#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/number.h"

#define MOST_VERSIONS 32 /* that have a procedure of one name */

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

/* By a program's number, or its name in /etc/rpc, and a procedure's number. */
static bool find_number(const char *name, struct access_rule *rule)
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

/* All procedures of a program: PROGRAM.* */
static bool find_all(const struct contract *contract, const char *name, struct access_rule *rule)
{
	char program_name[ACCESS_ITEM], *end;
	const struct contract_program *program;

	snprintf(program_name, sizeof(program_name), "%s", name);
	end = strrchr(program_name, '.');
	if (!end || strcmp(end, ".*") != 0)
		return false;
	*end = '\0';
	program = contract_program_named(contract, program_name);
	if (!program)
		return false;
	rule->program = program->number;
	rule->all = true;
	return true;
}

/* One, in whichever versions have it. */
static bool find_named(const struct contract *contract, const char *name, struct access_rule *rule)
{
	struct contract_found found[MOST_VERSIONS];
	size_t count = contract_find(contract, name, found, MOST_VERSIONS);

	if (count == 0 || count > MOST_VERSIONS)
		return false;
	rule->program = found[0].program->number;
	rule->procedure = found[0].procedure->number;
	for (size_t i = 1; i < count; i++)
		if (found[i].program->number != rule->program ||
		    found[i].procedure->number != rule->procedure)
			return false;
	return true;
}

static bool find_procedure(const struct contract *contract, const char *name,
			   struct access_rule *rule)
{
	return (contract && (find_named(contract, name, rule) || find_all(contract, name, rule))) ||
	       find_number(name, rule);
}

/* In numbers.  NULL, or what is wrong with it. */
static const char *rule_to_numbers(char item[ACCESS_ITEM], const struct contract *contract)
{
	struct access_rule rule = { 0 };
	char need[ACCESS_ITEM], *end = strchr(item, '=');

	if (!end)
		return "it is not of the form PROGRAM.PROCEDURE=none|sys|local";
	snprintf(need, sizeof(need), "%s", end);
	*end = '\0';
	if (!find_procedure(contract, item, &rule))
		return contract ? "there is no such procedure, or more than one: "
				  "PROGRAM.PROCEDURE, both by name or number, or PROGRAM.*"
				: "there is no such procedure: PROGRAM by number or its name in "
				  "/etc/rpc, and PROCEDURE by number or *; names need --idl FILE.x";
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
	const char *(*take)(char item[ACCESS_ITEM],
			    const struct contract *contract); /* NULL, or what is wrong */
};

static const char *append_all(const struct list_option *option, char **list, const char *text,
			      const struct contract *contract, char wrong[OPTION_WRONG])
{
	char item[ACCESS_ITEM], as_written[ACCESS_ITEM];

	if (!*text) {
		snprintf(wrong, OPTION_WRONG, "--%s takes %s", option->name, option->takes);
		return wrong;
	}
	while (access_next(&text, item)) {
		const char *why;

		memcpy(as_written, item, sizeof(item));
		why = option->take(item, contract);
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

static const char *take_who(char item[ACCESS_ITEM], const struct contract *contract)
{
	struct access_who who;

	(void)contract;
	name_to_number(item);
	return access_read_who(&who, item);
}

static const char *take_network(char item[ACCESS_ITEM], const struct contract *contract)
{
	struct access_who who;

	(void)contract;
	return access_read_network(&who, item);
}

const char *access_names_allow(char **list, const char *text, char wrong[OPTION_WRONG])
{
	static const struct list_option option = { "allow", "somebody, as in 192.0.2.0/24 or uid:0",
						   take_who };

	return append_all(&option, list, text, NULL, wrong);
}

const char *access_names_require(char **list, const char *text, const struct contract *contract,
				 char wrong[OPTION_WRONG])
{
	static const struct list_option option = { "require", "a rule, as in 100011.*=local",
						   rule_to_numbers };

	return append_all(&option, list, text, contract, wrong);
}

const char *access_names_proxy(char **list, const char *text, char wrong[OPTION_WRONG])
{
	static const struct list_option option = { "proxy-from", "an address, as in 192.0.2.1",
						   take_network };

	return append_all(&option, list, text, NULL, wrong);
}
