/*
 * A server that knows libtirpc alone.  One of its threads serves, and the first forks all the time:
 * processes that register and unregister something, later while a third thread does so, too.
 */
#include <err.h>
#include <netconfig.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rpc/rpc.h>
#include <rpc/rpcb_clnt.h>

#include "threads.h"

#define FORKS 60

static struct netconfig *tcp;
static SVCXPRT *transport;

static void change(rpcvers_t version)
{
	rpcb_set(PROGRAM, version, tcp, &transport->xp_ltaddr);
	rpcb_unset(PROGRAM, version, tcp);
}

static void *change_always(void *argument)
{
	(void)argument;
	for (;;)
		change(7);
	return NULL;
}

static void fork_once(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* it may be waiting for ever */
		change(8);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		errx(EXIT_FAILURE, "a child ends with %#x", (unsigned int)status);
}

static void fork_often(void)
{
	for (int i = 0; i < FORKS; i++)
		fork_once();
}

int main(void)
{
	tcp = getnetconfigent("tcp");
	transport = svctcp_create(RPC_ANYSOCK, 0, 0);
	if (!tcp || !transport || !svc_reg(transport, PROGRAM, 1, dispatch, tcp))
		errx(EXIT_FAILURE, "it cannot be registered");
	printf("%d %d\n", (int)transport->xp_port, (int)getpid());
	fflush(stdout);
	start_thread(serve);
	fork_often();
	start_thread(change_always);
	fork_often();
	_exit(5);
}
