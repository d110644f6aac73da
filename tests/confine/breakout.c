/*
 * Loaded into sidecalld (LD_PRELOAD), in the place of whoever took it over: where each of its loops
 * waits for the first time, it tries what it must not, and says on standard error what came of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The error, or 0. */
static int error_of(int result)
{
	return result < 0 ? errno : 0;
}

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600), error = error_of(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

/* Where nothing is: it is not reached when it is refused, and else it is not there. */
static int try_exec(void)
{
	char *const words[] = { "/nowhere/at/all", NULL };

	return error_of(execv(words[0], words));
}

static int try_bind(void)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = error_of(bind(fd, (const struct sockaddr *)&address, sizeof(address)));

	close(fd);
	return error;
}

/* A terminal would read it as if it were typed; this is none. */
static int try_type(void)
{
	return error_of(ioctl(STDERR_FILENO, TIOCSTI, "x"));
}

static int try_fork(void)
{
	pid_t child = fork(); /* by clone() */

	if (child == 0)
		_exit(0);
	return error_of(child);
}

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
	static __thread int tried;
	const char *secret = getenv("BREAKOUT_READ"), *made = getenv("BREAKOUT_WRITE");

	if (!tried++ && secret && made)
		dprintf(STDERR_FILENO,
			"breakout: read %d write %d exec %d bind %d type %d fork %d\n",
			try_open(secret, O_RDONLY), try_open(made, O_WRONLY | O_CREAT), try_exec(),
			try_bind(), try_type(), try_fork());
	return epoll_pwait(epoll, events, count, timeout, NULL);
}
