/* What the kernel gives: descriptors, and functions that not every Linux has. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/rights.h"
#include "doctor/place.h"
#include "doctor/say.h"

/* sidecalld serves so many connections where nobody says otherwise, and needs some more itself. */
#define CONNECTIONS 4096
#define WANTED      (CONNECTIONS + 128)

/* sidecalld takes all that it may have, so the higher limit counts. */
void look_at_descriptors(struct doctor *doctor)
{
	struct doctor_finding few;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max >= WANTED) {
		doctor_say(doctor, DOCTOR_OK, "a process may have %ju", (uintmax_t)limit.rlim_max);
		return;
	}
	few = doctor_finding(DOCTOR_NOTE,
			     "a process may have %ju: sidecalld serves fewer than %d connections",
			     (uintmax_t)limit.rlim_max, CONNECTIONS);
	doctor_command_of_root(&few, "prlimit --nofile=%d:%d --pid $$", WANTED, WANTED);
	if (geteuid() != 0) /* the shell's own number, not that of one under sudo */
		doctor_command(&few, "sudo prlimit --nofile=%d:%d --pid $$", WANTED, WANTED);
	doctor_hand_over(doctor, &few);
}

/* ---- functions of the kernel: 0, or the error ---- */

static int try_openat2(uint64_t resolve)
{
	const struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = resolve };
	long fd = syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how));

	if (fd >= 0)
		close((int)fd);
	return fd >= 0 || errno == EAGAIN ? 0 : errno;
}

static int try_in_root(void)
{
	return try_openat2(RESOLVE_IN_ROOT);
}

static int try_cached(void)
{
	return try_openat2(0x20 /* RESOLVE_CACHED, younger than some headers */);
}

static int try_seals(void)
{
	int fd = memfd_create("doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int error = fd < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

static int try_landlock(void)
{
	return syscall(444 /* landlock_create_ruleset */, NULL, 0, 1 /* its version */) < 0 ? errno
											    : 0;
}

static int try_rights(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = fd >= 0 && rights_refuse(fd) ? 0 : errno;

	if (fd >= 0)
		close(fd);
	return error;
}

static const struct feature {
	const char *name;
	int (*try)(void);
	enum doctor_state without;
	const char *loss;
	int major, minor; /* the first Linux that has it */
} features[] = {
	{ "openat2()", try_in_root, DOCTOR_FAULT, "sidecalld does not start", 5, 6 },
	{ "RESOLVE_CACHED", try_cached, DOCTOR_NOTE, "each stat goes to a thread", 5, 12 },
	{ "seals of memfd_create()", try_seals, DOCTOR_FAULT, "there is no shm", 3, 17 },
	{ "landlock", try_landlock, DOCTOR_NOTE, "it cannot confine itself to the files it serves",
	  5, 13 },
	{ "SO_PASSRIGHTS", try_rights, DOCTOR_NOTE,
	  "descriptors that clients pass are taken, and closed by a thread", 6, 16 },
};

static bool is_younger(const struct feature *feature, const char *release)
{
	int major = 0, minor = 0;

	sscanf(release, "%9d.%9d", &major, &minor);
	return major < feature->major || (major == feature->major && minor < feature->minor);
}

/* An old kernel is replaced; where a new one has it not, somebody forbade it, or did not start it.
 */
static void say_lacking(struct doctor *doctor, const struct feature *feature, int error,
			const char *release)
{
	struct doctor_finding finding = doctor_finding(
		feature->without, "%s: %s (%s). Linux %d.%d has it, this is %s%s", feature->name,
		feature->loss, strerror(error), feature->major, feature->minor, release,
		is_younger(feature, release)
			? ""
			: ": a container's filter forbids it, or the kernel was not built or "
			  "booted with it (lsm=)");

	if (is_younger(feature, release))
		doctor_command_of_root(&finding,
				       "apt-get install linux-image-$(dpkg --print-architecture) "
				       "&& systemctl reboot");
	doctor_hand_over(doctor, &finding);
}

void look_at_kernel(struct doctor *doctor)
{
	size_t count = sizeof(features) / sizeof(features[0]), lacking = 0;
	struct utsname name = { .release = "?" };

	uname(&name);
	for (size_t i = 0; i < count; i++) {
		int error = features[i].try();

		if (!error)
			continue;
		say_lacking(doctor, &features[i], error, name.release);
		lacking++;
	}
	if (!lacking)
		doctor_say(doctor, DOCTOR_OK, "Linux %s has all %zu", name.release, count);
}
