/* Answers are looked at before anything is timed: a server that is wrong gets no figures. */
#ifndef SIDECALL_COMPARE_TIME_VERIFY_ANSWERS_H
#define SIDECALL_COMPARE_TIME_VERIFY_ANSWERS_H

#include "compare/lab/servers.h"
#include "client/procedures.h"

/* Divides 84 by 2, which is 42.  0, or the failure's code. */
int verify_divide(struct client *client, struct failure *failure);

/* Whether that is what these operands, or these values, have to be answered with.  See load.h. */
bool verify_quotient(const void *arguments, const union procedure_result *result);
bool verify_sum(const void *arguments, const union procedure_result *result);

/* Calls at each endpoint what is timed there.  0, or the failure's code. */
int verify_all(const struct servers *servers, int64_t timeout, struct failure *failure);

#endif
