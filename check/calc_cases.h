/* What all cases of the calculator's operations share. */
#ifndef SIDECALL_CHECK_CALC_CASES_H
#define SIDECALL_CHECK_CALC_CASES_H

#include "check/check.h"

/* Of any case: by rpc a server may ask for more than a null call shows. */
#define MAY_DENY                                                                                   \
	.differs = CHECK_AUTH_ERROR,                                                               \
	.choice = "A server may ask who calls, and deny this call to who does not say it."

/* Of a case with an operation of the calculator's second version. */
#define LACKING (CHECK_ABSENT | CHECK_PROC_UNAVAIL | CHECK_AUTH_ERROR)
#define MAY_LACK                                                                                   \
	.differs = LACKING,                                                                        \
	.choice = "A server may lack evaluate, summarize and accumulate, which came later; or "    \
		  "deny a call to who does not say who he is."

/* Of one that changes something, which may be sent again by UDP. */
#define MAY_REPEAT                                                                                 \
	.differs = LACKING | CHECK_EXECUTED_AGAIN,                                                 \
	.choice = "A server may lack evaluate, summarize and accumulate, which came later. By "    \
		  "UDP it may execute again what is sent again: lesson 9 says what remembering "   \
		  "replies takes."

/* Of one with more than the four operations, a minus and parentheses in an expression. */
#define MAY_KNOW_LESS                                                                              \
	.differs = LACKING | CHECK_SYNTAX,                                                         \
	.choice = "A server may lack evaluate, or know less of the grammar: what it does not "     \
		  "know is SYNTAX."

/* Of one that is longer than a server may take of a datagram by rpc, whose RFC bounds none. */
#define MAY_BE_LONG                                                                                \
	.choice = "How long a datagram may be is left to the server: libtirpc's takes 8,800 "      \
		  "bytes."

#endif
