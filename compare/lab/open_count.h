/* How often a file is opened to be read, by whomever: a trace that outlives who opened it. */
#ifndef SIDECALL_COMPARE_LAB_OPEN_COUNT_H
#define SIDECALL_COMPARE_LAB_OPEN_COUNT_H

#include <stdint.h>

/* Begins to watch a file.  A descriptor to be closed, or -errno. */
int open_count_begin(const char *path);

/*
 * How often it was opened since then, or was last asked for; -errno.  Each who opens it has to read
 * of it before the next one comes, or the kernel makes one event of both.
 */
int64_t open_count_take(int watch);

#endif
