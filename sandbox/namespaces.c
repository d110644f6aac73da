/* Namespaces of this process's own. */
#include "sandbox/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- users ---- */

/* What there is to say to a file of /proc.  0 or -errno. */
static int say(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* The user, and his group, are root there: user_namespaces(7).  Groups are given up for ever
 * first, or a user could leave one that is refused something. */
static int become_root(uid_t user, gid_t group)
{
	char users[32], groups[32];
	int r = say("/proc/self/setgroups", "deny");

	snprintf(users, sizeof(users), "0 %u 1", user);
	snprintf(groups, sizeof(groups), "0 %u 1", group);
	if (r == 0)
		r = say("/proc/self/uid_map", users);
	return r == 0 ? say("/proc/self/gid_map", groups) : r;
}

bool namespaces_alone(void)
{
	unsigned int inside, outside, count = 0;
	FILE *map = fopen("/proc/self/uid_map", "re");
	bool alone = map && fscanf(map, "%u %u %u", &inside, &outside, &count) == 3 && count == 1;

	if (map)
		fclose(map);
	return alone;
}

/* ---- what is refused ---- */

/* Whether a switch of the kernel's stands there and is at this number. */
static bool is_set(const char *path, int number)
{
	FILE *file = fopen(path, "re");
	int found;
	bool set = file && fscanf(file, "%d", &found) == 1 && found == number;

	if (file)
		fclose(file);
	return set;
}

/* Root may have had the kernel refuse users' namespaces, in one of three ways. */
static int refused(struct failure *failure, const char *what, int error)
{
	static const struct {
		const char *path;
		int refusing;
		const char *mend;
	} switches[] = {
		{ "/proc/sys/kernel/unprivileged_userns_clone", 0,
		  "sysctl -w kernel.unprivileged_userns_clone=1" },
		{ "/proc/sys/user/max_user_namespaces", 0,
		  "sysctl -w user.max_user_namespaces=10000" },
		{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
		  "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" },
	};
	const char *mend = NULL;

	failure_set(failure, FAILURE_PERMISSION, "%s: %s", what, strerror(error));
	failure->error = error;
	for (size_t i = 0; !mend && i < sizeof(switches) / sizeof(switches[0]); i++)
		if (is_set(switches[i].path, switches[i].refusing))
			mend = switches[i].mend;
	snprintf(failure->advice, sizeof(failure->advice),
		 mend ? "Run it as root, or let users make namespaces: %s"
		      : "Run it as root, outside of chroots and containers that forbid it",
		 mend);
	return failure->code;
}

/* ---- entering ---- */

static int bring_loopback_up(struct failure *failure)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	int error = errno;

	if (fd >= 0)
		close(fd);
	return up ? 0 : refused(failure, "the loopback interface does not come up", error);
}

int namespaces_enter(int flags, struct failure *failure)
{
	uid_t user = geteuid();
	gid_t group = getegid();
	int r;

	if (unshare(flags) < 0) {
		if (errno != EPERM || unshare(flags | CLONE_NEWUSER) < 0)
			return refused(failure, "namespaces cannot be made", errno);
		r = become_root(user, group);
		if (r < 0)
			return refused(failure, "nobody can be root in a namespace of users", -r);
	}
	if ((flags & CLONE_NEWNS) && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return refused(failure, "mounts cannot be made private", errno);
	return flags & CLONE_NEWNET ? bring_loopback_up(failure) : 0;
}

int namespaces_mount(struct failure *failure)
{
	if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
		return refused(failure, "/run cannot be mounted", errno);
	/* Where something lies over a part of /proc, as in containers, there is no other for users.
	 * The old one does, but for names: processes have other numbers in it. */
	mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	return 0;
}
