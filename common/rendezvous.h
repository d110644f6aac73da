/* Where the two ends meet when the address is a file: the runtime directory and its locks. */
#ifndef SIDECALL_COMMON_RENDEZVOUS_H
#define SIDECALL_COMMON_RENDEZVOUS_H

#include <stddef.h>
#include <sys/types.h>

#include "common/endpoint.h"

/*
 * The runtime directory: $SIDECALL_DIR, else $RUNTIME_DIRECTORY, else $XDG_RUNTIME_DIR/sidecall,
 * else /tmp/sidecall-UID.  Made with mode 0700 where it is missing.
 * 0, or -errno: -EPERM when it is another user's or others may write to it, -ENAMETOOLONG.
 */
int rendezvous_directory(char *directory, size_t size);

/*
 * Gives an endpoint whose address is a path, and was not given, the default one: in the runtime
 * directory PROTOCOL.sock for unix, PROTOCOL.shm for shm, and the directory itself for fifo.
 * 0 or -errno; any other endpoint is left as it is.
 */
int rendezvous_resolve(struct endpoint *endpoint);

/*
 * Claims a path for one server: an flock on PATH.lock, which the kernel drops when its owner dies,
 * so what a dead server left behind can be told from what a living one uses.
 */
struct rendezvous_lock {
	int fd;      /* -1: not held */
	pid_t owner; /* after -EADDRINUSE: who holds it, or 0 */
	char path[ENDPOINT_MAX_PATH + 32];
};

/* 0, -EADDRINUSE when a living server holds it (see owner), or -errno. */
int rendezvous_claim(struct rendezvous_lock *lock, const char *path);

/* Removes the lock file and lets go.  Harmless when it is not held. */
void rendezvous_let_go(struct rendezvous_lock *lock);

#endif
