/* Who may call, as an option says it: users and groups by name, too. */
#ifndef SIDECALL_PROGRAMS_ACCESS_NAMES_H
#define SIDECALL_PROGRAMS_ACCESS_NAMES_H

#include "programs/option.h"

/* Its row. */
#define ACCESS_NAMES_OPTION_ALLOW(name, key)                                                       \
	OPTION_TEXT(                                                                               \
		name, key, "WHO",                                                                  \
		"an address, ADDRESS/BITS, uid:N or gid:N: only those who are named may call; "    \
		"may be given more than once, or take several with commas",                        \
		"everybody")

/*
 * Appends to a list with commas, which is NULL at first and to be freed, what an --allow says:
 * addresses, ADDRESS/BITS, uid:NAME and gid:NAME, which become numbers.  NULL, or what is wrong:
 * in `wrong`, or as it stands.
 */
const char *access_names_allow(char **list, const char *text, char wrong[OPTION_WRONG]);

#endif
