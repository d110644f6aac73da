/* A file system that hangs: a FUSE daemon that takes what it is asked and never answers. */
#ifndef SIDECALL_TESTS_KIT_HANGING_MOUNT_H
#define SIDECALL_TESTS_KIT_HANGING_MOUNT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct hanging_mount {
	int fd; /* the kernel's requests come here */
	char path[128];
	bool takes; /* it takes requests, so that even SIGKILL waits for their answers */
	atomic_uint taken;
	int told; /* written to: the thread ends */
	pthread_t thread;
};

/* Mounts it on a directory, in namespaces that are this process's own; the caller then must not
 * look there himself.  NULL, or why that cannot be had. */
const char *hanging_mount_make(struct hanging_mount *hang, const char *path, bool takes);

/* Whoever waits for it is told that it has gone; and the mount goes. */
void hanging_mount_release(struct hanging_mount *hang);

#endif
