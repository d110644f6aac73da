/* Whether all workers' loops go round: for whoever watches the process from outside. */
#ifndef SIDECALL_SERVER_RUNTIME_HEARTBEAT_H
#define SIDECALL_SERVER_RUNTIME_HEARTBEAT_H

#include "server/runtime/worker.h"

struct heartbeat;

/*
 * Calls `beat` from the first worker, every `period` milliseconds, as long as the loop of each
 * worker that runs went round in the last two periods: one that hangs ends it.  To be called before
 * workers_serve(), and once.  NULL: out of memory.
 */
struct heartbeat *heartbeat_start(struct workers *workers, unsigned int period,
				  void (*beat)(void *context), void *context);

/* Releases it, when no worker runs any more.  NULL is harmless. */
void heartbeat_free(struct heartbeat *heartbeat);

#endif
