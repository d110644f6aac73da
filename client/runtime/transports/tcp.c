/* The tcp transport, the client's end: a connection to the first address that takes it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "client/runtime/stream.h"
#include "client/runtime/transports/hosts.h"

static int tcp_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		    struct failure *failure)
{
	const int on = 1;
	int fd, code = connect_to_host(endpoint, SOCK_STREAM, deadline, &fd, failure);

	if (code)
		return code;
	/* A call leaves as it is written: waiting for more (Nagle) only delays it. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*channel = stream_channel(fd, fd, channel_framing(endpoint));
	if (!*channel)
		return failure_system(failure, ENOMEM, "cannot connect");
	name_peers(fd, (*channel)->peers);
	return 0;
}

const struct channel_transport channel_tcp = { .open = tcp_open };
