/* Making all cases of a server, one after the other, within a time. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_CHECK_RUN_H
#define SIDECALL_PROGRAMS_SIDECALL_CHECK_RUN_H

#include "check/check.h"
#include "contract/contract.h"
#include "programs/sidecall/check_show.h"

struct check_run {
	const struct check_format *format;
	const char *only;                       /* the name of a case; NULL: all */
	const struct contract_version *version; /* whose arguments are broken, too; or NULL */
	bool verbose, hostile, files; /* `files`: the reference serves what the server does */
};

/* The exit code: 0, 2 when a case failed or was not tried, or that of wrong usage: there is no such
 * case. */
int check_run(const struct check_target *target, const struct check_run *run);

#endif
