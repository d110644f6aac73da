/* The end of servers that are our children. */
#include "client/runtime/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/clock.h"

int child_reap(pid_t child, int64_t patience)
{
	int fd = (int)syscall(SYS_pidfd_open, child, 0);
	int status = -1;

	if (fd < 0 || clock_wait(fd, POLLIN, clock_now() + patience) < 0)
		kill(child, SIGKILL);
	if (fd >= 0)
		close(fd);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}
