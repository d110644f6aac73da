/* A network, and mounts, that are this process's own. */
#ifndef SIDECALL_TESTS_KIT_NAMESPACE_H
#define SIDECALL_TESTS_KIT_NAMESPACE_H

/*
 * Enters new namespaces, for good: nothing of what happens there is seen outside, and they end with
 * this process.  `flags` is CLONE_NEWNET, with CLONE_NEWNS for mounts, and with CLONE_NEWUSER where
 * it shall work without root (for root it is left out); then the process must have one thread.  The
 * loopback interface is up.  NULL, or why not.
 */
const char *namespace_enter(int flags);

#endif
