/* The unix transport, the server's end: a listening socket in the filesystem. */
#include "server/transports/address.h"

static void unix_accepted(struct listener *listener, int fd)
{
	listener_serve_stream(listener, fd, fd);
}

static const char *unix_listen(struct listeners *listeners, const struct endpoint *endpoint,
			       char why[LISTENER_WHY])
{
	return listen_at_path(listeners, endpoint, unix_accepted, why);
}

const struct transport transport_unix = { .transport = ENDPOINT_UNIX, .listen = unix_listen };
