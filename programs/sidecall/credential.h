/* As whom a command calls: --auth and what belongs to it, and --source-port. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_CREDENTIAL_H
#define SIDECALL_PROGRAMS_SIDECALL_CREDENTIAL_H

#include "programs/sidecall/command.h"

/* What the options say, all zeroes at first. */
struct credential {
	bool sys;         /* AUTH_SYS; else AUTH_NONE */
	bool named;       /* one of the next was given */
	int64_t uid, gid; /* with has_uid, has_gid; else the caller's own */
	bool has_uid, has_gid;
	const char *machine; /* NULL: this one */
	bool reserved;       /* the source's port is below 1024 */
	AUTH *auth;
};

enum {
	CREDENTIAL_AUTH = 1100,
	CREDENTIAL_UID,
	CREDENTIAL_GID,
	CREDENTIAL_MACHINE,
	CREDENTIAL_PORT
};

#define CREDENTIAL_OPTIONS                                                                         \
	OPTION_CHOICE("auth", CREDENTIAL_AUTH, "FLAVOR", "none|sys",                               \
		      "the credential: none, or sys", "none"),                                     \
		OPTION_NUMBER("uid", CREDENTIAL_UID, "N", "whose calls they are, with --auth sys", \
			      0, "your own", 0, UINT32_MAX),                                       \
		OPTION_NUMBER("gid", CREDENTIAL_GID, "N", "of which group", 0, "your own", 0,      \
			      UINT32_MAX),                                                         \
		OPTION_TEXT("machine", CREDENTIAL_MACHINE, "NAME", "on which machine",             \
			    "this one's"),                                                         \
		OPTION_CHOICE("source-port", CREDENTIAL_PORT, "PORT", "reserved",                  \
			      "where calls come from: reserved is a port below 1024, as some "     \
			      "servers demand",                                                    \
			      NULL)

bool credential_is_option(int key);

/* Takes one of these options; what is wrong with it, or NULL. */
const char *credential_take(struct credential *credential, int key, const char *value,
			    int64_t number);

/* Whether it can be used there.  0 or FAILURE_USAGE. */
int credential_check(const struct credential *credential, const char *command,
		     const struct endpoint *endpoint);

/* Has the client call so.  0 or FAILURE_SYSTEM.  It makes no call once the credential is released.
 */
int credential_use(struct credential *credential, const char *command, struct client *client);
void credential_release(struct credential *credential);

#endif
