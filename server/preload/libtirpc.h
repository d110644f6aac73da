/* libtirpc's own functions, behind those that we put in their place. */
#ifndef SIDECALL_SERVER_PRELOAD_LIBTIRPC_H
#define SIDECALL_SERVER_PRELOAD_LIBTIRPC_H

#include <stdbool.h>

#include <rpc/rpc.h>

/* A function, or a variable, of the libraries behind us, also one that the C library keeps for
 * programs of old; NULL when no library of the program has it. */
void *libtirpc_find(const char *name);

/* Whether what is behind us is libtirpc: others have functions of the same names, and are not ours
 * to replace; and one that is there for a part of the program alone does not serve us. */
bool libtirpc_is_here(void);

/* Whether somebody may wait for transports: svc_exit() told nobody to stop since the last one was
 * registered. */
bool libtirpc_is_waiting(void);

#endif
