/* The end of servers that are our children. */
#ifndef SIDECALL_CLIENT_RUNTIME_CHILD_H
#define SIDECALL_CLIENT_RUNTIME_CHILD_H

#include <stdint.h>
#include <sys/types.h>

/* Waits for the end of a child that was told to go; kills it when that takes longer than so many
 * nanoseconds.  Its status as waitpid() has it, or -1. */
int child_reap(pid_t child, int64_t patience);

#endif
