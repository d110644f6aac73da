/* What a service manager is told of us (sd_notify(3)). */
#include "server/runtime/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/number.h"
#include "server/runtime/log.h"

#define BEATS    4 /* in the time that the manager waits: one may be late */
#define PATIENCE 2 /* seconds for a manager that has more to read than fits */

/* A path, or a name without one behind "@" (unix(7)).  The descriptor, or -errno. */
static int connect_to(const char *name)
{
	const struct timeval limit = { .tv_sec = PATIENCE };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	int r, fd;

	if ((*name != '/' && *name != '@') || length < 2 || length >= sizeof(address.sun_path))
		return -EINVAL;
	memcpy(address.sun_path, name, length);
	if (*name == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

/* For WATCHDOG_PID, which says whom it is about: us, or a program that started us. */
unsigned int notify_period(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	int64_t microseconds = 0, process = getpid();

	if (pid && (number_read(pid, 1, INT32_MAX, &process) || process != getpid()))
		return 0;
	if (!usec || number_read(usec, 1, INT64_MAX, &microseconds))
		return 0;
	microseconds /= 1000 * BEATS;
	return microseconds < 1           ? 1
	       : microseconds > INT32_MAX ? INT32_MAX
					  : (unsigned int)microseconds;
}

void notify_connect(struct notify *notify, const char *name)
{
	*notify = (struct notify){ .fd = connect_to(name) };
}

void notify_open(struct notify *notify)
{
	const char *name = getenv("NOTIFY_SOCKET");

	*notify = (struct notify){ .fd = -1 };
	if (name)
		notify_connect(notify, name);
	if (name && notify->fd < 0)
		log_line(LOG_ERR,
			 "cannot tell the service manager at %s (NOTIFY_SOCKET) that we are ready: "
			 "%s",
			 name, strerror(-notify->fd));
	if (notify->fd >= 0)
		notify->period = notify_period();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

static void say(const struct notify *notify, const char *state, int flags)
{
	int saved = errno;

	if (notify->fd >= 0)
		(void)!send(notify->fd, state, strlen(state), MSG_NOSIGNAL | flags);
	errno = saved;
}

void notify_ready(const struct notify *notify)
{
	say(notify, "READY=1\nSTATUS=serving\n", 0);
}

void notify_alive(const struct notify *notify)
{
	say(notify, "WATCHDOG=1\n", MSG_DONTWAIT);
}

void notify_reloading(const struct notify *notify)
{
	struct timespec now;
	char state[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\n",
		 now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000);
	say(notify, state, MSG_DONTWAIT);
}

void notify_stopping(const struct notify *notify)
{
	say(notify, "STOPPING=1\nSTATUS=answering what was asked\n", MSG_DONTWAIT);
}
