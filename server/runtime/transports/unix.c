/* The unix transport, the server's end: a listening socket in the filesystem. */
#include "server/runtime/stream.h"
#include "server/runtime/transports/address.h"
#include "server/runtime/transports/all.h"
#include "server/runtime/transports/given.h"

void unix_accepted(const struct entrance *entrance, struct sessions *owner,
		   const struct connection *connection)
{
	const struct peer_id peer = peer_of_socket(connection->in);

	stream_open(owner, entrance, connection, &peer);
}

static const char *unix_listen(struct listeners *listeners, const struct endpoint *endpoint,
			       char why[SIDECALL_SVC_WHY])
{
	return listen_at_path(listeners, endpoint, unix_accepted, why);
}

const struct transport transport_unix = { .transport = ENDPOINT_UNIX, .listen = unix_listen };
