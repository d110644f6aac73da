/* The tirpc protocol, the client's end: rpcgen's stubs, on libtirpc's own CLIENTs. */
#include "client/protocols/rpc.h"

static int connect_by_tirpc(struct client *client, rpcprog_t program, rpcvers_t version,
			    int64_t deadline, struct failure *failure)
{
	int code;

	if (rpc_find(client, program, version))
		return 0;
	code = rpc_create(client, program, version, deadline, failure);
	if (code == 0 && client->observer)
		client->observer->opened(client->observer, NULL, &client->endpoint, false);
	return code;
}

const struct client_protocol client_protocol_tirpc = {
	.server = "sidecalld --stock",
	.other = "raw",
	.connect = connect_by_tirpc,
	.call = call_by_rpc,
};
