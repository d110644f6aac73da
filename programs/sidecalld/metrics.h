/* The page of metrics: where it is read, and what it calls programs and procedures. */
#ifndef SIDECALL_PROGRAMS_SIDECALLD_METRICS_H
#define SIDECALL_PROGRAMS_SIDECALLD_METRICS_H

#include "programs/sidecalld/options.h"
#include "server/runtime/svc_internal.h"

/* Has it read where --metrics says, if it does.  0, or an exit status, and it was said what is
 * wrong. */
int metrics_serve(struct sidecall_svc *svc, const struct options *options);

/* Says where it is read, a line for each address. */
void metrics_print(const struct sidecall_svc *svc);

#endif
