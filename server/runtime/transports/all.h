/* All transports that listen. */
#ifndef SIDECALL_SERVER_RUNTIME_TRANSPORTS_ALL_H
#define SIDECALL_SERVER_RUNTIME_TRANSPORTS_ALL_H

#include "server/runtime/listener.h"

extern const struct transport transport_tcp;
extern const struct transport transport_udp;
extern const struct transport transport_unix;
extern const struct transport transport_fifo;
extern const struct transport transport_shm;

/* Listens at an endpoint by its transport.  NULL, or what is wrong, which may be in `why`. */
const char *transports_listen(struct listeners *listeners, const struct endpoint *endpoint,
			      char why[SIDECALL_SVC_WHY]);

#endif
