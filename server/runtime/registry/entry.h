/* What is to be in rpcbind: one program and version, at one address of ours. */
#ifndef SIDECALL_SERVER_RUNTIME_REGISTRY_ENTRY_H
#define SIDECALL_SERVER_RUNTIME_REGISTRY_ENTRY_H

#include <netdb.h>

#include "server/runtime/listener.h"
#include "server/runtime/registry/rpcbind.h"

#define ENTRY_ADDRESS (NI_MAXHOST + 32) /* bytes */

/* Why rpcbind has another one in the place of ours, or none. */
enum entry_wrong {
	ENTRY_REGISTERED,
	ENTRY_ALIVE,   /* that server answers */
	ENTRY_SILENT,  /* it does not, but somebody may be there */
	ENTRY_ANOTHER, /* it is another user's, so we may not remove it */
	ENTRY_REFUSED  /* rpcbind does not want it */
};

struct entry {
	rpcprog_t program;
	rpcvers_t version;
	const char *name; /* of the program, for people; NULL: it has none */
	const char *netid;
	char address[ENTRY_ADDRESS]; /* a universal address: 127.0.0.1.27.205, or a path */
	enum entry_wrong wrong;
	char about[ENTRY_ADDRESS]; /* whom `wrong` is about: where that server is, or its owner */
	bool said;                 /* what is wrong */
	bool stays;                /* somebody else listens there, too, also after us */
};

/* Sets the netid and the universal address (RFC 5665) of a listener.  False when it has none. */
bool entry_set_address(struct entry *entry, const struct endpoint *endpoint);

/* The one of them that has this place in rpcbind: a program, a version and a netid.  NULL: none
 * has. */
const struct entry *entry_of(const struct entry *entries, size_t count, const struct rpcb *place);

/* Milliseconds that a look waits for all servers to whom it finds entries, together: anybody on
 * this machine can make entries that lead to where nobody answers. */
#define LOOK_TIME 2000

/* One look at what rpcbind has. */
struct look {
	struct rpcbind rpcbind;
	bool replace;               /* servers that are alive lose their place, too */
	int64_t left;               /* of its LOOK_TIME; each server has half of it */
	char silent[ENTRY_ADDRESS]; /* the address in it that last did not answer; "": none did yet
				     */
};

/* Has rpcbind name us, unless another server is alive: then, or when it cannot be, it says so in
 * the entry. */
void entry_register(struct look *look, struct entry *entry);

/* Removes the entry unless its place was taken by another server since, or it stays: calls that
 * come there when we are gone are for the next server. */
void entry_unregister(struct look *look, struct entry *entry);

/* Removes what is left of a server that is gone.  False: it may be there. */
bool entry_tidy(struct look *look, const struct rpcb *known);

/* Of all that are alike: one line, which names the first of them; `take_over` and `way_out` as in
 * struct registry_order. */
void entry_say(const struct entry *first, size_t alike, size_t all, const char *take_over,
	       const char *way_out);

#endif
