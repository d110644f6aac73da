/* Counts the system calls of two processes that talk to each other, with ptrace, as strace does. */
#ifndef SIDECALL_MEASURE_TRACER_H
#define SIDECALL_MEASURE_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TRACER_NUMBERS 512 /* system calls have smaller numbers */

/* How often each was begun, by its number. */
struct tracer_calls {
	uint32_t of[TRACER_NUMBERS];
};

/* What the client calls when it begins what is counted, and when that has ended. */
void tracer_mark(void);

/*
 * Counts what both do, all threads together, between the client's two marks; at each mark the
 * client is held until everybody else has come to rest.  The client is a child of the caller that
 * has not begun yet (it waits for a byte, say, which `ready` sends); the server is one too, or 0:
 * then it is what the client starts.
 *
 * 0; -EPERM when this process may not trace; -EINTR when stopped() said so; -ECHILD when one of
 * them ended before the second mark (it is not reaped); -ETIMEDOUT after ten seconds; or another
 * -errno.  In any case nobody is traced or held any more.
 */
struct tracer {
	pid_t client, server;
	bool (*stopped)(void);
	void (*ready)(void *context);
	void *context;
	struct tracer_calls client_calls, server_calls; /* the result */
};

int tracer_run(struct tracer *tracer);

/* What the kernel calls it, as in "sendto"; NULL when it is none of those that a call may need. */
const char *tracer_name(int number);

#endif
