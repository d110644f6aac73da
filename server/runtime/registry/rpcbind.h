/* What rpcbind has, and changes to it (RFC 1833, section 2.2.1). */
#ifndef SIDECALL_SERVER_RUNTIME_REGISTRY_RPCBIND_H
#define SIDECALL_SERVER_RUNTIME_REGISTRY_RPCBIND_H

#include <stdbool.h>

#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>

/* A connection to rpcbind, over its Unix socket: there it knows who asks. */
struct rpcbind {
	CLIENT *client; /* NULL: there is none */
	int fd;         /* the client's; readable when rpcbind is gone; below 0: none */
	rpcblist_ptr list;
};

/* Connects.  0 or -errno; rpcbind_close() afterwards in both cases. */
int rpcbind_open(struct rpcbind *rpcbind);
void rpcbind_close(struct rpcbind *rpcbind);

/* Asks for all entries, which are in `list` until the next time. */
enum clnt_stat rpcbind_ask_all(struct rpcbind *rpcbind);
void rpcbind_forget_all(struct rpcbind *rpcbind);

/* The entry of that list that has this place: a program, a version and a netid.  NULL: none has. */
const struct rpcb *rpcbind_find(const struct rpcbind *rpcbind, const struct rpcb *place);

/* Makes an entry, and removes the one that has its place: whether rpcbind says that it did. */
bool rpcbind_set(struct rpcbind *rpcbind, const struct rpcb *entry);
bool rpcbind_unset(struct rpcbind *rpcbind, const struct rpcb *entry);

#endif
