/* Which server is asked what it has counted. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_STATUS_CONNECT_H
#define SIDECALL_PROGRAMS_SIDECALL_STATUS_CONNECT_H

#include "programs/sidecall/contracts.h"

/* Connects: to the endpoint; or, where a program is named (PROGRAM[.VERSION]) and the endpoint says
 * no port, to where rpcbind knows that.  0, or the failure's code, which was reported. */
int status_connect(struct context *context, const char *command, const struct contracts *contracts,
		   int count, char **words);

#endif
