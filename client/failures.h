/* What failures mean to people, whichever protocol met them: why, and what to do. */
#ifndef SIDECALL_CLIENT_FAILURES_H
#define SIDECALL_CLIENT_FAILURES_H

#include <stdbool.h>

#include "client/runtime/failure.h"

struct client;

/* An exit code beside those of the runtime: the service answered with a failure. */
#define FAILURE_SERVICE 1

/* Says what to do about the failure. */
void failure_advise(struct failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What an error of the channel (a positive errno) means to a call that was sent, or was not.  The
 * failure's code. */
int client_transport_failure(const struct client *client, int error, bool sent,
			     struct failure *failure);

/* Values that do not become bytes, or bytes that do not become values.  The failure's code. */
int failure_unencodable(struct failure *failure);
int failure_undecodable(struct failure *failure);

#endif
