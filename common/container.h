/* From a member to what it is embedded in. */
#ifndef SIDECALL_COMMON_CONTAINER_H
#define SIDECALL_COMMON_CONTAINER_H

#include <stddef.h>

/* The struct `type` whose `member` the pointer points to. */
#define container_of(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
