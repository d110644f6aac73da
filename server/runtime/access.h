/* Who may call a server, and what. */
#ifndef SIDECALL_SERVER_RUNTIME_ACCESS_H
#define SIDECALL_SERVER_RUNTIME_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "server/runtime/peer_id.h"
#include "server/runtime/svc.h"

struct access_rule;
struct access_who;

/* Some, so many. */
struct access_list {
	struct access_who *list;
	size_t count;
};

struct access {
	bool restricted; /* only those who are allowed may call */
	struct access_list allowed;
	struct access_list proxies; /* who say whose a stream is */
	struct access_rule *rules;
	size_t rule_count;
};

/* Reads what the options say.  0; -EINVAL when one cannot be read; or -ENOMEM.  To be released in
 * each case. */
int access_open(struct access *access, const struct sidecall_svc_options *options);
void access_release(struct access *access);

/*
 * Whether whoever is at the other end of a connection may call.  Of an Internet socket its address
 * counts; of a Unix socket the user, and all groups, that its client had when it connected, for
 * which the kernel vouches (SO_PEERCRED, SO_PEERGROUPS: unix(7)); of a pipe, or a named pipe, who
 * made it.  A proxy may: it could name whom it likes.  Without `access`, as where nobody is named,
 * everybody may.
 */
bool access_admits_connection(const struct access *access, int fd);

/* Whether a proxy is at the other end, which says in front of its stream whose that is. */
bool access_is_proxy(const struct access *access, int fd);

/* Whether the sender of a datagram may call. */
bool access_admits_sender(const struct access *access, const struct sockaddr_storage *address);

/*
 * Whether a peer (NULL: nobody knows who) may make this call, with a credential beyond AUTH_NONE or
 * without one: the last rule for the procedure says so.  To be asked before arguments are decoded.
 * That he may not is logged.
 */
bool access_suffices(const struct access *access, const struct peer_id *peer, rpcprog_t program,
		     rpcproc_t procedure, bool credential);

/* Whether a rule is about this procedure by its number, and not by "*". */
bool access_names(const struct access *access, rpcprog_t program, rpcproc_t procedure);

#endif
