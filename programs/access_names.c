/* Who may call, as an option says it: users and groups by name, too. */
#include "programs/access_names.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/access.h"
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

const char *access_names_allow(char **list, const char *text, char wrong[OPTION_WRONG])
{
	char item[ACCESS_ITEM];
	const char *why = *text ? NULL : "--allow takes somebody, as in 192.0.2.0/24 or uid:0";

	while (!why && access_next(&text, item)) {
		struct access_who who;

		name_to_number(item);
		why = access_read_who(&who, item);
		if (why) {
			snprintf(wrong, OPTION_WRONG, "--allow \"%s\": %s", item, why);
			return wrong;
		}
		if (!append_item(list, item))
			why = "out of memory";
	}
	return why;
}
