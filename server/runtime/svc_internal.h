/* The server's runtime for an owner who has protocols of his own beside rpc: sidecalld. */
#ifndef SIDECALL_SERVER_RUNTIME_SVC_INTERNAL_H
#define SIDECALL_SERVER_RUNTIME_SVC_INTERNAL_H

#include "server/runtime/served.h"

/* As their public namesakes (server/runtime/svc.h); what is served is copied. */
struct sidecall_svc *runtime_create(const struct served *served,
				    const struct sidecall_svc_options *options);
const char *runtime_listen(struct sidecall_svc *svc, const struct endpoint *endpoint,
			   char why[SIDECALL_SVC_WHY]);
int runtime_standard(struct sidecall_svc *svc, enum endpoint_protocol protocol);

#endif
