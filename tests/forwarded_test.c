/* What rpcbind forwards for callers (RPCBPROC_CALLIT, `rpcbind -r`): its datagrams come from
 * loopback, whoever they are of. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <rpc/pmap_clnt.h>
#include <rpc/pmap_rmt.h>
#include <rpc/rpc.h>

#include "client/counts.h"
#include "common/xdr.h"
#include "idl/calc.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/rpcbind.h"

/* Has rpcbind call a procedure without arguments. */
static enum clnt_stat forward(rpcprog_t program, rpcvers_t version, rpcproc_t procedure,
			      struct timeval patience)
{
	struct sockaddr_in rpcbind = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	u_long port = 0;

	return pmap_rmtcall(&rpcbind, program, version, procedure, (xdrproc_t)xdr_nothing, NULL,
			    (xdrproc_t)xdr_nothing, NULL, patience, &port);
}

/* How often the status was asked for over udp. */
static uint64_t times_asked(const struct daemon *daemon)
{
	struct endpoint endpoint;
	struct failure failure;
	struct counts counts;
	struct client client;
	uint64_t times = 0;

	CU_ASSERT_PTR_NULL(endpoint_parse(&endpoint, daemon_endpoint(daemon, "rpc+unix")));
	client_init(&client, &endpoint, HARNESS_PATIENCE * INT64_C(1000000000));
	CHECK_INT(counts_ask(&client, &counts, &failure), 0);
	for (size_t i = 0; i < counts.count; i++)
		if (counts.calls[i].prog && *counts.calls[i].prog == STATUS_PROG &&
		    strcmp(counts.calls[i].transport, "udp") == 0)
			times += counts_calls(&counts.calls[i].outcomes);
	counts_release(&counts);
	client_release(&client);
	return times;
}

/* rpcbind takes one datagram after the other: when the second call is answered, it has seen the
 * first one. */
static void test_status(void)
{
	static const char *const options[] = { "--listen", "rpc+udp://127.0.0.1:0", "--listen",
					       "rpc+unix", NULL };
	const struct timeval soon = { .tv_usec = 100000 }, late = { .tv_sec = HARNESS_PATIENCE };
	struct daemon daemon;

	if (!rpcbind_start_with("-r"))
		return;
	if (!daemon_start_registered(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	CHECK_THAT(forward(STATUS_PROG, STATUS_V1, STATUS_SERVER, soon) != RPC_SUCCESS,
		   "it is told to whom rpcbind forwards for");
	CHECK_INT(forward(CALC_PROG, CALC_V2, NULLPROC, late), RPC_SUCCESS);
	CHECK_INT(times_asked(&daemon), 0);
	CHECK_INT(daemon_stop(&daemon), 0);
	rpcbind_stop();
}

static const struct test tests[] = {
	{ "not the server's status", test_status },
	{ 0 },
};

int main(void)
{
	if (!program_use_built())
		return EXIT_FAILURE;
	rpcbind_enter();
	return harness_run("forwarded", tests);
}
