/* The first process within a sandbox, which all others there are started by, and end with. */
#ifndef SIDECALL_SANDBOX_INSIDE_H
#define SIDECALL_SANDBOX_INSIDE_H

#include <signal.h>

#include "sandbox/sandbox.h"

/* Sets all up, runs the command with this mask of signals, and ends with its status.  What fails
 * before goes to `report`, as a struct failure. */
_Noreturn void sandbox_inside(const struct sandbox *sandbox, const sigset_t *before, int report);

/* Signals, when waited for: whether a terminal sent it to all who are there. */
bool sandbox_is_typed(const siginfo_t *signal);

/* Those that are the command's, and SIGCHLD. */
void sandbox_signals(sigset_t *set);

#endif
