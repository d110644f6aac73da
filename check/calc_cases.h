/* What all cases of the calculator's operations share. */
#ifndef SIDECALL_CHECK_CALC_CASES_H
#define SIDECALL_CHECK_CALC_CASES_H

#include "check/check.h"

/* Of a case with an operation of the calculator's second version. */
#define MAY_LACK                                                                                   \
	.differs = CHECK_ABSENT,                                                                   \
	.choice = "A server may lack evaluate, summarize and accumulate, which came later."

/* Of one with more than the four operations, a minus and parentheses in an expression. */
#define MAY_KNOW_LESS                                                                              \
	.differs = CHECK_ABSENT | CHECK_SYNTAX,                                                    \
	.choice = "A server may lack evaluate, or know less of the grammar: what it does not "     \
		  "know is SYNTAX."

#endif
