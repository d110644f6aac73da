/* Servers that are our children: which program it is, and their end. */
#ifndef SIDECALL_CLIENT_RUNTIME_CHILD_H
#define SIDECALL_CLIENT_RUNTIME_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CHILD_PROGRAM "sidecalld"

/*
 * What $SIDECALLD names, else sidecalld beside the running program, else in ../sbin from there,
 * else its plain name, for execvp() to look for in PATH.  The result may lie in `path`.
 */
const char *child_program(char *path, size_t size);

/* Waits for the end of a child that was told to go; kills it when that takes longer than so many
 * nanoseconds.  Its status as waitpid() has it, or -1. */
int child_reap(pid_t child, int64_t patience);

#endif
