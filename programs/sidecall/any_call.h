/* One call of a procedure of any contract: JSON goes in and comes out. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_ANY_CALL_H
#define SIDECALL_PROGRAMS_SIDECALL_ANY_CALL_H

#include "programs/sidecall/contracts.h"

struct any_call {
	struct contract_found found;
	struct procedure row;
	union procedure_arguments arguments;
};

/* Makes the call's bytes of its arguments.  0, or the failure's code.  Release it in any case. */
int any_call_prepare(struct any_call *call, const struct contracts *contracts,
		     const struct contract_found *found, const char *json, size_t length,
		     struct failure *failure);
void any_call_release(struct any_call *call);

/* Writes the result as one JSON value and a newline on standard output.  What is left over in the
 * reply is reported.  0, or the failure's code. */
int any_call_show(const struct any_call *call, const struct contracts *contracts,
		  const union procedure_result *result, struct failure *failure);

#endif
