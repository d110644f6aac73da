/* What the program has registered with rpcbind, by whatever function of libtirpc's. */
#ifndef SIDECALL_SERVER_PRELOAD_REGISTRATIONS_H
#define SIDECALL_SERVER_PRELOAD_REGISTRATIONS_H

#include <stdbool.h>

#include <rpc/rpc.h>

#include "server/runtime/svc_internal.h"

/* Makes an entry in rpcbind, in the place of a server's that is gone, or (`sidecall run --replace`)
 * of any.  1; 0 when another server has the place, which is logged; -1 when that cannot be told, as
 * without an rpcbind: then libtirpc may try. */
int registrations_add(rpcprog_t program, rpcvers_t version, const char *netid, const char *address);

/* Removes the program's entries for a version, of one netid or (NULL) of all, and those of servers
 * that are gone.  Those of a server that is alive stay, without --replace.  As above; 0 when there
 * was none to be removed. */
int registrations_remove(rpcprog_t program, rpcvers_t version, const char *netid);

/* Has the server keep them registered, from where it serves; whenever something has changed.  Where
 * that goes on just now it does nothing, and is to be called again: takeover_wake(). */
void registrations_keep(struct sidecall_svc *svc);

/* This process was forked by the one that did so until now. */
void registrations_renew(void);

/* Whether nobody is in the middle of anything here.  Then nobody begins until it is let go, in each
 * process that came of it; and signals wait. */
bool registrations_try_hold(void);
void registrations_let_go(void);

/* Waits until that may be so. */
void registrations_await(void);

#endif
