/* A command in a set-up of its own. */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fork.h"
#include "sandbox/inside.h"
#include "sandbox/namespaces.h"

#define OF_ITS_OWN (CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC)

/* What both ends of a sandbox hold: `alive` closes when the outer one is gone, and `report` brings
 * what failed within. */
struct ends {
	int alive[2], report[2];
	sigset_t before;
};

/* ---- the inner end ---- */

/* The kernel kills us when the outer end is gone, and with us all that is within; but that may have
 * happened already, and in another namespace getppid(2) is 0 either way. */
static _Noreturn void begin_inside(const struct sandbox *sandbox, struct ends *ends)
{
	struct pollfd gone = { .fd = ends->alive[0] };

	close(ends->alive[1]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (poll(&gone, 1, 0) > 0)
		_exit(FAILURE_SYSTEM);
	close(ends->alive[0]);
	close(ends->report[0]);
	sandbox_inside(sandbox, &ends->before, ends->report[1]);
}

/* ---- the outer end ---- */

static int await_inside(pid_t inside)
{
	siginfo_t got;
	sigset_t set;
	int status;

	sandbox_signals(&set);
	while (waitpid(inside, &status, WNOHANG) == 0)
		if (sigwaitinfo(&set, &got) > 0 && got.si_signo != SIGCHLD &&
		    !sandbox_is_typed(&got))
			kill(inside, got.si_signo);
	return fork_status(status);
}

static int open_ends(struct ends *ends)
{
	sigset_t set;

	if (pipe2(ends->alive, O_CLOEXEC) < 0 || pipe2(ends->report, O_CLOEXEC) < 0)
		return -errno;
	sandbox_signals(&set);
	sigprocmask(SIG_BLOCK, &set, &ends->before);
	return 0;
}

int sandbox_run(const struct sandbox *sandbox, int *status, struct failure *failure)
{
	struct ends ends;
	pid_t inside;
	int code;

	if (open_ends(&ends) < 0)
		return failure_system(failure, errno, "pipe");
	code = namespaces_enter(OF_ITS_OWN, failure);
	if (code)
		return code;
	fflush(NULL);
	inside = fork();
	if (inside < 0)
		return failure_system(failure, errno, "fork");
	if (inside == 0)
		begin_inside(sandbox, &ends);
	close(ends.report[1]);
	*status = await_inside(inside);
	return read(ends.report[0], failure, sizeof(*failure)) == sizeof(*failure) ? failure->code
										   : 0;
}
