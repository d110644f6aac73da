/*
 * A server that knows libtirpc alone.  One of its threads serves, and is called all the time, while
 * the first registers dispatchers and unregisters them.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "threads.h"

#define VERSIONS 40
#define ROUNDS   1000

static SVCXPRT *transport;

static void *call_always(void *argument)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(transport->xp_port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct timeval limit = { .tv_sec = 60 };
	int fd = RPC_ANYSOCK;
	CLIENT *client = clnttcp_create(&in, PROGRAM, 1, &fd, 0, 0);

	(void)argument;
	if (!client)
		errx(EXIT_FAILURE, "it cannot be called");
	while (clnt_call(client, NULLPROC, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void, NULL,
			 limit) == RPC_SUCCESS)
		;
	errx(EXIT_FAILURE, "%s", clnt_sperror(client, "a call"));
}

static void change_all(void)
{
	for (rpcvers_t version = 2; version < 2 + VERSIONS; version++)
		if (!svc_reg(transport, PROGRAM, version, dispatch, NULL))
			errx(EXIT_FAILURE, "it cannot be registered");
	for (rpcvers_t version = 2; version < 2 + VERSIONS; version++)
		svc_unreg(PROGRAM, version);
}

int main(void)
{
	transport = svctcp_create(RPC_ANYSOCK, 0, 0);
	if (!transport || !svc_reg(transport, PROGRAM, 1, dispatch, NULL))
		errx(EXIT_FAILURE, "it cannot be registered");
	printf("%d %d\n", (int)transport->xp_port, (int)getpid());
	fflush(stdout);
	start_thread(serve);
	start_thread(call_always);
	for (int i = 0; i < ROUNDS; i++)
		change_all();
	_exit(5);
}
