/* Cases of a contract: arguments of its procedures that break the rules of XDR (RFC 4506). */
#ifndef SIDECALL_CHECK_ARGUMENTS_H
#define SIDECALL_CHECK_ARGUMENTS_H

#include "check/check.h"
#include "contract/contract.h"

/* Hands out the cases of all procedures of a version, one after the other, up to when `take`
 * returns false.  A case lasts until `take` returns. */
void check_arguments(const struct contract_version *version,
		     bool (*take)(void *context, const struct check_case *row), void *context);

#endif
