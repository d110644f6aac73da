/* Which system calls there are for a process (seccomp(2)), by libseccomp. */
#include "programs/sidecalld/seccomp.h"

#ifdef WITH_SECCOMP

#include <errno.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>

/* Those that glibc makes of others on some processors, as ..64 and ..time64, are among them; what a
 * processor does not have is passed over. */
static const char *const allowed[] = {
	/* memory */
	"brk",
	"mmap",
	"mmap2",
	"munmap",
	"mremap",
	"mprotect",
	"madvise",
	"memfd_create",
	/* threads */
	"exit",
	"exit_group",
	"futex",
	"futex_time64",
	"set_robust_list",
	"rseq",
	"gettid",
	"sched_yield",
	"sched_getaffinity",
	"setpriority",
	"membarrier",
	/* signals, abort() among them */
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigreturn",
	"rt_sigpending",
	"sigaltstack",
	"restart_syscall",
	"tgkill",
	/* time */
	"clock_gettime",
	"clock_gettime64",
	"clock_getres",
	"clock_getres_time64",
	"gettimeofday",
	"time",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"nanosleep",
	"timerfd_create",
	"timerfd_settime",
	"timerfd_settime64",
	/* waiting */
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"eventfd2",
	"poll",
	"ppoll",
	"ppoll_time64",
	/* files: opened by openat2() below the root; the rest by names that landlock knows */
	"open",
	"openat",
	"openat2",
	"close",
	"read",
	"readv",
	"pread64",
	"preadv",
	"preadv2",
	"write",
	"writev",
	"lseek",
	"_llseek",
	"fcntl",
	"fcntl64",
	"dup",
	"dup2",
	"dup3",
	"fstat",
	"fstat64",
	"stat",
	"stat64",
	"lstat",
	"lstat64",
	"newfstatat",
	"fstatat64",
	"statx",
	"fstatfs",
	"fstatfs64",
	"statfs",
	"statfs64",
	"getdents64",
	"readlink",
	"readlinkat",
	"unlink",
	"unlinkat",
	"ftruncate",
	"ftruncate64",
	"fadvise64",
	"fadvise64_64",
	"access",
	"faccessat",
	"faccessat2",
	"getcwd",
	/* sockets that are there, and rpcbind's; socketcall() is all of them on some processors */
	"socket",
	"connect",
	"accept",
	"accept4",
	"shutdown",
	"getsockname",
	"getpeername",
	"getsockopt",
	"setsockopt",
	"send",
	"sendto",
	"sendmsg",
	"sendmmsg",
	"recv",
	"recvfrom",
	"recvmsg",
	"recvmmsg",
	"recvmmsg_time64",
	"socketcall",
	/* who we are, and what we may have */
	"getpid",
	"getuid",
	"getuid32",
	"geteuid",
	"geteuid32",
	"getgid",
	"getgid32",
	"getegid",
	"getegid32",
	"prlimit64",
	"getrlimit",
	"ugetrlimit",
	"sysinfo",
	"uname",
	"getrandom",
};

/* These are refused, so that whoever tries learns it.  Of all others glibc is told that the kernel
 * is too old for them: then it makes do with what there is. */
static const char *const refused[] = { "execve", "execveat", "fork",  "vfork",
				       "ptrace", "bind",     "listen" };

/* What bytes wait in a socket, and whether a descriptor is a terminal; not what types into one. */
static const unsigned int requests[] = { FIONREAD, SIOCOUTQ, TCGETS };

/* Where clone() has its flags. */
#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* 0, or -errno; of a call that this processor does not have nothing is said. */
static int add_rule(scmp_filter_ctx filter, uint32_t action, const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, action, number, 0);
}

/* Threads, no processes; what clone3() is asked for stands where no filter looks, so glibc has to
 * make do with clone(). */
static int add_parts_of_calls(scmp_filter_ctx filter)
{
	int r = seccomp_rule_add(
		filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		SCMP_CMP64(CLONE_FLAGS, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

	/* The kernel looks at half of the request's word. */
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]) && r == 0; i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				     SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, 0xffffffff, requests[i]));
	return r;
}

static int add_rules(scmp_filter_ctx filter)
{
	int r = add_parts_of_calls(filter);

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && r == 0; i++)
		r = add_rule(filter, SCMP_ACT_ALLOW, allowed[i]);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && r == 0; i++)
		r = add_rule(filter, SCMP_ACT_ERRNO(EPERM), refused[i]);
	return r;
}

int seccomp_confine(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int r;

	if (!filter)
		return -ENOMEM;
	/* Old kernels would slow every call down, against a fault of processors that is no concern
	 * of a process that runs nobody's code. */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	r = add_rules(filter);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	if (r == -EINVAL || r == -ECANCELED) /* the kernel has no filters, or qemu-user has none */
		return 0;
	return r < 0 ? r : (int)(sizeof(allowed) / sizeof(allowed[0])) + 2; /* clone(), ioctl() */
}

#else

int seccomp_confine(void)
{
	return 0;
}

#endif
