/* As whom a command calls. */
#include "programs/sidecall/credential.h"

#include <grp.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define MOST_GROUPS 16 /* RFC 5531, appendix A */

bool credential_is_option(int key)
{
	return key >= CREDENTIAL_AUTH && key <= CREDENTIAL_PORT;
}

const char *credential_take(struct credential *credential, int key, const char *value,
			    int64_t number)
{
	credential->named = credential->named || (key != CREDENTIAL_AUTH && key != CREDENTIAL_PORT);
	switch (key) {
	case CREDENTIAL_AUTH:
		credential->sys = strcmp(value, "sys") == 0;
		return NULL;
	case CREDENTIAL_UID:
		credential->uid = number;
		credential->has_uid = true;
		return NULL;
	case CREDENTIAL_GID:
		credential->gid = number;
		credential->has_gid = true;
		return NULL;
	case CREDENTIAL_MACHINE:
		credential->machine = value;
		return strlen(value) <= MAX_MACHINE_NAME ? NULL : "--machine takes up to 255 bytes";
	default:
		credential->reserved = true;
		return NULL;
	}
}

int credential_check(const struct credential *credential, const char *command,
		     const struct endpoint *endpoint)
{
	if (credential->named && !credential->sys)
		return command_usage(command, "--uid, --gid and --machine are of --auth sys");
	if (credential->reserved &&
	    (!endpoint_has_host(endpoint) || endpoint->protocol != ENDPOINT_RPC))
		return command_usage(command, "--source-port is for rpc+tcp and rpc+udp");
	return 0;
}

/* The groups go with the caller's own user and group, and with no others. */
static AUTH *create_sys(const struct credential *credential)
{
	char machine[HOST_NAME_MAX + 1] = "";
	gid_t groups[NGROUPS_MAX];
	int count = 0;

	if (!credential->has_uid && !credential->has_gid)
		count = getgroups(NGROUPS_MAX, groups);
	if (!credential->machine)
		gethostname(machine, sizeof(machine) - 1);
	return authunix_create(credential->machine ? (char *)credential->machine : machine,
			       credential->has_uid ? (uid_t)credential->uid : geteuid(),
			       credential->has_gid ? (gid_t)credential->gid : getegid(),
			       count < 0             ? 0
			       : count > MOST_GROUPS ? MOST_GROUPS
						     : count,
			       groups);
}

int credential_use(struct credential *credential, const char *command, struct client *client)
{
	client->reserved = credential->reserved;
	if (!credential->sys)
		return 0;
	credential->auth = create_sys(credential);
	if (!credential->auth)
		return command_out_of_memory(command);
	client->auth = credential->auth;
	return 0;
}

void credential_release(struct credential *credential)
{
	if (credential->auth)
		auth_destroy(credential->auth);
	credential->auth = NULL;
}
