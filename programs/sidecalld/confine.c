/* What we can do is taken from us, once everything is open. */
#include "programs/sidecalld/confine.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "programs/sidecalld/landlock.h"
#include "programs/sidecalld/seccomp.h"
#include "server/runtime/log.h"

/* What is in force, and what the kernel or the build lacks. */
static void report(const struct confinement *confinement, int landlock, int seccomp)
{
	char files[PATH_MAX + 64], calls[64];

	if (landlock)
		snprintf(files, sizeof(files),
			 "opens files below %s and its own alone (landlock %d)", confinement->root,
			 landlock);
	else
		snprintf(files, sizeof(files), "may open any file (this kernel has no landlock)");
	if (seccomp)
		snprintf(calls, sizeof(calls), "has %d system calls (seccomp)", seccomp);
	else
		snprintf(calls, sizeof(calls), "has all system calls (there is no seccomp)");
	log_line(LOG_INFO, "confined: it %s, %s, and gains no privileges", files, calls);
}

int confine(const struct confinement *confinement)
{
	int landlock, seccomp;

	/* Without it the others are for root alone. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	landlock = landlock_confine(confinement);
	if (landlock < 0)
		return landlock;
	seccomp = seccomp_confine();
	if (seccomp < 0)
		return seccomp;
	if (!confinement->quiet)
		report(confinement, landlock, seccomp);
	return 0;
}
