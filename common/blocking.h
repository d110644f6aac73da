/* Whether what is done with a descriptor waits. */
#ifndef SIDECALL_COMMON_BLOCKING_H
#define SIDECALL_COMMON_BLOCKING_H

#include <stdbool.h>

/* 0 or -errno. */
int blocking_set(int fd, bool blocks);

#endif
