/* --as NAME: which type a value is of; and bytes of it, shown as JSON. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_AS_H
#define SIDECALL_PROGRAMS_SIDECALL_AS_H

#include "programs/sidecall/contracts.h"

/* TYPE, PROCEDURE:args or PROCEDURE:result.  0, or FAILURE_USAGE when it was said what is wrong. */
int as_find(const struct contracts *contracts, const char *command, const char *name,
	    const struct type **type);

/* Shows bytes, or hexadecimal figures of them, as JSON on standard output.  0, or the failure's
 * code; it is one when bytes are left over, too. */
int as_decode(struct context *context, struct contracts *contracts, const struct type *type,
	      const struct buffer *input);

#endif
