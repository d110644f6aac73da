/* What is done to a daemon, and what must hold meanwhile. */
#ifndef SIDECALL_TESTS_DAEMONS_CASES_H
#define SIDECALL_TESTS_DAEMONS_CASES_H

#include "tests/daemons/hostile.h"
#include "tests/daemons/lab.h"

#define CASE_ACTS 12

struct test_case {
	const char *name;
	void (*run)(struct lab *lab, const struct test_case *test);
	unsigned int ways; /* that the daemon is attacked by, those it has */
	hostile_act *acts[CASE_ACTS];
	bool far;           /* they come from the other host */
	unsigned int crowd; /* connections of hostile_crowd() */
	rlim_t descriptors; /* that the daemon may have; 0: 1024 */
	/* What is tried meanwhile besides, once. */
	void (*check)(struct lab *lab, const struct target *target);
};

/* Ends with a row of zeroes. */
extern const struct test_case test_cases[];

#endif
