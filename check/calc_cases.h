/* What all cases of the calculator's operations share. */
#ifndef SIDECALL_CHECK_CALC_CASES_H
#define SIDECALL_CHECK_CALC_CASES_H

#include "check/check.h"

/* Of a case with an operation of the calculator's second version. */
#define MAY_LACK                                                                                   \
	.differs = CHECK_ABSENT,                                                                   \
	.choice = "A server may lack evaluate, summarize and accumulate, which came later."

/* Of one that changes something, which may be sent again by UDP. */
#define MAY_REPEAT                                                                                 \
	.differs = CHECK_ABSENT | CHECK_EXECUTED_AGAIN,                                            \
	.choice = "A server may lack evaluate, summarize and accumulate, which came later. By "    \
		  "UDP it may execute again what is sent again: lesson 9 says what remembering "   \
		  "replies takes."

/* Of one with more than the four operations, a minus and parentheses in an expression. */
#define MAY_KNOW_LESS                                                                              \
	.differs = CHECK_ABSENT | CHECK_SYNTAX,                                                    \
	.choice = "A server may lack evaluate, or know less of the grammar: what it does not "     \
		  "know is SYNTAX."

#endif
