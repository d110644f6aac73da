/* The unix transport, the client's end: a connection to a socket in the filesystem. */
#include <errno.h>

#include "client/stream.h"
#include "client/transports/local.h"

static int unix_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		     struct failure *failure)
{
	int fd, code = connect_to_path(endpoint, deadline, &fd, failure);

	if (code)
		return code;
	*channel = stream_channel(fd, fd, channel_framing(endpoint));
	return *channel ? 0 : failure_system(failure, ENOMEM, "cannot connect");
}

const struct channel_transport channel_unix = { .transport = ENDPOINT_UNIX, .open = unix_open };
