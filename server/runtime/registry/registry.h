/* Makes the rpc listeners known to rpcbind, where clients ask for a program's address (RFC 1833).
 */
#ifndef SIDECALL_SERVER_RUNTIME_REGISTRY_REGISTRY_H
#define SIDECALL_SERVER_RUNTIME_REGISTRY_REGISTRY_H

#include <stdatomic.h>

#include "server/runtime/listener.h"
#include "server/runtime/registry/entry.h"

#define REGISTRY_PERIOD 30000 /* milliseconds between two looks, while rpcbind runs */

struct registry;

/* What is to be registered, and what it takes to say so. */
struct registry_order {
	/* Each program at each of these; or, where it is NULL, `entries`, which somebody has
	 * registered already, and will remove: these are copied, and kept there meanwhile. */
	const struct listeners *listeners;
	const struct sidecall_svc_program *programs; /* ends with a row of zeroes */
	const struct entry *entries;
	size_t entry_count;
	rpcprog_t local_program; /* that is not registered for datagrams: rpcbind forwards them */
	unsigned int period;     /* milliseconds between two looks at what rpcbind has */
	bool tidy;    /* what crashed servers left of the same programs in other places */
	bool replace; /* servers that are alive lose their place to us, at the first look */
	const char *take_over;   /* what to say for that: "--replace"; NULL: nothing */
	const char *way_out;     /* what to say to do without: "--no-rpcbind"; NULL: nothing */
	atomic_int *descriptors; /* those that it has open are written here; NULL: nobody asks */
};

#define REGISTRY_DESCRIPTORS 2 /* -1 where there is none */

/*
 * Registers every program at every rpc listener, address by address, and says what could not be
 * registered and why.  An entry of another server that answers, or may be alive, is left alone; one
 * at which nobody listens any more is replaced.
 *
 * A thread then removes such entries, too, that are of a version or a transport that is not served
 * now, as far as that is asked for: there can be many, and nobody should wait for it.  It looks
 * every `period` whether the entries are still there, and at once when rpcbind
 * ended: another one knows nothing.  Without rpcbind it looks for it after 100 ms, and ever more
 * seldom, at least fifteen times in a period.
 *
 * Returns when the first attempt is over: for other servers it waits LOOK_TIME at most.  NULL when
 * there is nothing to register, or no memory for it.
 */
struct registry *registry_start(const struct registry_order *order);

/* Has the thread look at once; waits for nothing.  NULL is harmless. */
void registry_look_again(struct registry *registry);

/* Removes those entries that still have our addresses, but for addresses that whoever gave us the
 * socket keeps, and entries that somebody else registered, and ends the thread.  NULL is harmless.
 */
void registry_stop(struct registry *registry);

/* Between these two the thread is not in the middle of anything: the process may be forked.  It
 * waits for an rpcbind that does not answer; or, to try, does not hold it then, and returns false.
 * NULL is harmless. */
void registry_hold(struct registry *registry);
bool registry_try_hold(struct registry *registry);
void registry_let_go(struct registry *registry);

/* In a process that was forked, which has not its thread: releases what it has, and leaves the
 * entries alone.  NULL is harmless. */
void registry_forget(struct registry *registry);

#endif
