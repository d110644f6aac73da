/* Descriptors that a peer passes over a Unix socket (SCM_RIGHTS), when nobody asked for any. */
#ifndef SIDECALL_COMMON_RIGHTS_H
#define SIDECALL_COMMON_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RIGHTS_MOST 253 /* descriptors in one message (unix(7): SCM_MAX_FD) */

/* Has the kernel refuse them to whoever sends any to this socket, and to those that it accepts
 * (SO_PASSRIGHTS, Linux 6.16).  False where it cannot. */
bool rights_refuse(int socket);

/*
 * Reads as read(2) does, and takes the descriptors that came along: their last reference must not
 * be dropped here, for to close a stranger's object may take as long as he likes.  `count` says how
 * many there are in `taken`; they are the caller's.
 */
ssize_t rights_read(int socket, void *bytes, size_t size, int taken[RIGHTS_MOST],
		    unsigned int *count);

#endif
