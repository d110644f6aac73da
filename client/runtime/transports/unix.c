/* The unix transport, the client's end: a connection to a socket in the filesystem. */
#include <errno.h>

#include "client/runtime/stream.h"
#include "client/runtime/transports/local.h"
#include "common/rights.h"

static int unix_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		     struct failure *failure)
{
	int fd, code = connect_to_path(endpoint, deadline, &fd, failure);

	if (code)
		return code;
	*channel = stream_channel(fd, fd, channel_framing(endpoint));
	if (!*channel)
		return failure_system(failure, ENOMEM, "cannot connect");
	rights_refuse(fd);
	name_local_peers(fd, (*channel)->peers);
	return 0;
}

const struct channel_transport channel_unix = { .open = unix_open };
