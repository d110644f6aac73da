/* sidecall compare's other half: endpoints that the caller names, instead of a report. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_COMPARE_H
#define SIDECALL_PROGRAMS_SIDECALL_COMPARE_H

#include "programs/sidecall/command.h"

/* Asks each of these endpoints the same, and prints answers and bytes side by side.  The exit
 * code. */
int compare_endpoints(struct context *context, int count, char **endpoints);

#endif
