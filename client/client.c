/* One caller of the service: an endpoint, the channel to it, and the clients of both protocols. */
#include "client/client.h"

#include <errno.h>
#include <string.h>

#include "client/discover.h"
#include "client/rpc.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void client_init(struct client *client, const struct endpoint *endpoint, int64_t timeout)
{
	memset(client, 0, sizeof(*client));
	client->endpoint = *endpoint;
	client->timeout = timeout;
}

void client_release(struct client *client)
{
	for (size_t i = 0; i < COUNT(client->rpc); i++)
		if (client->rpc[i].client)
			clnt_destroy(client->rpc[i].client);
	raw_client_release(&client->raw);
	channel_close(client->channel);
	memset(client, 0, sizeof(*client));
}

int client_connect(struct client *client, rpcprog_t program, rpcvers_t version,
		   struct failure *failure)
{
	int64_t deadline = channel_clock() + client->timeout;
	struct endpoint *endpoint = &client->endpoint;
	int code = 0;

	if (client->channel)
		return 0;
	if (endpoint->protocol != ENDPOINT_RAW && endpoint_has_host(endpoint) && endpoint->port < 0)
		code = discover(endpoint, program, version, deadline, client->observer, failure);
	if (code == 0)
		code = channel_open(&client->channel, endpoint, deadline, failure);
	if (code)
		return code;
	channel_observe(client->channel, endpoint, false, client->observer);
	raw_client_init(&client->raw, client->channel, client->timeout);
	return 0;
}

CLIENT *client_rpc(struct client *client, rpcprog_t program, rpcvers_t version)
{
	struct timeval timeout = { client->timeout / 1000000000,
				   client->timeout % 1000000000 / 1000 };
	size_t i = 0;

	for (; i < COUNT(client->rpc) && client->rpc[i].client; i++)
		if (client->rpc[i].program == program && client->rpc[i].version == version)
			return client->rpc[i].client;
	if (i == COUNT(client->rpc))
		return NULL;
	client->rpc[i].program = program;
	client->rpc[i].version = version;
	client->rpc[i].client = rpc_client(client->channel, program, version);
	if (client->rpc[i].client)
		clnt_control(client->rpc[i].client, CLSET_TIMEOUT, &timeout);
	return client->rpc[i].client;
}

/* ---- failures of the transport: the same for both protocols ---- */

static int transport_failure(const struct client *client, int error, bool sent,
			     struct failure *failure)
{
	const char *fate = sent ? "The call may have been executed" : "The call was not executed";

	if (error == ETIMEDOUT)
		failure_set(failure, FAILURE_TIMEOUT, "timed out after %g s",
			    (double)client->timeout / 1e9);
	else if (error == ECONNRESET || error == EPIPE)
		failure_set(failure, FAILURE_UNAVAILABLE,
			    "the server closed the connection before it replied");
	else if (error == ECONNREFUSED)
		failure_set(failure, FAILURE_UNAVAILABLE, "nobody listens there");
	else if (error == EPROTO)
		failure_set(failure, FAILURE_PROTOCOL, "what came back is no reply to this call");
	else if (error == EMSGSIZE)
		failure_set(failure, FAILURE_PROTOCOL,
			    "what came back is longer than a reply may be, or no reply at all");
	else
		failure_system(failure, error, sent ? "receiving" : "sending");
	failure_advise(failure, "%s", fate);
	return failure->code;
}

static int undecodable(struct failure *failure)
{
	failure_set(failure, FAILURE_DATA, "the result in the reply cannot be decoded");
	failure_advise(failure, "The call was executed; do both ends have the same contract?");
	return failure->code;
}

/* ---- refusals of ONC RPC (RFC 5531, section 9) ---- */

int client_rpc_failure(struct client *client, CLIENT *rpc, struct failure *failure)
{
	struct rpc_err error;

	clnt_geterr(rpc, &error);
	switch (error.re_status) {
	case RPC_CANTSEND:
		return transport_failure(client, error.re_errno, false, failure);
	case RPC_TIMEDOUT:
	case RPC_CANTRECV:
		return transport_failure(client, error.re_errno, true, failure);
	case RPC_CANTDECODERES:
		return undecodable(failure);
	case RPC_CANTENCODEARGS:
		return failure_set(failure, FAILURE_DATA,
				   "the arguments cannot be encoded: one is beyond its bound");
	case RPC_CANTDECODEARGS:
		return failure_set(failure, FAILURE_DATA, "the server cannot decode the arguments");
	case RPC_PROGVERSMISMATCH:
		return failure_set(failure, FAILURE_PROTOCOL,
				   "the server has this program in versions %u to %u only",
				   (unsigned int)error.re_vers.low,
				   (unsigned int)error.re_vers.high);
	case RPC_AUTHERROR:
		return failure_set(failure, FAILURE_PERMISSION,
				   "the server refuses the credential (%d)", (int)error.re_why);
	case RPC_SYSTEMERROR:
		return failure_set(failure, FAILURE_SYSTEM,
				   "the server met a system error, or its reply was too large");
	default:
		return failure_set(failure, FAILURE_PROTOCOL, "%s", clnt_sperrno(error.re_status));
	}
}

/* ---- refusals of the raw protocol (docs/protocol.md) ---- */

int client_raw_failure(struct client *client, int result, struct failure *failure)
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
	case -EINVAL:
		return failure_set(failure, FAILURE_DATA,
				   "the arguments cannot be encoded: one is beyond its bound");
	case -EBADMSG:
		return undecodable(failure);
	default:
		if (result < 0)
			return transport_failure(client, -result, client->raw.sent, failure);
		return failure_set(failure, FAILURE_PROTOCOL,
				   "the server refused the call with status %d, which is none",
				   result);
	}
}
