/* What the call of a load is answered: every time the same. */
#ifndef SIDECALL_MEASURE_ANSWER_H
#define SIDECALL_MEASURE_ANSWER_H

#include "client/procedures.h"

/* The first three are the caller's to set, and all else is zero at first. */
struct answer {
	const struct procedure *procedure;
	void *arguments;
	/* Whether the first answer is right, where somebody knows; NULL: when it is no failure. */
	bool (*right)(const void *arguments, const union procedure_result *result);
	bool known;
	union procedure_result first; /* for what may not change; it points to nothing */
};

/*
 * Looks at an answer: the first must be right, and each later one equal to it, unless it may change
 * in time, as accumulate's does, and what files are like.  0; FAILURE_SERVICE when it says why
 * there is no result; FAILURE_BUG when it is wrong.
 */
int answer_check(struct answer *answer, const union procedure_result *result,
		 struct failure *failure);

#endif
