/* Who a daemon takes its callers for, and whether it lets them in. */
#ifndef SIDECALL_TESTS_DAEMONS_IDENTITY_H
#define SIDECALL_TESTS_DAEMONS_IDENTITY_H

#include "tests/daemons/lab.h"

struct test_case;

/* As a case of cases.h: the rows of the case and the daemon, which tests/daemons/setups prepares.
 */
void identity_run(struct lab *lab, const struct test_case *test);

/* Credentials of who calls over a Unix socket. */
void identity_unix(struct lab *lab, const struct test_case *test);

#endif
