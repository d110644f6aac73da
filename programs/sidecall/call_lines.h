/* Many calls of any contract on one connection: one a line, the answers in their order. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_CALL_LINES_H
#define SIDECALL_PROGRAMS_SIDECALL_CALL_LINES_H

#include "programs/sidecall/contracts.h"

/* Each line of the file (or "-") has the arguments of the procedure as JSON; with NULL, the name of
 * a procedure in front of them.  The worst exit code of all. */
int call_lines(struct context *context, const struct contracts *contracts, const char *command,
	       const struct contract_found *procedure, const char *file);

#endif
