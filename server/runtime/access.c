/* Who may call a server, and what. */
#include "server/runtime/access.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/access.h"
#include "server/runtime/log.h"

/* ---- reading ---- */

static int read_list(struct access_list *list, const char *texts)
{
	char item[ACCESS_ITEM];

	while (access_next(&texts, item)) {
		struct access_who *more = reallocarray(list->list, list->count + 1, sizeof(*more));

		if (!more)
			return -ENOMEM;
		list->list = more;
		if (access_read_who(&more[list->count], item))
			return -EINVAL;
		list->count++;
	}
	return 0;
}

static int read_rules(struct access *access, const char *texts)
{
	char item[ACCESS_ITEM];

	while (access_next(&texts, item)) {
		struct access_rule *more = reallocarray(access->rules, access->rule_count + 1,
							sizeof(*more));

		if (!more)
			return -ENOMEM;
		access->rules = more;
		if (access_read_rule(&more[access->rule_count], item))
			return -EINVAL;
		access->rule_count++;
	}
	return 0;
}

int access_open(struct access *access, const struct sidecall_svc_options *options)
{
	int r;

	*access = (struct access){ .restricted = options->allow };
	r = read_list(&access->allowed, options->allow);
	if (r == 0)
		r = read_list(&access->proxies, options->proxy_from);
	if (r == 0)
		r = read_rules(access, options->require);
	return r;
}

void access_release(struct access *access)
{
	free(access->rules);
	free(access->proxies.list);
	free(access->allowed.list);
}

/* ---- who may call ---- */

static bool has_address(const struct access_list *list, const struct sockaddr_storage *address)
{
	for (size_t i = 0; i < list->count; i++)
		if (access_has_address(&list->list[i], address))
			return true;
	return false;
}

/* A user and his groups. */
struct local_peer {
	uint32_t user;
	gid_t *groups; /* NULL, or so many; to be freed */
	size_t count;
};

static bool has_group(const struct local_peer *peer, uint32_t group)
{
	for (size_t i = 0; i < peer->count; i++)
		if (peer->groups[i] == group)
			return true;
	return false;
}

static bool has_peer(const struct access_list *list, const struct local_peer *peer)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct access_who *who = &list->list[i];

		if (who->family == AF_UNIX &&
		    (who->group ? has_group(peer, who->id) : peer->user == who->id))
			return true;
	}
	return false;
}

/* Room for so many groups, with the first of them in it. */
static bool set_groups(struct local_peer *peer, gid_t first, size_t others)
{
	peer->groups = malloc((others + 1) * sizeof(*peer->groups));
	if (!peer->groups)
		return false;
	peer->groups[0] = first;
	peer->count = 1;
	return true;
}

/* Asks a second time when the kernel says that there are more than had room.  Linux before 4.13
 * knows of the first group alone. */
static bool find_groups(int fd, gid_t first, struct local_peer *peer)
{
	socklen_t length = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &length) == 0 || errno != ERANGE)
		length = 0;
	if (!set_groups(peer, first, length / sizeof(gid_t)))
		return false;
	if (length && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer->groups + 1, &length) == 0)
		peer->count += length / sizeof(gid_t);
	return true;
}

static bool find_local(int fd, struct local_peer *peer)
{
	struct ucred user;
	socklen_t length = sizeof(user);
	struct stat st;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &length) == 0) {
		peer->user = user.uid;
		return find_groups(fd, user.gid, peer);
	}
	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode))
		return false;
	peer->user = st.st_uid;
	return set_groups(peer, st.st_gid, 0);
}

static bool admits_local(const struct access *access, int fd)
{
	struct local_peer peer = { 0 };
	bool admits = find_local(fd, &peer) && has_peer(&access->allowed, &peer);

	free(peer.groups);
	return admits;
}

/* Its family is AF_UNSPEC where there is no network. */
static struct sockaddr_storage address_of(int fd)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t length = sizeof(address);

	if (getpeername(fd, (struct sockaddr *)&address, &length) < 0 ||
	    address.ss_family == AF_UNIX)
		address.ss_family = AF_UNSPEC;
	return address;
}

bool access_is_proxy(const struct access *access, int fd)
{
	struct sockaddr_storage address;

	if (!access || !access->proxies.count)
		return false;
	address = address_of(fd);
	return has_address(&access->proxies, &address);
}

bool access_admits_connection(const struct access *access, int fd)
{
	struct sockaddr_storage address;

	if (!access || !access->restricted)
		return true;
	address = address_of(fd);
	if (address.ss_family == AF_UNSPEC)
		return admits_local(access, fd);
	return has_address(&access->allowed, &address) || has_address(&access->proxies, &address);
}

bool access_admits_sender(const struct access *access, const struct sockaddr_storage *address)
{
	return !access || !access->restricted || has_address(&access->allowed, address);
}

/* ---- what they may call ---- */

static enum access_need find_need(const struct access *access, rpcprog_t program,
				  rpcproc_t procedure)
{
	enum access_need need = ACCESS_NONE;

	for (size_t i = 0; i < access->rule_count; i++) {
		const struct access_rule *rule = &access->rules[i];

		if (rule->program == program &&
		    (rule->all ? procedure != NULLPROC : procedure == rule->procedure))
			need = rule->need;
	}
	return need;
}

bool access_names(const struct access *access, rpcprog_t program, rpcproc_t procedure)
{
	for (size_t i = 0; access && i < access->rule_count; i++)
		if (access->rules[i].program == program && !access->rules[i].all &&
		    access->rules[i].procedure == procedure)
			return true;
	return false;
}

bool access_suffices(const struct access *access, const struct peer_id *peer, rpcprog_t program,
		     rpcproc_t procedure, bool credential)
{
	enum access_need need = access ? find_need(access, program, procedure) : ACCESS_NONE;
	bool here = peer && peer_is_here(peer);

	if (need == ACCESS_SYS && !credential)
		log_event(
			EVENT_WEAK_CREDENTIAL, peer,
			"its call of procedure %u of program %u has no credential, and is refused",
			(unsigned int)procedure, (unsigned int)program);
	else if (need == ACCESS_LOCAL && !here)
		log_event(
			EVENT_WEAK_CREDENTIAL, peer,
			"its call of procedure %u of program %u is for users of this machine, and "
			"is refused",
			(unsigned int)procedure, (unsigned int)program);
	else
		return true;
	return false;
}
