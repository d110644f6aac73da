/* Which files a process may open, and which addresses it may take (landlock(7)). */
#include "programs/sidecalld/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/endpoint.h"

/* What headers of Linux 5.13 do not have: newer versions of the kernel's are asked for by number.
 */
#define FIRST_FS      ((UINT64_C(1) << 13) - 1) /* version 1: all up to making symbolic links */
#define REFER         (UINT64_C(1) << 13)       /* 2 */
#define TRUNCATE      (UINT64_C(1) << 14)       /* 3 */
#define IOCTL_DEV     (UINT64_C(1) << 15)       /* 5 */
#define BIND_TCP      UINT64_C(1)               /* 4 */
#define CONNECT_TCP   UINT64_C(2)
#define ABSTRACT_UNIX UINT64_C(1) /* 6: sockets and processes of others */
#define SIGNAL        UINT64_C(2)

/* struct landlock_ruleset_attr of version 6; older kernels take its beginning. */
struct handled {
	uint64_t fs, net, scoped;
};

#define READ  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define PIPES (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE)

/* ---- the kernel's calls, which glibc 2.36 does not have ---- */

static int version_of_kernel(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

/* All that this version can refuse.  The descriptor, or -errno. */
static int create_ruleset(int version, bool may_connect)
{
	struct handled handled = { .fs = FIRST_FS };
	size_t size = version < 4   ? sizeof(handled.fs)
		      : version < 6 ? 2 * sizeof(handled.fs)
				    : sizeof(handled);
	long fd;

	handled.fs |= version >= 2 ? REFER : 0;
	handled.fs |= version >= 3 ? TRUNCATE : 0;
	handled.fs |= version >= 5 ? IOCTL_DEV : 0;
	handled.net = BIND_TCP | (may_connect ? 0 : CONNECT_TCP);
	handled.scoped = ABSTRACT_UNIX | SIGNAL;
	fd = syscall(SYS_landlock_create_ruleset, &handled, size, 0);
	return fd < 0 ? -errno : (int)fd;
}

/* 0 or -errno. */
static int allow(int ruleset, int fd, uint64_t access)
{
	const struct landlock_path_beneath_attr rule = { .allowed_access = access,
							 .parent_fd = fd };

	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return -errno;
	return 0;
}

/* ---- what is allowed ---- */

/* Where there is no such file there is nothing to allow. */
static int allow_path(int ruleset, const char *path, uint64_t access)
{
	int r, fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -errno;
	r = allow(ruleset, fd, access);
	close(fd);
	return r;
}

/* /proc makes its files anew when nobody has them open, and then they are others: so these stay
 * open, without being read by it. */
static int allow_proc(int ruleset)
{
	static const struct {
		const char *path;
		uint64_t access;
	} places[] = {
		/* how idle the processors are: server/runtime/balance.c */
		{ "/proc/uptime", LANDLOCK_ACCESS_FS_READ_FILE },
		/* how large the first thread's stack is, and what sanitizers look at: only what we
		   are */
		{ "/proc/self/", READ },
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
		/* where sanitizers find the names of functions: tests/tsan.supp */
		{ "/proc/self/exe", LANDLOCK_ACCESS_FS_READ_FILE },
		{ "/usr/lib", READ },
#endif
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && r == 0; i++) {
		int fd = open(places[i].path, O_PATH | O_CLOEXEC);

		if (fd >= 0)
			r = allow(ruleset, fd, places[i].access);
	}
	return r;
}

/* A socket's file and its lock are removed; of named pipes clients' own are opened, too. */
static int allow_endpoint(int ruleset, const struct endpoint *endpoint)
{
	char path[ENDPOINT_MAX_PATH];

	if (!endpoint_has_path(endpoint) || !endpoint->path[0])
		return 0;
	if (endpoint->transport == ENDPOINT_FIFO)
		return allow_path(ruleset, endpoint->path, PIPES);
	memcpy(path, endpoint->path, sizeof(path));
	return allow_path(ruleset, dirname(path), LANDLOCK_ACCESS_FS_REMOVE_FILE);
}

static int allow_all(int ruleset, const struct confinement *confinement)
{
	struct sidecall_svc *svc = confinement->svc;
	struct endpoint endpoint;
	const char *address;
	int r = allow(ruleset, confinement->root_fd, READ);

	if (r == 0)
		r = allow_proc(ruleset);
	for (unsigned int i = 0; r == 0 && (address = sidecall_svc_address(svc, i)); i++)
		r = endpoint_parse(&endpoint, address) ? -EINVAL
						       : allow_endpoint(ruleset, &endpoint);
	return r;
}

int landlock_confine(const struct confinement *confinement)
{
	int version = version_of_kernel(), ruleset, r;

	if (!version)
		return 0;
	ruleset = create_ruleset(version, confinement->asks_rpcbind);
	if (ruleset < 0)
		return ruleset;
	r = allow_all(ruleset, confinement);
	if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		r = -errno;
	close(ruleset);
	return r < 0 ? r : version;
}
