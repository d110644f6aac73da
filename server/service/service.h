/* All that the service keeps between two calls. */
#ifndef SIDECALL_SERVER_SERVICE_SERVICE_H
#define SIDECALL_SERVER_SERVICE_SERVICE_H

#include "server/service/calc.h"
#include "server/service/fileinfo.h"

struct service {
	struct registers *registers;
	struct root root;
};

/* Serves files below `directory`.  0 or -errno; service_close() releases it. */
int service_open(struct service *service, const char *directory);
void service_close(struct service *service);

#endif
