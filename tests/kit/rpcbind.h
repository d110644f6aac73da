/* A real rpcbind, in a network and mounts that are this process's own. */
#ifndef SIDECALL_TESTS_KIT_RPCBIND_H
#define SIDECALL_TESTS_KIT_RPCBIND_H

#include <stdbool.h>
#include <sys/types.h>

#include <rpc/rpc.h>

/* Enters the namespaces, for good; the process must have one thread. */
void rpcbind_enter(void);

/* Why there is no rpcbind to test with, or NULL. */
const char *rpcbind_missing(void);

/* Starts it, and waits until it answers.  False, with the test skipped, where there is none. */
bool rpcbind_start(void);
bool rpcbind_start_with(const char *option); /* of rpcbind(8); or NULL */
pid_t rpcbind_process(void);

/* Harmless when it does not run. */
void rpcbind_stop(void);

/* Calls one of its procedures, over its Unix socket: there it knows who asks. */
enum clnt_stat rpcbind_call(rpcproc_t procedure, xdrproc_t filter, void *arguments,
			    xdrproc_t result_filter, void *result);

#endif
