/* The page of metrics of a program under `sidecall run`. */
#ifndef SIDECALL_SERVER_PRELOAD_METRICS_H
#define SIDECALL_SERVER_PRELOAD_METRICS_H

#include "server/preload/settings.h"
#include "server/runtime/svc_internal.h"

/* Has it read where the environment says, if it does; and says where that is, or what is wrong. */
void metrics_begin(struct sidecall_svc *svc, settings_complaint *say);

/* Whether those names have this procedure. */
bool metrics_knows(rpcprog_t program, rpcvers_t version, rpcproc_t procedure);

#endif
