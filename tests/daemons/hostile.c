/* Clients that mean a daemon no good, each in a process of its own until it is ended. */
#include "tests/daemons/hostile.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "common/duration.h"
#include "common/fork.h"

#define PATIENCE (5 * SECOND)

static int enter(const struct target *target)
{
	return place_connect(&target->place, false, clock_now() + PATIENCE);
}

static void stay(void)
{
	for (;;)
		pause();
}

void hostile_two_bytes(const struct target *target)
{
	int fd = enter(target);

	bytes_send(fd, "\200", 2, clock_now() + PATIENCE);
	stay();
}

pid_t hostile_start(hostile_act *act, const struct target *target)
{
	pid_t pid = fork_tied();

	if (pid)
		return pid;
	if (target->far >= 0)
		setns(target->far, CLONE_NEWNET);
	act(target);
	_exit(0);
}

void hostile_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
