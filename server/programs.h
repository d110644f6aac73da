/*
 * The service as the runtime serves it: which programs there are, what is known of their
 * procedures, and the service as one call has it, by rpc and by raw messages alike.
 */
#ifndef SIDECALL_SERVER_PROGRAMS_H
#define SIDECALL_SERVER_PROGRAMS_H

#include "server/runtime/protocol.h"
#include "server/service/service.h"

extern const struct protocol protocol_raw;

/* What is served: all, or of the calculator one version alone (0: all).  The service is the
 * caller's, and stays. */
struct served programs_serve(struct service *service, unsigned int calc_version);

#endif
