/* The calls that a quiz is about: they are made. */
#ifndef SIDECALL_QUIZ_CALLS_H
#define SIDECALL_QUIZ_CALLS_H

#include <stdint.h>

#include "client/client.h"
#include "quiz/seen.h"

/*
 * Makes calls of the calculator, with operands and names of calls that follow from *state, over two
 * connections at the same time.  What a server has not is left out.  0, or the failure's code where
 * nobody answers.  The endpoint gets the port that rpcbind named.
 */
int quiz_call(struct endpoint *endpoint, int64_t timeout, uint64_t *state, struct seen *seen,
	      struct failure *failure);

#endif
