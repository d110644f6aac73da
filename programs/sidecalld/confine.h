/*
 * What we can do is taken from us, once everything is open: so whoever finds a hole in us finds
 *little behind it.  It is a second fence.  The first is what the code does: openat2(2) keeps each
 *path below the root.
 *
 *	no new privileges   no program that is started gains rights (prctl(2), PR_SET_NO_NEW_PRIVS)
 *	landlock            which files may be opened, and no new addresses (landlock(7))
 *	seccomp             which system calls there are (seccomp(2)); no program is started
 */
#ifndef SIDECALL_PROGRAMS_SIDECALLD_CONFINE_H
#define SIDECALL_PROGRAMS_SIDECALLD_CONFINE_H

#include "server/runtime/svc.h"

struct confinement {
	const char *root; /* what is served, for people */
	int root_fd;
	struct sidecall_svc *svc; /* which listens wherever it ever will */
	bool asks_rpcbind;        /* and looks at servers that it knows */
	bool quiet;               /* nothing is logged but what goes wrong */
};

/*
 * Confines this thread, and all that are started from now on: it must be the only one.  What the
 * kernel or the build lacks is left out.  What is in force is logged.  0, or -errno when the kernel
 * has it and yet refuses.
 */
int confine(const struct confinement *confinement);

#endif
