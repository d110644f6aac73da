/* A network, and mounts, that are this process's own. */
#ifndef SIDECALL_TESTS_KIT_NAMESPACE_H
#define SIDECALL_TESTS_KIT_NAMESPACE_H

/*
 * Enters new namespaces, for good (namespaces_enter()): `flags` is CLONE_NEWNET, with CLONE_NEWNS
 * for mounts.  Whoever is not root is root there.  The process must have one thread.  NULL, or why
 * not.
 */
const char *namespace_enter(int flags);

/* Enters a network of its own, whose loopback interface has this IPv4 address beside loopback's:
 * from there another machine may be meant.  As namespace_enter(). */
const char *namespace_enter_with(const char *host);

#endif
