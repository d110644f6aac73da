/*
 * A server as rpcgen's user has it, for `make bench`: `adder` serves by libtirpc's svc_run(),
 * `adder library` on our runtime.  It prints its endpoint, a free port of this machine, once it
 * listens.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <sidecall/svc.h>

#include "adder.h"

void adder_prog_1(struct svc_req *request, SVCXPRT *transport);

adder_result *adder_add_1_svc(adder_operands *operands, struct svc_req *request)
{
	static adder_result result;

	(void)request;
	result.adder_result_u.value = operands->a + operands->b;
	return &result;
}

static void serve_by_library(void)
{
	static const struct sidecall_svc_program programs[] = {
		{ .program = ADDER_PROG, .version = ADDER_V1, .dispatch = adder_prog_1 },
		{ 0 },
	};
	struct sidecall_svc *svc = sidecall_svc_create(programs, NULL, NULL);
	char why[SIDECALL_SVC_WHY];

	if (!svc || sidecall_svc_listen(svc, "rpc+tcp://127.0.0.1:0", why))
		errx(EXIT_FAILURE, "cannot listen");
	puts(sidecall_svc_address(svc, 0));
	fflush(stdout);
	sidecall_svc_run(svc);
}

static void serve_by_svc_run(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	SVCXPRT *transport;

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, SOMAXCONN) < 0)
		err(EXIT_FAILURE, "cannot listen");
	transport = svc_vc_create(fd, 0, 0);
	if (!transport || !svc_reg(transport, ADDER_PROG, ADDER_V1, adder_prog_1, NULL))
		errx(EXIT_FAILURE, "libtirpc makes no server of it");
	getsockname(fd, (struct sockaddr *)&address, &length);
	printf("rpc+tcp://127.0.0.1:%d\n", ntohs(address.sin_port));
	fflush(stdout);
	svc_run();
}

int main(int argc, char **argv)
{
	(void)argv;
	argc > 1 ? serve_by_library() : serve_by_svc_run();
	return EXIT_FAILURE;
}
