/* A network, and mounts, that are this process's own. */
#ifndef SIDECALL_TESTS_KIT_NAMESPACE_H
#define SIDECALL_TESTS_KIT_NAMESPACE_H

/*
 * Enters new namespaces, for good (namespaces_enter()): `flags` is CLONE_NEWNET, with CLONE_NEWNS
 * for mounts.  Whoever is not root is root there.  The process must have one thread.  NULL, or why
 * not.
 */
const char *namespace_enter(int flags);

#endif
