/*
 * Whoever runs us: a terminal, or a service manager.  SIGTERM and SIGINT stop the server.  SIGHUP
 * does so, too, when a terminal is gone; from a service manager, which wants to be told of us
 * (NOTIFY_SOCKET), it means that we are to read anew what can be read anew.
 */
#ifndef SIDECALL_PROGRAMS_SIDECALLD_MANAGED_H
#define SIDECALL_PROGRAMS_SIDECALLD_MANAGED_H

#include "server/runtime/svc_internal.h"

/* Blocks those signals, for all threads that are started from now on, and finds out who runs us. */
void managed_prepare(void);

/* The server is ready: tells so whoever wants to know.  From now on this thread takes the signals,
 * and a service manager hears regularly that all workers serve.  0 or -errno. */
int managed_begin(struct sidecall_svc *svc);

/* The server runs no more.  Blocks them again: it may be gone soon. */
void managed_end(void);

#endif
