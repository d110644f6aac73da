/* Calls by the stubs that rpcgen writes, over any transport: how a CLIENT comes to be. */
#include "client/runtime/clnt.h"

#include <stdio.h>

#include "client/runtime/discover.h"
#include "client/runtime/rpc.h"
#include "client/runtime/tirpc.h"
#include "client/runtime/transports/all.h"

/* Makes a CLIENT that has the channel alone.  0 or the failure's code. */
static int take_channel(CLIENT **client, struct channel *channel, rpcprog_t program,
			rpcvers_t version, struct failure *failure)
{
	*client = rpc_client(channel, program, version);
	channel_close(channel); /* the client has its share */
	return *client ? 0 : failure_set(failure, FAILURE_SYSTEM, "out of memory");
}

/* An endpoint whose address is complete. */
static int connect_to(CLIENT **client, const struct endpoint *endpoint, rpcprog_t program,
		      rpcvers_t version, int64_t deadline, struct failure *failure)
{
	struct channel *channel;
	int code;

	if (endpoint->protocol == ENDPOINT_TIRPC)
		return tirpc_client(client, endpoint, program, version, deadline, failure);
	code = channel_open(&channel, endpoint, deadline, failure);
	return code ? code : take_channel(client, channel, program, version, failure);
}

static int create_client(CLIENT **client, const char *text, rpcprog_t program, rpcvers_t version,
			 int64_t deadline, struct failure *failure)
{
	const struct discover_request request = { program, version, NULL, deadline, NULL };
	struct endpoint endpoint;
	const char *wrong = endpoint_parse(&endpoint, text);
	int code = 0;

	if (!wrong && !endpoint_speaks_rpc(&endpoint))
		wrong = "a CLIENT speaks rpc, as in rpc+tcp";
	if (wrong)
		return failure_set(failure, FAILURE_USAGE, "%s", wrong);
	if (endpoint_asks_rpcbind(&endpoint))
		code = discover(&endpoint, &request, failure);
	return code ? code : connect_to(client, &endpoint, program, version, deadline, failure);
}

static CLIENT *set_error(const struct failure *failure, struct sidecall_error *error)
{
	error->code = failure->code;
	error->error = failure->error;
	snprintf(error->text, sizeof(error->text), "%s", failure->why);
	return NULL;
}

CLIENT *sidecall_clnt_create(const char *endpoint, rpcprog_t program, rpcvers_t version,
			     const struct timeval *timeout, struct sidecall_error *error)
{
	int64_t deadline = clock_deadline(*timeout);
	struct failure failure;
	CLIENT *client;

	if (create_client(&client, endpoint, program, version, deadline, &failure))
		return set_error(&failure, error);
	return client;
}

CLIENT *sidecall_clnt_spawn(const char *const *command, rpcprog_t program, rpcvers_t version,
			    struct sidecall_error *error)
{
	const struct endpoint endpoint = { .protocol = ENDPOINT_RPC, .transport = ENDPOINT_PIPE };
	struct failure failure;
	struct channel *channel;
	CLIENT *client;

	if (channel_spawn(&channel, command, &endpoint, &failure) ||
	    take_channel(&client, channel, program, version, &failure))
		return set_error(&failure, error);
	return client;
}
