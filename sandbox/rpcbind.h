/* An rpcbind of one's own, for a network of one's own. */
#ifndef SIDECALL_SANDBOX_RPCBIND_H
#define SIDECALL_SANDBOX_RPCBIND_H

#include <stdbool.h>
#include <sys/types.h>

/* Where it is, or NULL when it is not installed. */
const char *sandbox_rpcbind(void);

/* Starts it in an empty /run, with an option of its own or NULL: its process, or -errno. */
pid_t sandbox_rpcbind_start(const char *option);

/* Whether it answers by now, at its socket. */
bool sandbox_rpcbind_answers(void);

#endif
