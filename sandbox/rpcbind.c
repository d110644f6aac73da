/* An rpcbind of one's own, for a network of one's own. */
#include "sandbox/rpcbind.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rpc/rpc.h>

#include "client/runtime/clock.h"
#include "client/runtime/rpc.h"
#include "client/runtime/transports/all.h"
#include "common/duration.h"
#include "common/fork.h"
#include "common/xdr.h"
#include "sandbox/namespaces.h"

const char *sandbox_rpcbind(void)
{
	static const char *const places[] = { "/usr/sbin/rpcbind", "/sbin/rpcbind" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

/* ---- starting ---- */

#define LOADED(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define DONE_IF(number)                                                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                                       \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO)

/*
 * rpcbind becomes another user, and ends when it cannot.  Whoever is alone in a namespace of users
 * has no other to become, so the kernel answers that it was done, and does nothing: what it is kept
 * from there is the namespace's to say.  It confines nobody.
 */
static int stay_the_same_user(void)
{
	static struct sock_filter filter[] = {
		LOADED(nr),
		DONE_IF(SYS_setgroups),
		DONE_IF(SYS_setgid),
		DONE_IF(SYS_setuid),
#ifdef SYS_setuid32
		DONE_IF(SYS_setgroups32),
		DONE_IF(SYS_setgid32),
		DONE_IF(SYS_setuid32),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	static const struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0
		       ? -errno
		       : 0;
}

pid_t sandbox_rpcbind_start(const char *option)
{
	const char *program = sandbox_rpcbind();
	pid_t pid;

	if (!program)
		return -ENOENT;
	if (mkdir("/run/rpcbind", 0755) < 0 && errno != EEXIST)
		return -errno;
	pid = fork_tied();
	if (pid < 0)
		return -errno;
	if (pid > 0)
		return pid;
	setsid(); /* what is typed is not for it */
	if (!namespaces_alone() || stay_the_same_user() == 0)
		execl(program, program, "-f", option, (char *)NULL);
	_exit(127);
}

/* ---- looking ---- */

bool sandbox_rpcbind_answers(void)
{
	const struct endpoint endpoint = { .protocol = ENDPOINT_RPC,
					   .transport = ENDPOINT_UNIX,
					   .path = _PATH_RPCBINDSOCK };
	const struct timeval limit = { .tv_sec = 1 };
	enum clnt_stat status;
	struct channel *channel;
	struct failure failure;
	CLIENT *client;

	if (channel_open(&channel, &endpoint, clock_now() + SECOND, &failure) != 0)
		return false;
	client = rpc_client(channel, RPCBPROG, RPCBVERS4);
	if (!client) {
		channel_close(channel);
		return false;
	}
	status = clnt_call(client, NULLPROC, xdr_nothing, NULL, xdr_nothing, NULL, limit);
	clnt_destroy(client);
	channel_close(channel);
	return status == RPC_SUCCESS;
}
