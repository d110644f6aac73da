/* The client that rpcgen's user gets: libtirpc's own clnt_vc and clnt_dg. */
#include "client/runtime/tirpc.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/transports/hosts.h"
#include "client/runtime/transports/local.h"
#include "common/blocking.h"

/* ---- libtirpc's handle, on a socket of ours: clnt_create() connects without a limit ---- */

static CLIENT *create_on_socket(int fd, enum endpoint_transport transport, rpcprog_t program,
				rpcvers_t version)
{
	const int on = 1;
	struct sockaddr_storage peer = { 0 };
	socklen_t length = sizeof(peer);
	struct netbuf address = { .maxlen = sizeof(peer), .buf = &peer };

	if (blocking_set(fd, true) < 0 || getpeername(fd, (struct sockaddr *)&peer, &length) < 0)
		return NULL;
	address.len = length;
	if (transport == ENDPOINT_UDP)
		return clnt_dg_create(fd, &address, program, version, 0, 0);
	if (transport == ENDPOINT_TCP) /* as clnt_tli_create() does */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return clnt_vc_create(fd, &address, program, version, 0, 0);
}

int tirpc_client(CLIENT **client, const struct endpoint *endpoint, rpcprog_t program,
		 rpcvers_t version, int64_t deadline, struct failure *failure)
{
	int type = endpoint->transport == ENDPOINT_UDP ? SOCK_DGRAM : SOCK_STREAM;
	int fd, code;

	code = endpoint_has_host(endpoint) ? connect_to_host(endpoint, type, deadline, &fd, failure)
					   : connect_to_path(endpoint, deadline, &fd, failure);
	if (code)
		return code;
	*client = create_on_socket(fd, endpoint->transport, program, version);
	if (!*client) {
		close(fd);
		return failure_set(failure, FAILURE_SYSTEM, "libtirpc makes no client of it");
	}
	clnt_control(*client, CLSET_FD_CLOSE, NULL);
	return 0;
}
