/* A server that is run as a child, on pipes: its start and its end. */
#ifndef SIDECALL_CHECK_SERVER_H
#define SIDECALL_CHECK_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/runtime/failure.h"
#include "client/runtime/transports/pipe.h"
#include "common/endpoint.h"

/* Starts the endpoint's program, or sidecalld where it names none.  0, or the failure's code. */
int check_server_start(const struct endpoint *endpoint, struct pipe_server *server,
		       struct failure *failure);

/* Waits for its end, before a deadline.  Whether it has ended. */
bool check_server_ends(pid_t server, int64_t deadline);

/* How a server that has ended did. */
struct server_end {
	int status, signal; /* 0: well; no signal */
	char text[64];      /* for people: "status 3", "signal 11 (Segmentation fault)" */
};
void check_server_end(pid_t server, struct server_end *end);

/* Gives it a moment to end by itself; kills it then, with all that it started; waits for them. */
void check_server_stop(pid_t server);

#endif
