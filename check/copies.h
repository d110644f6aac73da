/* Cases that count the replies to a call. */
#ifndef SIDECALL_CHECK_COPIES_H
#define SIDECALL_CHECK_COPIES_H

#include "check/check.h"

/* One call, and how many replies it has. */
void run_once(struct exchange *exchange, const struct check_case *row);

/* The same call twice, from one port. */
void run_twice(struct exchange *exchange, const struct check_case *row);

#endif
