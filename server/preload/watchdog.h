/* Signs of life for whoever watches the program, which knows nothing of it (sd_notify(3)). */
#ifndef SIDECALL_SERVER_PRELOAD_WATCHDOG_H
#define SIDECALL_SERVER_PRELOAD_WATCHDOG_H

#include "server/runtime/svc_internal.h"

/* Has the server's loop give them, where the environment of the process that was started wanted
 * some of it. */
void watchdog_begin(struct sidecall_svc *svc);

#endif
