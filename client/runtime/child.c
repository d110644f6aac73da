/* The end of servers that are our children. */
#include "client/runtime/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/clock.h"

/* Who is not, or not any more, may be anybody: his number is given anew.  So it is in a process
 * that was forked off, and where somebody else has waited for him. */
static bool is_our_child(pid_t pid)
{
	siginfo_t unused;

	return waitid(P_PID, (id_t)pid, &unused, WEXITED | WNOHANG | WNOWAIT) == 0;
}

int child_reap(pid_t child, int64_t patience)
{
	int fd, status = -1;

	if (!is_our_child(child))
		return -1;
	fd = (int)syscall(SYS_pidfd_open, child, 0);
	if (fd < 0 || clock_wait(fd, POLLIN, clock_now() + patience) < 0)
		kill(child, SIGKILL);
	if (fd >= 0)
		close(fd);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}
