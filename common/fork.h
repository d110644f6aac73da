/* Processes of our own. */
#ifndef SIDECALL_COMMON_FORK_H
#define SIDECALL_COMMON_FORK_H

#include <sys/types.h>

/* fork(2), with nothing left that both would print.  The kernel kills the child when the thread
 * that started it ends, and so whatever way this process does. */
pid_t fork_tied(void);

/* How a process ended, of wait(2), as a shell has it: its exit status, or 128 and the signal. */
int fork_status(int status);

#endif
