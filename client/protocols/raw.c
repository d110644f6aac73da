/* The raw protocol, the client's end: our stubs, on a channel. */
#include "client/protocols/raw.h"

#include <errno.h>

#include "client/failures.h"
#include "client/procedures.h"
#include "client/runtime/transports/all.h"
#include "client/sidecalld.h"

static int connect_by_raw(struct client *client, rpcprog_t program, rpcvers_t version,
			  int64_t deadline, struct failure *failure)
{
	const struct endpoint *endpoint = &client->endpoint;
	struct sidecalld_command command;
	int code;

	(void)program, (void)version; /* one conversation is for all */
	if (client->channel)
		return 0;
	code = sidecalld_is_child(endpoint, &command)
		       ? channel_spawn(&client->channel, command.argv, endpoint, failure)
		       : channel_open(&client->channel, endpoint, deadline, failure);
	if (code)
		return code;
	raw_client_init(&client->raw, client->channel, deadline);
	channel_observe(client->channel, endpoint, false, client->observer);
	return 0;
}

static int call_by_raw(const struct procedure *procedure, struct client *client, int64_t deadline,
		       void *arguments, void *result, struct failure *failure)
{
	int r;

	client->raw.deadline = deadline;
	r = procedure->raw(arguments, result, &client->raw);
	return r == 0 ? 0 : raw_failure(client, r, failure);
}

static int begin_by_raw(const struct procedure *procedure, struct client *client, int64_t deadline,
			void *arguments, void *result, union procedure_pending *pending,
			struct failure *failure)
{
	int r;

	client->raw.deadline = deadline;
	client->raw.pending = &pending->raw;
	r = procedure->raw(arguments, result, &client->raw);
	if (r == -EINPROGRESS)
		return 0;
	return r == -EAGAIN ? r : raw_failure(client, r, failure);
}

static int finish_by_raw(const struct procedure *procedure, struct client *client,
			 const union procedure_pending *pending, const struct message *reply,
			 struct failure *failure)
{
	int r = raw_finish(&pending->raw, reply);

	(void)procedure;
	client->raw.sent = true;
	return r == 0 ? 0 : raw_failure(client, r, failure);
}

const struct client_protocol client_protocol_raw = {
	.server = "sidecalld",
	.other = "rpc",
	.on_channel = true,
	.connect = connect_by_raw,
	.call = call_by_raw,
	.begin = begin_by_raw,
	.finish = finish_by_raw,
};

/* ---- refusals (docs/protocol.md) ---- */

static int raw_busy(struct failure *failure)
{
	failure_set(failure, FAILURE_TIMEOUT,
		    "the server is busy, and this client has used its share");
	failure_advise(failure, "The call was not executed: try again");
	failure->error = EBUSY;
	return failure->code;
}

static int raw_denied(struct failure *failure)
{
	failure_set(failure, FAILURE_PERMISSION, "the server does not let this client do that");
	failure_advise(failure, "The call was not executed: ask whoever runs the server");
	return failure->code;
}

int raw_failure(const struct client *client, int result, struct failure *failure)
{
	switch (result) {
	case RAW_BAD_VERSION:
		return failure_set(failure, FAILURE_PROTOCOL,
				   "the server does not speak version %d of the raw protocol",
				   RAW_VERSION);
	case RAW_BAD_OPERATION:
		return failure_set(failure, FAILURE_PROTOCOL,
				   "the server does not have this operation");
	case RAW_BAD_REQUEST:
		return failure_set(failure, FAILURE_DATA, "the server cannot decode the arguments");
	case RAW_TOO_LARGE:
	case RAW_SERVER_ERROR:
		return failure_set(failure, FAILURE_SYSTEM,
				   "the server met a system error, or its reply was too large");
	case RAW_BUSY:
		return raw_busy(failure);
	case RAW_DENIED:
		return raw_denied(failure);
	case -EINVAL:
		return failure_unencodable(failure);
	case -EBADMSG:
		return failure_undecodable(failure);
	default:
		if (result < 0)
			return client_transport_failure(client, -result, client->raw.sent, failure);
		return failure_set(failure, FAILURE_PROTOCOL,
				   "the server refused the call with status %d, which is none",
				   result);
	}
}
