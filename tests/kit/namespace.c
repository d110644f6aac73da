/* A network, and mounts, that are this process's own. */
#include "tests/kit/namespace.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

static bool bring_loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;

	if (fd >= 0)
		close(fd);
	return up;
}

const char *namespace_enter(int flags)
{
	if (geteuid() == 0)
		flags &= ~CLONE_NEWUSER;
	if (unshare(flags) < 0)
		return "not permitted to make a network namespace: root may";
	if ((flags & CLONE_NEWNS) && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return errno == EINVAL ? "in a chroot mounts cannot be made private"
				       : "not permitted to mount";
	return bring_loopback_up() ? NULL : "the loopback interface does not come up";
}
