/* The table of the client's protocols. */
#include "client/protocols/all.h"

static const struct client_protocol *const protocols[] = {
	[ENDPOINT_RPC] = &client_protocol_rpc,
	[ENDPOINT_RAW] = &client_protocol_raw,
	[ENDPOINT_TIRPC] = &client_protocol_tirpc,
};

const struct client_protocol *client_protocol(const struct endpoint *endpoint)
{
	return protocols[endpoint->protocol];
}
