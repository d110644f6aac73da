/* A server by raw+udp that turns wrong: the n-th quotient that it is asked for, and all later. */
#ifndef SIDECALL_TESTS_KIT_WRONG_SERVER_H
#define SIDECALL_TESTS_KIT_WRONG_SERVER_H

#include <sys/types.h>

#include "common/endpoint.h"

/* Starts it as a child, which answers so many calls of divide rightly, and every other call; with
 * `once` it is wrong a single time.  The endpoint is where it serves. */
pid_t wrong_server_start(struct endpoint *endpoint, unsigned int truths, bool once);
void wrong_server_stop(pid_t pid);

#endif
