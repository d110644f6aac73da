/* What will hurt in a contract, and what breaks the callers of an older one. */
#ifndef SIDECALL_CONTRACT_LINT_LINT_H
#define SIDECALL_CONTRACT_LINT_LINT_H

#include "contract/contract.h"

#define LINT_OK "lint: ok" /* in a line, mostly its comment: its author knows */

/* Adds notes of what will hurt to the complaints of a contract that was resolved without errors;
 * but for lines that say LINT_OK.  0 or -ENOMEM. */
int lint_contract(struct contract *contract);

/* A change: where, as in "P.V.GET: arguments.name"; what it is; and whether it breaks callers. */
typedef void lint_listener(void *context, bool breaks, const char *where, const char *what);

/*
 * Tells of what changed from an old contract to a new one: it breaks when an old caller's arguments
 * may not be what a new server takes, or a new server's results may not be what an old caller does.
 * Where there are no programs the types of the same names are compared, as what was written by the
 * old and is read by the new.  0 or -ENOMEM.
 */
int lint_against(const struct contract *old, const struct contract *new, lint_listener *listener,
		 void *context);

#endif
