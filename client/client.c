/* One caller of the service: an endpoint, the channel to it, and the clients of both protocols. */
#include "client/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/runtime/discover.h"
#include "client/arguments.h"
#include "client/runtime/rpc.h"
#include "client/runtime/transports/all.h"
#include "client/status.h"
#include "client/runtime/tirpc.h"
#include "common/rendezvous.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"

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

int64_t client_deadline(const struct client *client)
{
	return clock_now() + client->timeout;
}

static CLIENT *find_rpc(const struct client *client, rpcprog_t program, rpcvers_t version)
{
	for (size_t i = 0; i < COUNT(client->rpc) && client->rpc[i].client; i++)
		if (client->rpc[i].program == program && client->rpc[i].version == version)
			return client->rpc[i].client;
	return NULL;
}

/* Keeps the CLIENT.  Without a place left it is destroyed, and NULL returned. */
static CLIENT *add_rpc(struct client *client, CLIENT *rpc, rpcprog_t program, rpcvers_t version)
{
	size_t i = 0;

	while (i < COUNT(client->rpc) && client->rpc[i].client)
		i++;
	if (i == COUNT(client->rpc)) {
		clnt_destroy(rpc);
		return NULL;
	}
	client->rpc[i].program = program;
	client->rpc[i].version = version;
	client->rpc[i].client = rpc;
	client->rpc[i].milliseconds = -1;
	return rpc;
}

static int connect_tirpc(struct client *client, rpcprog_t program, rpcvers_t version,
			 int64_t deadline, struct failure *failure)
{
	CLIENT *rpc;
	int code = tirpc_client(&rpc, &client->endpoint, program, version, deadline, failure);

	if (code == 0 && !add_rpc(client, rpc, program, version))
		code = failure_set(failure, FAILURE_BUG,
				   "more programs than a client has room for");
	if (code == 0 && client->observer)
		client->observer->opened(client->observer, NULL, &client->endpoint, false);
	return code;
}

static int open_channel(struct client *client, const struct endpoint *endpoint, int64_t deadline,
			struct failure *failure)
{
	int code = channel_open(&client->channel, endpoint, deadline, failure);

	if (code == FAILURE_TIMEOUT)
		failure_append(failure, ": no answer within %g s", (double)client->timeout / 1e9);
	return code;
}

/* The socket that a server of this user's has without being told; "" where there can be none. */
static struct endpoint endpoint_here(void)
{
	struct endpoint here = { .protocol = ENDPOINT_RPC, .transport = ENDPOINT_UNIX, .port = -1 };

	if (rendezvous_resolve(&here) < 0)
		here.path[0] = '\0';
	return here;
}

/* Connects to the server there, if there is one: it may be too busy to accept.  0 or the failure's
 * code. */
static int connect_here(struct client *client, int64_t deadline, struct failure *failure)
{
	struct endpoint here = endpoint_here();
	int code = here.path[0] ? open_channel(client, &here, deadline, failure)
				: FAILURE_UNAVAILABLE;

	if (code && code != FAILURE_TIMEOUT)
		return 0;
	client->endpoint = here;
	return code;
}

/* Nobody said where to call, and nothing is there. */
static int explain_nowhere(int code, struct failure *failure)
{
	struct endpoint here = endpoint_here();
	char why[sizeof(failure->why)];

	if (code != FAILURE_UNAVAILABLE || !here.path[0])
		return code;
	snprintf(why, sizeof(why), "%s", failure->why);
	failure_set(failure, FAILURE_UNAVAILABLE, "no server is at %s, and %s", here.path, why);
	failure_advise(failure, "Start sidecalld, or say where one is, as in "
				"--via rpc+tcp://HOST:PORT");
	return code;
}

/* Makes the endpoint complete, or connects at once. */
static int find(struct client *client, rpcprog_t program, rpcvers_t version, int64_t deadline,
		struct failure *failure)
{
	struct endpoint *endpoint = &client->endpoint;
	bool anywhere = client->anywhere && (program == CALC_PROG || program == FILEINFO_PROG);
	int code = anywhere ? connect_here(client, deadline, failure) : 0;

	if (code || client->channel || endpoint->protocol == ENDPOINT_RAW ||
	    !endpoint_has_host(endpoint) || endpoint->port >= 0)
		return code;
	code = discover(endpoint, program, version, deadline, client->observer, failure);
	return anywhere ? explain_nowhere(code, failure) : code;
}

int client_connect(struct client *client, rpcprog_t program, rpcvers_t version, int64_t deadline,
		   struct failure *failure)
{
	struct endpoint *endpoint = &client->endpoint;
	bool tirpc = endpoint->protocol == ENDPOINT_TIRPC;
	int code;

	if (tirpc ? find_rpc(client, program, version) != NULL : client->channel != NULL)
		return 0;
	code = find(client, program, version, deadline, failure);
	if (code == 0 && tirpc)
		return connect_tirpc(client, program, version, deadline, failure);
	if (code == 0 && !client->channel)
		code = open_channel(client, endpoint, deadline, failure);
	if (code)
		return code;
	client->channel->answers = endpoint->protocol == ENDPOINT_RAW ? raw_answers : rpc_answers;
	channel_observe(client->channel, endpoint, false, client->observer);
	raw_client_init(&client->raw, client->channel, deadline);
	return 0;
}

bool client_traffic(const struct client *client, uint64_t *sent, uint64_t *received)
{
	*sent = client->channel ? client->channel->sent : 0;
	*received = client->channel ? client->channel->received : 0;
	return client->endpoint.protocol != ENDPOINT_TIRPC;
}

uint32_t client_page_bytes(const struct client *client)
{
	const struct channel *channel = client->channel;

	if (channel ? channel->datagrams : client->endpoint.transport == ENDPOINT_UDP)
		return LIST_DATAGRAM_BYTES;
	if (channel && channel->max_message / 2 < LIST_PAGE_BYTES)
		return (uint32_t)(channel->max_message / 2);
	return LIST_PAGE_BYTES;
}

/* The CLIENT for a program and version, made if there is none. */
static CLIENT *find_or_make_rpc(struct client *client, rpcprog_t program, rpcvers_t version)
{
	CLIENT *rpc = find_rpc(client, program, version);

	if (rpc || !client->channel)
		return rpc;
	rpc = rpc_client(client->channel, program, version);
	return rpc ? add_rpc(client, rpc, program, version) : NULL;
}

/*
 * Has libtirpc's call end at the deadline.  It counts in milliseconds, and being told takes it two
 * system calls, which whoever has one timeout for all calls does not make: so it is told only when
 * the time is another one.
 */
static void tell_tirpc(struct client *client, CLIENT *rpc, int64_t left)
{
	int64_t milliseconds = (left + 999999) / 1000000;
	struct timeval timeout = { milliseconds / 1000, milliseconds % 1000 * 1000 };
	size_t i = 0;

	while (client->rpc[i].client != rpc)
		i++;
	if (client->rpc[i].milliseconds == milliseconds)
		return;
	client->rpc[i].milliseconds = milliseconds;
	clnt_control(rpc, CLSET_TIMEOUT, &timeout);
}

CLIENT *client_rpc(struct client *client, rpcprog_t program, rpcvers_t version, int64_t deadline)
{
	CLIENT *rpc = find_or_make_rpc(client, program, version);
	int64_t left = deadline - clock_now();
	struct timeval timeout = { 0 };

	if (left < 0)
		left = 0;
	/* Rounded up, so that a call never ends before its deadline. */
	timeout.tv_sec = (left + 999) / 1000000000;
	timeout.tv_usec = (left + 999) / 1000 % 1000000;
	if (rpc && client->endpoint.protocol == ENDPOINT_TIRPC)
		tell_tirpc(client, rpc, left);
	else if (rpc)
		clnt_control(rpc, CLSET_TIMEOUT, &timeout);
	return rpc;
}

struct raw_client *client_raw(struct client *client, int64_t deadline)
{
	client->raw.deadline = deadline;
	return &client->raw;
}

/* ---- failures of the transport: the same for both protocols ---- */

int client_transport_failure(const struct client *client, int error, bool sent,
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
	else if (error == EMSGSIZE && !sent)
		failure_set(failure, FAILURE_DATA,
			    "the call is longer than this transport carries");
	else if (error == EMSGSIZE)
		failure_set(failure, FAILURE_PROTOCOL,
			    "what came back is longer than a reply may be, or no reply at all");
	else
		failure_system(failure, error, sent ? "receiving" : "sending");
	failure_advise(failure, "%s", fate);
	failure->error = error;
	return failure->code;
}

int client_too_late(const struct client *client, struct failure *failure)
{
	return client_transport_failure(client, ETIMEDOUT, false, failure);
}

static int undecodable(struct failure *failure)
{
	failure_set(failure, FAILURE_DATA, "the result in the reply cannot be decoded");
	failure_advise(failure, "The call was executed; do both ends have the same contract?");
	return failure->code;
}

/* ---- refusals of ONC RPC (RFC 5531, section 9) ---- */

static int no_program(const struct client *client, const CLIENT *rpc, struct failure *failure)
{
	size_t i = 0;

	while (i + 1 < COUNT(client->rpc) && client->rpc[i].client != rpc)
		i++;
	failure_set(failure, FAILURE_PROTOCOL, "the server there does not have program %u, %s",
		    (unsigned int)client->rpc[i].program, program_name(client->rpc[i].program));
	failure_advise(failure,
		       "Another server has this address: sidecalld says which are its own, "
		       "and so does rpcbind, by rpcinfo -p");
	return failure->code;
}

int client_rpc_failure(struct client *client, CLIENT *rpc, struct failure *failure)
{
	struct rpc_err error;

	clnt_geterr(rpc, &error);
	if (error.re_status == RPC_PROGUNAVAIL)
		return no_program(client, rpc, failure);
	return client_rpc_error(client, &error, failure);
}

static int other_version(const char *who, const struct rpc_err *error, struct failure *failure)
{
	unsigned int low = (unsigned int)error->re_vers.low,
		     high = (unsigned int)error->re_vers.high;

	if (low == high)
		return failure_set(failure, FAILURE_PROTOCOL, "%s in version %u only", who, low);
	return failure_set(failure, FAILURE_PROTOCOL, "%s in versions %u to %u only", who, low,
			   high);
}

/* RPC has no word for a server that is busy: it says that it met a system error. */
static int busy_or_unable(struct failure *failure)
{
	failure_set(failure, FAILURE_TIMEOUT,
		    "the server is busy, met a system error, or its reply was too large");
	failure_advise(failure,
		       "The call may have been executed. If twice does no harm, try again");
	failure->error = EREMOTEIO;
	return failure->code;
}

int client_rpc_error(struct client *client, const struct rpc_err *error, struct failure *failure)
{
	switch (error->re_status) {
	case RPC_CANTSEND:
		return client_transport_failure(client, error->re_errno, false, failure);
	case RPC_TIMEDOUT: /* libtirpc leaves an older call's errno there */
		return client_transport_failure(client, ETIMEDOUT, true, failure);
	case RPC_CANTRECV:
		return client_transport_failure(client, error->re_errno, true, failure);
	case RPC_CANTDECODERES:
		return undecodable(failure);
	case RPC_CANTENCODEARGS:
		return failure_set(failure, FAILURE_DATA,
				   "the arguments cannot be encoded: one is beyond its bound");
	case RPC_CANTDECODEARGS:
		return failure_set(failure, FAILURE_DATA, "the server cannot decode the arguments");
	case RPC_PROGVERSMISMATCH:
		return other_version("the server has this program", error, failure);
	case RPC_VERSMISMATCH:
		return other_version("the server speaks RPC", error, failure);
	case RPC_AUTHERROR:
		return failure_set(failure, FAILURE_PERMISSION,
				   "the server refuses the credential (%d)", (int)error->re_why);
	case RPC_SYSTEMERROR:
		return busy_or_unable(failure);
	default:
		return failure_set(failure, FAILURE_PROTOCOL, "%s", clnt_sperrno(error->re_status));
	}
}

/* ---- refusals of the raw protocol (docs/protocol.md) ---- */

static int busy(struct failure *failure)
{
	failure_set(failure, FAILURE_TIMEOUT,
		    "the server is busy, and this client has used its share");
	failure_advise(failure, "The call was not executed: try again");
	failure->error = EBUSY;
	return failure->code;
}

static int denied(struct failure *failure)
{
	failure_set(failure, FAILURE_PERMISSION, "the server does not let this client do that");
	failure_advise(failure, "The call was not executed: ask whoever runs the server");
	return failure->code;
}

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
	case RAW_BUSY:
		return busy(failure);
	case RAW_DENIED:
		return denied(failure);
	case -EINVAL:
		return failure_set(failure, FAILURE_DATA,
				   "the arguments cannot be encoded: one is beyond its bound");
	case -EBADMSG:
		return undecodable(failure);
	default:
		if (result < 0)
			return client_transport_failure(client, -result, client->raw.sent, failure);
		return failure_set(failure, FAILURE_PROTOCOL,
				   "the server refused the call with status %d, which is none",
				   result);
	}
}
