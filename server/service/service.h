/* All that the service keeps between two calls. */
#ifndef SIDECALL_SERVER_SERVICE_SERVICE_H
#define SIDECALL_SERVER_SERVICE_SERVICE_H

#include "server/service/calc.h"
#include "server/service/fileinfo.h"

/* Small enough to be copied: a call that may have to be cancelled gets a copy with a flag for it.
 */
struct service {
	struct registers *registers; /* one for all */
	struct root root;
	unsigned int calc_version; /* the only one of the calculator that is served; 0: all */
};

/* Serves files below `directory`.  0 or -errno; service_close() releases it. */
int service_open(struct service *service, const char *directory);
void service_close(struct service *service);

/* Whether this version of the calculator is served. */
bool service_has_calc(const struct service *service, unsigned int version);

#endif
