/* Ends that misbehave: servers in a process of their own, and what a bad client sends. */
#ifndef SIDECALL_TESTS_FAKE_H
#define SIDECALL_TESTS_FAKE_H

#include <sys/types.h>

#include "tests/wire.h"

/*
 * Starts a server that misbehaves: "half" (the reply lacks its end, and nothing follows), "half and
 * end" (then it goes), "garbage", "freeze" (it stops itself).  The endpoint gets an address where
 * it can have one.  The process to be ended; or 0 for a pipe, where the next caller starts it.
 */
pid_t fake_start(struct endpoint *endpoint, const char *behaviour);

/* Has the next client on a pipe start this program, to serve it so. */
void fake_behind_pipe(const char *behaviour);

/* What this program does then: the main() of a test that uses this, when it has arguments. */
int fake_main(int argc, char **argv);

/* Sends the first half of a call. */
void fake_half_call(struct wire *wire);

#endif
