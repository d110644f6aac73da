/* Makes the rpc listeners known to rpcbind, where clients ask for a program's address (RFC 1833).
 */
#ifndef SIDECALL_SERVER_RUNTIME_REGISTRY_H
#define SIDECALL_SERVER_RUNTIME_REGISTRY_H

#include "server/runtime/listener.h"

#define REGISTRY_PERIOD 30000 /* milliseconds between two looks, usually */

struct registry;

/* What is to be registered, and what it takes to say so. */
struct registry_order {
	const struct listeners *listeners;
	const struct sidecall_svc_program *programs; /* ends with a row of zeroes */
	unsigned int period; /* milliseconds between two looks at what rpcbind has */
	const char *way_out; /* what to say to do without: "--no-rpcbind"; NULL: nothing */
};

/*
 * Registers every program at every rpc listener, address by address, and
 * says what could not be registered and why.  A thread then looks every `period`
 * whether the entries are still there, for a restarted rpcbind knows nothing, and fifteen times as
 * often while there is no rpcbind.  An entry of another server that is alive is left alone; one
 * that answers no call is stale and replaced.
 *
 * Returns when the first attempt is over, which takes a few seconds at most.  NULL when there is
 * nothing to register, or no memory for it.
 */
struct registry *registry_start(const struct registry_order *order);

/* Removes those entries that still have our addresses, and ends the thread.  NULL is harmless. */
void registry_stop(struct registry *registry);

#endif
