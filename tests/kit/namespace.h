/* A network, and mounts, that are this process's own. */
#ifndef SIDECALL_TESTS_KIT_NAMESPACE_H
#define SIDECALL_TESTS_KIT_NAMESPACE_H

/*
 * Enters new namespaces, for good (namespaces_enter()): `flags` is CLONE_NEWNET, with CLONE_NEWNS
 * for mounts.  Whoever is not root is root there.  The process must have one thread.  NULL, or why
 * not.
 */
const char *namespace_enter(int flags);

/* Adds an IPv4 address beyond loopback to the loopback interface: from there another machine may be
 * meant.  NULL, or why not. */
const char *namespace_add_address(const char *host);

#endif
