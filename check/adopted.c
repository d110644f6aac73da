/* Processes that servers leave behind: they become our children, and are ended. */
#include "check/adopted.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/clock.h"

#define TIME INT64_C(1000000000) /* nanoseconds: who forks faster than that wins */

void adopt_orphans(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* Whom we started ourselves, and do not want to end, is of our group.  A child that is not waited
 * for keeps its number, so nobody else is killed. */
static bool end_one(pid_t child)
{
	if (getpgid(child) == getpgrp())
		return false;
	kill(child, SIGKILL);
	return waitpid(child, NULL, 0) == child;
}

/* How many were ended of those that are children now. */
static unsigned int end_all(void)
{
	unsigned int ended = 0;
	char path[64];
	FILE *children;
	int child;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	children = fopen(path, "re");
	if (!children)
		return 0;
	while (fscanf(children, "%d", &child) == 1)
		ended += end_one(child);
	fclose(children);
	return ended;
}

void end_adopted(void)
{
	const int64_t end = clock_now() + TIME;

	while (end_all() && clock_now() < end)
		;
}
