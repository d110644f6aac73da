/* Who may call, and what, as options say it: by names, too. */
#ifndef SIDECALL_PROGRAMS_ACCESS_NAMES_H
#define SIDECALL_PROGRAMS_ACCESS_NAMES_H

#include "common/access.h"
#include "contract/contract.h"
#include "programs/option.h"

/* Its row. */
#define ACCESS_NAMES_OPTION_ALLOW(name, key)                                                       \
	OPTION_TEXT(                                                                               \
		name, key, "WHO",                                                                  \
		"an address, ADDRESS/BITS, uid:N or gid:N: only those who are named may call; "    \
		"may be given more than once, or take several with commas",                        \
		"everybody")

#define ACCESS_NAMES_OPTION_PROXY(name, key)                                                       \
	OPTION_TEXT(name, key, "ADDRESS[/BITS]",                                                   \
		    "a proxy that says whose its connections by tcp are, by the PROXY protocol, "  \
		    "version 2; may be given more than once, or take several with commas",         \
		    NULL)

/*
 * Appends to a list with commas, which is NULL at first and to be freed, what an --allow says:
 * addresses, ADDRESS/BITS, uid:NAME and gid:NAME, which become numbers.  NULL, or what is wrong:
 * in `wrong`, or as it stands.
 */
const char *access_names_allow(char **list, const char *text, char wrong[OPTION_WRONG]);

#define ACCESS_NAMES_OPTION_REQUIRE(name, key)                                                     \
	OPTION_TEXT(                                                                               \
		name, key, "PROGRAM.PROCEDURE=NEED",                                               \
		"what calls of it need, * being all but 0: none; sys, a credential; or local, a "  \
		"user of this machine; may be given more than once, and the last that fits "       \
		"counts",                                                                          \
		"none")

/* The same for a --require: PROGRAM.PROCEDURE becomes numbers by the names of a contract, which may
 * be NULL; else by those of programs in /etc/rpc.  A name has to mean one number in all versions.
 */
const char *access_names_require(char **list, const char *text, const struct contract *contract,
				 char wrong[OPTION_WRONG]);

/* The same for a --proxy-from, which takes addresses alone. */
const char *access_names_proxy(char **list, const char *text, char wrong[OPTION_WRONG]);

#endif
