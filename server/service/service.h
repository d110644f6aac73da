/* All that the service keeps between two calls, and what is known of its procedures. */
#ifndef SIDECALL_SERVER_SERVICE_SERVICE_H
#define SIDECALL_SERVER_SERVICE_SERVICE_H

#include "server/service/calc.h"
#include "server/service/fileinfo.h"

/* Small enough to be copied: a call that may have to be cancelled gets a copy with a flag for it.
 */
struct service {
	struct caller_registers registers; /* one set for all */
	struct root root;
	unsigned int calc_version; /* the only one of the calculator that is served; 0: all */
};

/* What a call may wait for: nothing; nothing that lasts, but it may turn out to (struct root_gate);
 * a disk, as long as a page of a directory takes, or all of a file. */
enum wait { NO_WAIT, SHORT_WAIT, LONG_WAIT };

/* Whether a call that comes again may be executed again: it changes nothing; it must not; or nobody
 * knows. */
enum repeat { REPEAT_FREELY, REPEAT_NEVER, REPEAT_UNKNOWN };

/* What is known of a procedure's calls. */
struct traits {
	enum wait wait;
	enum repeat repeat;
};

/* Serves files below `directory`.  0 or -errno; service_close() releases it. */
int service_open(struct service *service, const char *directory);
void service_close(struct service *service);

/* Whether this version of the calculator is served. */
bool service_has_calc(const struct service *service, unsigned int version);

/* The traits of a procedure of a program, as the contract numbers them.  What there is no row for
 * waits for nothing, and changes nothing. */
struct traits service_traits(uint32_t program, uint32_t procedure);

/* Whether a call was not made because it would have had to wait: it is to be made elsewhere. */
static inline bool service_would_wait(const struct service *service)
{
	return service->root.gate && service->root.gate->refused;
}

#endif
