/* A daemon's beginning and end: who starts it, what ends it, and what it does when nobody calls. */
#ifndef SIDECALL_TESTS_DAEMONS_LIFETIME_H
#define SIDECALL_TESTS_DAEMONS_LIFETIME_H

#include "tests/daemons/lab.h"

struct test_case;

/* As a case of cases.h. */
void lifetime_inetd(struct lab *lab, const struct test_case *test);
void lifetime_restart(struct lab *lab, const struct test_case *test);
void lifetime_sigterm(struct lab *lab, const struct test_case *test);
void lifetime_sighup(struct lab *lab, const struct test_case *test);
void lifetime_look(struct lab *lab, const struct test_case *test);
void lifetime_idle(struct lab *lab, const struct test_case *test);

#endif
