/* Names that a program under `sidecall run` is told, for its metrics. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_RUN_NAMES_H
#define SIDECALL_PROGRAMS_SIDECALL_RUN_NAMES_H

#include "contract/contract.h"

/* Leaves those of a contract in the environment.  0; or -ENOMEM; or -E2BIG when there are too many
 * for it. */
int run_names_leave(const struct contract *contract);

#endif
