/* Namespaces of this process's own, for root and, where the kernel lets users make them, for
 * anybody. */
#ifndef SIDECALL_SANDBOX_NAMESPACES_H
#define SIDECALL_SANDBOX_NAMESPACES_H

#include "client/runtime/failure.h"

/*
 * Enters new namespaces, for good: nothing of what happens there is seen outside, and they end with
 * the last process in them.  `flags` are CLONE_NEWNET and others; one of processes is for those
 * that are started then.  Who may not make them enters one of users first, where he is root and
 * alone: nobody else has a number there.  The process must have one thread.
 *
 * With CLONE_NEWNET its loopback interface is up.  With CLONE_NEWNS no mount is seen outside.  0 or
 * the failure's code.
 */
int namespaces_enter(int flags, struct failure *failure);

/* Whether this process has a number to become another user by, or is alone in its namespace. */
bool namespaces_alone(void);

/* Lays an empty /run over this one, and where that may be done a /proc of this namespace's
 * processes.  0 or the failure's code. */
int namespaces_mount(struct failure *failure);

#endif
