/* Ends that misbehave: servers in a process of their own, and what a bad client sends. */
#ifndef SIDECALL_COMPARE_LAB_FAKE_H
#define SIDECALL_COMPARE_LAB_FAKE_H

#include <sys/types.h>

#include "compare/lab/wire.h"

/* What such a server does with a call. */
enum fake_behaviour {
	FAKE_FREEZE,       /* stops itself before it reads */
	FAKE_HALF,         /* its reply lacks the end, and nothing follows */
	FAKE_HALF_AND_END, /* then it goes */
	FAKE_GARBAGE,      /* answers with what is no message */
	FAKE_ZEROES,       /* answers with eight zero bytes */
	FAKE_LONGER        /* its result has a field more than the contract */
};

/* Its replies say that an operation on numbers gave this. */
#define FAKE_RESULT 42

/* Starts a server that serves one client, at an address of its own: the endpoint gets its port.
 * The process to be ended, or -1; not for a pipe. */
pid_t fake_start(struct endpoint *endpoint, enum fake_behaviour behaviour);

/* The same behind ordinary pipes, whose ends are left to the caller: replies to read, calls to
 * write, both non-blocking. */
pid_t fake_start_behind(enum endpoint_protocol protocol, enum fake_behaviour behaviour,
			int ends[2]);

/* Serves one client in this process. */
void fake_serve(struct wire *wire, enum fake_behaviour behaviour);

/* Sends the first half of a call. */
void fake_half_call(struct wire *wire);

#endif
