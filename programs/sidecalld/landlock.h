/* Which files a process may open, and which addresses it may take (landlock(7)). */
#ifndef SIDECALL_PROGRAMS_SIDECALLD_LANDLOCK_H
#define SIDECALL_PROGRAMS_SIDECALLD_LANDLOCK_H

#include "programs/sidecalld/confine.h"

/*
 * From now on this thread, and those that it starts, reads below the root, and in the directories
 * of named pipes; writes to named pipes there; removes files where we listen; and does no more with
 * files that it has not open.  TCP ports are not bound any more, and connected to only to look at
 * what rpcbind knows.  The kernel's version of landlock (1 and up), 0 where it has none, or -errno.
 */
int landlock_confine(const struct confinement *confinement);

#endif
