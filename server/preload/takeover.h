/*
 * The runtime in the place of libtirpc's, in a program that knows libtirpc alone.
 *
 * The program registers a dispatcher for a transport, and waits for its transports by svc_run(), or
 * by a loop of its own over svc_fdset or svc_pollfd.  That stays as it is.  Only, what it waits for
 * is one transport of ours, whose descriptor is the loop's, and which receives by a pass of that
 * loop.
 */
#ifndef SIDECALL_SERVER_PRELOAD_TAKEOVER_H
#define SIDECALL_SERVER_PRELOAD_TAKEOVER_H

#include <stdbool.h>

#include <rpc/rpc.h>

#include "server/preload/programs.h"

/* Serves a program from now on, and at a transport's socket, if it is one that we can; else that
 * stays libtirpc's. */
void takeover_begin(SVCXPRT *transport, rpcprog_t program, rpcvers_t version,
		    dispatch_function *dispatch);

/* Serves a program no more. */
void takeover_forget(rpcprog_t program, rpcvers_t version);

/* Leaves it, for it is to be closed; harmless when it was not taken. */
void takeover_end(const SVCXPRT *transport);

/* The first descriptor from there on that must stay open for what is served here; -1: there is
 * none. Whoever is in our own code may close all. */
int takeover_next_kept(int fd);

/* Has the program's loop come to us soon. */
void takeover_wake(void);

#endif
