/* A real rpcbind, in a network and mounts that are this process's own. */
#include "tests/kit/rpcbind.h"

#include <netdb.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rpc/rpcb_prot.h>

#include "client/runtime/rpc.h"
#include "client/runtime/transports/all.h"
#include "common/xdr.h"
#include "sandbox/namespaces.h"
#include "sandbox/rpcbind.h"
#include "tests/kit/harness.h"
#include "tests/kit/namespace.h"

static const char *why_not = "rpcbind_enter() was not called";
static pid_t rpcbind; /* or 0 */

static const char *enter_namespaces(void)
{
	static struct failure failure;
	const char *why;

	if (!sandbox_rpcbind())
		return "rpcbind is not installed";
	if (!getservbyname("sunrpc", "tcp"))
		return "no sunrpc in /etc/services: netbase is missing";
	why = namespace_enter(CLONE_NEWNET | CLONE_NEWNS);
	return why || namespaces_mount(&failure) == 0 ? why : failure.why;
}

void rpcbind_enter(void)
{
	why_not = enter_namespaces();
}

const char *rpcbind_missing(void)
{
	return why_not;
}

enum clnt_stat rpcbind_call(rpcproc_t procedure, xdrproc_t filter, void *arguments,
			    xdrproc_t result_filter, void *result)
{
	const struct endpoint endpoint = { .protocol = ENDPOINT_RPC,
					   .transport = ENDPOINT_UNIX,
					   .path = _PATH_RPCBINDSOCK };
	const struct timeval limit = { .tv_sec = HARNESS_PATIENCE };
	enum clnt_stat status;
	struct channel *channel;
	struct failure failure;
	CLIENT *client;

	if (channel_open(&channel, &endpoint, clock_now() + HARNESS_PATIENCE * INT64_C(1000000000),
			 &failure) != 0)
		return RPC_SYSTEMERROR;
	client = rpc_client(channel, RPCBPROG, RPCBVERS4);
	status = clnt_call(client, procedure, filter, arguments, result_filter, result, limit);
	clnt_destroy(client);
	channel_close(channel);
	return status;
}

bool rpcbind_start(void)
{
	return rpcbind_start_with(NULL);
}

bool rpcbind_start_with(const char *option)
{
	bool answers;

	if (why_not) {
		harness_skip(why_not);
		return false;
	}
	rpcbind = sandbox_rpcbind_start(option);
	AWAIT((answers = sandbox_rpcbind_answers()));
	if (!answers)
		CU_FAIL_FATAL("rpcbind does not answer");
	return true;
}

pid_t rpcbind_process(void)
{
	return rpcbind;
}

void rpcbind_stop(void)
{
	if (rpcbind > 0) {
		kill(rpcbind, SIGKILL);
		waitpid(rpcbind, NULL, 0);
		unlink(_PATH_RPCBINDSOCK);
	}
	rpcbind = 0;
}
