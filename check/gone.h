/* Whether a server serves others behind a case, and what is known of why it does not. */
#ifndef SIDECALL_CHECK_GONE_H
#define SIDECALL_CHECK_GONE_H

#include "check/check.h"

/*
 * Whatever a case does to it, a server serves others then: one that answers, and ends, is found by
 * the case that ended it.  By pipes, and for calls of the table, it is asked when it was quiet.
 * False: it does not; the finding, which is complete, is a failure then, and says so.
 */
bool check_still_serves(struct exchange *exchange, const struct check_case *row,
			struct check_finding *finding);

#endif
