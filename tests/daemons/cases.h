/* What is done to a daemon, and what must hold meanwhile. */
#ifndef SIDECALL_TESTS_DAEMONS_CASES_H
#define SIDECALL_TESTS_DAEMONS_CASES_H

#include "tests/daemons/hostile.h"
#include "tests/daemons/lab.h"

struct test_case {
	const char *name;
	void (*run)(struct lab *lab, const struct test_case *test);
	unsigned int ways;    /* that the daemon is attacked by, those it has */
	hostile_act *acts[8]; /* who attacks, for run_attack() */
	rlim_t descriptors;   /* that the daemon may have; 0: 1024 */
};

/* Ends with a row of zeroes. */
extern const struct test_case test_cases[];

#endif
