/* What the program registered to serve.  Who calls these holds the lock of takeover.c: another
 * thread serves what is in the list. */
#ifndef SIDECALL_SERVER_PRELOAD_PROGRAMS_H
#define SIDECALL_SERVER_PRELOAD_PROGRAMS_H

#include "server/runtime/svc.h"

typedef void dispatch_function(struct svc_req *request, SVCXPRT *transport);

/* All of them, with a row of zeroes at the end; until the next one comes, or goes. */
const struct sidecall_svc_program *programs_all(void);

/* One more, if it is not there.  False: out of memory. */
bool programs_add(rpcprog_t program, rpcvers_t version, dispatch_function *dispatch);

/* One less, if it is there. */
void programs_remove(rpcprog_t program, rpcvers_t version);

#endif
