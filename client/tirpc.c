/* The client that rpcgen's user gets: libtirpc's own clnt_vc and clnt_dg. */
#include "client/tirpc.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/transports/hosts.h"
#include "common/rendezvous.h"

/* ---- connecting, which clnt_create() does without a limit ---- */

/* A connected socket, or -errno.  It waits in the server's queue for as long as it may send. */
static int connect_before(const struct sockaddr_un *address, int64_t deadline)
{
	int64_t left = (deadline - channel_clock()) / 1000;
	struct timeval limit = { left / 1000000, left % 1000000 };
	int r, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (left <= 0)
		r = -ETIMEDOUT;
	else if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
		 connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return fd;
	else
		r = errno == EAGAIN ? -ETIMEDOUT : -errno;
	close(fd);
	return r;
}

static int connect_to_path(const struct endpoint *endpoint, int64_t deadline, int *fd,
			   struct failure *failure)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct endpoint resolved = *endpoint;
	int r = rendezvous_resolve(&resolved);

	if (r < 0)
		return failure_system(failure, -r, "the runtime directory (see SIDECALL_DIR)");
	memcpy(address.sun_path, resolved.path, strlen(resolved.path) + 1);
	*fd = connect_before(&address, deadline);
	return *fd < 0 ? explain_connect(&resolved, -*fd, failure) : 0;
}

/* As libtirpc expects it, which waits without a limit where it writes. */
static int set_blocking(int fd)
{
	const struct timeval without_limit = { 0 };
	int flags = fcntl(fd, F_GETFL);

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &without_limit, sizeof(without_limit));
	return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? -errno : 0;
}

/* ---- libtirpc's handle ---- */

static CLIENT *create(int fd, enum endpoint_transport transport, rpcprog_t program,
		      rpcvers_t version)
{
	const int on = 1;
	struct sockaddr_storage peer = { 0 };
	socklen_t length = sizeof(peer);
	struct netbuf address = { .maxlen = sizeof(peer), .buf = &peer };

	if (set_blocking(fd) < 0 || getpeername(fd, (struct sockaddr *)&peer, &length) < 0)
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
	*client = create(fd, endpoint->transport, program, version);
	if (!*client) {
		close(fd);
		return failure_set(failure, FAILURE_SYSTEM, "libtirpc makes no client of it");
	}
	clnt_control(*client, CLSET_FD_CLOSE, NULL);
	return 0;
}
