/* Servers that are our children: which program it is, and their end. */
#include "client/runtime/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/clock.h"

/* The server beside the running program, or where it is installed, if there is one. */
static bool near_us(char *path, size_t size)
{
	static const char *const places[] = { CHILD_PROGRAM, "../sbin/" CHILD_PROGRAM };
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	char *name;

	if (length >= 0)
		path[length] = '\0';
	else if ((size_t)snprintf(path, size, "%s", program_invocation_name) >= size)
		return false;
	name = strrchr(path, '/'); /* there is none where there is no /proc, and we are in PATH */
	if (!name)
		return false;
	name++;
	size -= (size_t)(name - path);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if ((size_t)snprintf(name, size, "%s", places[i]) < size && access(path, X_OK) == 0)
			return true;
	return false;
}

const char *child_program(char *path, size_t size)
{
	const char *named = getenv("SIDECALLD");

	if (named && *named)
		return named;
	return near_us(path, size) ? path : CHILD_PROGRAM;
}

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
